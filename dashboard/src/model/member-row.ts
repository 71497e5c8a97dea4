import type { Member, MemberStatus } from 'rxserf';
import type { Mark } from './mark.ts';

/** A status as it is shown. */
export type ShownStatus = Exclude<MemberStatus, 'none'> | 'flapping';

/** In the order in which they are counted. */
export const STATUSES = ['alive', 'leaving', 'failed', 'left', 'flapping'] as const;

/** A member with what this page has seen of it. */
export interface MemberRow {
  readonly member: Member;
  /** `flapping` over its present status. */
  readonly shown: ShownStatus;
  readonly marks: readonly Mark[];
  /** Joins, failures and leaves in the last ten minutes. */
  readonly changes: number;
}

/** How long a member's line is, in ms. */
export const LIFELINE = 600_000;
/** So many changes in ten minutes are flapping. */
const FLAPPING = 3;

export function rowOf(member: Member, marks: readonly Mark[], now: number): MemberRow {
  const changes = marks.filter(({ at, kind }) => kind !== 'update' && now - at < LIFELINE).length;
  return { member, marks, changes, shown: changes >= FLAPPING ? 'flapping' : statusOf(member) };
}

export function statusOf({ status }: Member): Exclude<MemberStatus, 'none'> {
  return status === 'none' ? 'left' : status;
}

/** How many of each status; who is flapping is counted under its present status, too. */
export function countsOf(rows: readonly MemberRow[]): ReadonlyMap<ShownStatus, number> {
  const counts = new Map<ShownStatus, number>(STATUSES.map((status) => [status, 0]));
  const add = (status: ShownStatus) => counts.set(status, (counts.get(status) ?? 0) + 1);
  for (const { member, shown } of rows) {
    add(statusOf(member));
    if (shown === 'flapping') add('flapping');
  }
  return counts;
}

/** Names of members that have the address of another one that is not gone, by address. */
export function sharedAddresses(rows: readonly MemberRow[]): [address: string, names: string[]][] {
  // Nearly all have a host of their own, and of these nothing is written together.
  const hosts = new Map<string, MemberRow | MemberRow[]>();
  for (const row of rows) {
    const { address, status } = row.member;
    if (address === '' || status === 'left' || status === 'failed') continue;
    const some = hosts.get(address);
    if (!some) hosts.set(address, row);
    else if (Array.isArray(some)) some.push(row);
    else hosts.set(address, [some, row]);
  }
  const names = new Map<string, string[]>();
  for (const some of hosts.values()) {
    if (!Array.isArray(some)) continue;
    for (const { member } of some) {
      const address = addressOf(member);
      const others = names.get(address);
      if (others) others.push(member.name);
      else names.set(address, [member.name]);
    }
  }
  return [...names].filter(([, some]) => some.length > 1);
}

export function addressOf({ address, port }: Member): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
