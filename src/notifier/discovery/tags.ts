import { plainIp } from '../../ip.ts';
import type { Member } from '../../model.ts';
import type { BadTag, Discovered, DiscoveredInstance } from './instance.ts';

/** A notifier's tag is this and its id; what it says is a port, or `host:port`. */
export const TAG = 'rxn.';
/** How many notifiers one member may claim to have: a member is a stranger. */
const MOST_OF_A_MEMBER = 8;
/** How many bad tags are told of at a time. */
const MOST_TOLD = 100;

/** What an id in a tag may be. */
const ID = /^[\w.-]{1,64}$/;

/** Whether a text can be the id of a notifier: it is part of a tag's name. */
export function isInstanceId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}

/** Whether a peer may have this id: one that can be in a tag, or where it is, `host:port`, as lists name it. Either is plain ASCII. */
export function isPeerId(text: unknown): boolean {
  return isInstanceId(text) || (typeof text === 'string' && placeOf(text)?.host !== undefined);
}

/** What we know of ourselves, and allow. */
export interface TagRules {
  /** Our own id. */
  readonly id: string;
  /** The member that our agent is, if that is known. */
  readonly own: Member | undefined;
  /** Hosts that may be dialled though the member that names them has another address. */
  readonly allow: ReadonlySet<string>;
}

/**
 * The notifiers that members say they have. Any member can set any tag, so a tag is believed in as far as it can do no harm: it
 * leads to the address of the member that has it, or to loopback on our own machine, and nowhere else; an id that two members
 * have is nobody's.
 */
export function instancesOf(members: ReadonlyMap<string, Member>, rules: TagRules): Discovered {
  const badTags: BadTag[] = [];
  const instances = new Map<string, DiscoveredInstance>();
  /** The members that are alive and have an id. */
  const alive = new Map<string, Member[]>();
  for (const member of members.values()) {
    let count = 0;
    for (const tag of Object.keys(member.tags)) {
      if (!tag.startsWith(TAG)) continue;
      const id = tag.slice(TAG.length);
      const bad = (problem: string) => {
        if (badTags.length < MOST_TOLD) badTags.push({ member: member.name, tag, problem });
      };
      if (++count > MOST_OF_A_MEMBER) bad(`a member has ${MOST_OF_A_MEMBER} notifiers at most`);
      else if (!isInstanceId(id)) bad('this is no id of a notifier');
      else {
        const instance = instanceOf(id, member, member.tags[tag] as string, rules);
        if (!instance) bad('it should be a port, or host:port');
        else if (id === rules.id) {
          if (member.status === 'alive' && rules.own && member.name !== rules.own.name)
            bad('this is our own id');
        } else {
          if (instance.problem !== undefined) bad(instance.problem);
          if (member.status === 'alive') alive.set(id, [...(alive.get(id) ?? []), member]);
          // One that is alive is not where one that is gone was.
          if (member.status === 'alive' || instances.get(id)?.state !== 'alive') instances.set(id, instance);
        }
      }
    }
  }
  for (const [id, claimants] of alive) {
    if (claimants.length < 2) continue;
    const problem = `${claimants.length} members have this id`;
    for (const { name } of claimants)
      if (badTags.length < MOST_TOLD) badTags.push({ member: name, tag: `${TAG}${id}`, problem });
    instances.set(id, { ...(instances.get(id) as DiscoveredInstance), problem });
  }
  return { instances: [...instances.values()], badTags };
}

function instanceOf(
  id: string,
  member: Member,
  value: string,
  { own, allow }: TagRules,
): DiscoveredInstance | undefined {
  const place = placeOf(value);
  if (!place) return undefined;
  const { status } = member;
  const host = place.host ?? member.address;
  const problem = mayDial(host, member, own, allow)
    ? undefined
    : `${host} is not the member's address (option \`allow\`)`;
  return {
    id,
    host,
    port: place.port,
    node: member.name,
    state: status === 'alive' ? 'alive' : status === 'failed' ? 'failed' : 'left',
    ...(problem !== undefined && { problem }),
    ...(own?.name === member.name && { ours: true }),
  };
}

/** Whether what a member says may have us connect there. */
function mayDial(host: string, member: Member, own: Member | undefined, allow: ReadonlySet<string>): boolean {
  if (allow.has(host) || host === member.address) return true;
  // A notifier that listens for its own machine alone.
  return own !== undefined && own.address === member.address && isLoopback(host);
}

/** A port, `host:port` or `[IPv6]:port`, where the host is a name or an address in any form. */
export function placeOf(text: string): { readonly host?: string; readonly port: number } | undefined {
  const [, bracketed, plain, port] =
    /^(?:\[([\da-fA-F:.]{2,45})\]:|([\w.-]{1,253}):)?(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  if (port === undefined || number < 1 || number > 65_535) return undefined;
  const host = bracketed ?? plain;
  return host === undefined ? { port: number } : { host: plainIp(host), port: number };
}

/** Whether nobody else's machine is there, or can connect from it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** `host:port`, with brackets around IPv6. */
export function placeText(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
