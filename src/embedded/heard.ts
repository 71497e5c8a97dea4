import type { Member, MemberEvent, MemberEventType } from '../model.ts';
import type { AskedQuery } from './queries/pending-query.ts';

/** A user event as a node hears it. */
export interface HeardEvent {
  readonly event: 'user';
  readonly name: string;
  readonly ltime: number;
  readonly payload: Uint8Array;
  readonly coalesce: boolean;
}

/** A query as a node hears it. */
export interface HeardQuery {
  readonly event: 'query';
  readonly name: string;
  readonly asked: AskedQuery;
}

export type HeardMembers = { [T in MemberEventType]: MemberEvent<T> }[MemberEventType];

/** What a node tells its streams. */
export type Heard = HeardEvent | HeardQuery | HeardMembers;

export function membersEvent(event: MemberEventType, members: readonly Member[]): HeardMembers {
  return { event, members } as HeardMembers;
}

/** As the agent's log has it. */
export function titleOf(heard: Heard): string {
  if (heard.event === 'user') return `user-event: ${heard.name}`;
  return heard.event === 'query' ? `query: ${heard.name}` : heard.event;
}

/** Whether a stream hears it. @param filter in its one spelling */
export function heardBy(filter: string): (heard: Heard) => boolean {
  const parts = new Set(filter.split(','));
  if (parts.has('*')) return () => true;
  return (heard) => parts.has(heard.event) || ('name' in heard && parts.has(`${heard.event}:${heard.name}`));
}
