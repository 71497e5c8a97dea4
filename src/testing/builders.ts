import type { Member, MemberEvent, MemberEventType, QueryAck, QueryResponse, UserEvent } from '../model.ts';

/** What is not said of a {@link member}. */
export const MEMBER = {
  address: '127.0.0.1',
  port: 7946,
  status: 'alive',
  protocol: { min: 1, max: 5, current: 2 },
  delegate: { min: 2, max: 5, current: 4 },
} as const satisfies Partial<Member>;

/** The status that members have after an event, where only their names are given. */
const STATUS_AFTER = {
  'member-join': 'alive',
  'member-update': 'alive',
  'member-leave': 'left',
  'member-failed': 'failed',
  'member-reap': 'left',
} as const satisfies Record<MemberEventType, Member['status']>;

/**
 * A member, alive and without tags where nothing else is said.
 *
 * @example
 * ```ts
 * import { member } from 'rxserf/testing';
 *
 * const web = member('n1', { tags: { role: 'web' }, status: 'failed' });
 * ```
 */
export function member(name: string, overrides: Partial<Omit<Member, 'name'>> = {}): Member {
  return { name, ...MEMBER, ...overrides, tags: Object.assign(Object.create(null), overrides.tags) };
}

/**
 * Something that happened to members. A name stands for a {@link member} with the status that the event leaves it in.
 *
 * @example
 * ```ts
 * import { member, memberEvent } from 'rxserf/testing';
 *
 * const joined = memberEvent('member-join', member('n1', { tags: { role: 'web' } }), 'n2');
 * const failed = memberEvent('member-failed', 'n2');
 * ```
 */
export function memberEvent<T extends MemberEventType>(
  event: T,
  ...members: readonly (Member | string)[]
): MemberEvent<T> {
  const status = STATUS_AFTER[event];
  return { event, members: members.map((one) => (typeof one === 'string' ? member(one, { status }) : one)) };
}

/**
 * A user event, with zero bytes as its payload where none is given: `payload` is as the codec would give it.
 *
 * @example
 * ```ts
 * import { userEvent } from 'rxserf/testing';
 *
 * const deploy = userEvent('deploy', { version: '42' }, { ltime: 7 });
 * ```
 */
export function userEvent(name: string): UserEvent;
export function userEvent<P>(
  name: string,
  payload: P,
  overrides?: Partial<Omit<UserEvent<P>, 'event' | 'name' | 'payload'>>,
): UserEvent<P>;
export function userEvent(
  name: string,
  ...rest: [] | [payload: unknown, overrides?: object | undefined]
): UserEvent<unknown> {
  return { event: 'user', name, ltime: 1, coalesce: false, payload: payloadOf(rest), ...rest[1] };
}

/** A node has received a query. */
export function ack(from: string): QueryAck {
  return { type: 'ack', from };
}

/**
 * A node's answer to a query, with zero bytes as its payload where none is given: `payload` is as the codec would give it.
 */
export function response(from: string): QueryResponse;
export function response<P>(from: string, payload: P): QueryResponse<P>;
export function response(from: string, ...rest: [] | [payload: unknown]): QueryResponse<unknown> {
  return { type: 'response', from, payload: payloadOf(rest) };
}

/** A payload that is given, `undefined` too, else no bytes: what the codec `binary` makes of none. */
export function payloadOf(given: readonly unknown[]): unknown {
  return given.length > 0 ? given[0] : new Uint8Array(0);
}
