import type { Member, MemberStatus } from '../../model.ts';
import { byName, byNumbers, endpoint } from '../output/describe.ts';

/** Those first that need somebody's care. */
const URGENCY: readonly MemberStatus[] = ['failed', 'leaving', 'none', 'alive', 'left'];

const ORDERS = {
  status: (a: Member, b: Member) => urgency(a) - urgency(b) || byName(a, b),
  name: byName,
  address: (a: Member, b: Member) =>
    byNumbers(endpoint(a.address, a.port), endpoint(b.address, b.port)) || byName(a, b),
} satisfies Record<string, (a: Member, b: Member) => number>;

export type Order = keyof typeof ORDERS;

export const ORDER_NAMES = Object.keys(ORDERS) as Order[];

/** The members that have all words of the filter somewhere: in name, address, status or `tag=value`. */
export function listed(members: Iterable<Member>, filter: string, order: Order): Member[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = [...members].filter((member) => {
    if (words.length === 0) return true;
    const text = textOf(member);
    return words.every((word) => text.includes(word));
  });
  return wanted.sort(ORDERS[order]);
}

function textOf({ name, address, port, status, tags }: Member): string {
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return [name, endpoint(address, port), status, ...pairs].join('\n').toLowerCase();
}

function urgency({ status }: Member): number {
  const index = URGENCY.indexOf(status);
  return index < 0 ? URGENCY.indexOf('none') : index;
}
