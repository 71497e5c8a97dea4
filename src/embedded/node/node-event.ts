import type { Member, MemberEvent, MemberEventType } from '../../model.ts';

/** A user event at a node, before a stream's codec decodes it. */
export interface NodeUserEvent {
  readonly event: 'user';
  readonly name: string;
  readonly ltime: number;
  readonly payload: Uint8Array;
  readonly coalesce: boolean;
}

/** A query at a node, before a stream's codec decodes it. */
export interface NodeQueryEvent {
  readonly event: 'query';
  /** The id to respond with. */
  readonly id: number;
  readonly name: string;
  readonly ltime: number;
  readonly payload: Uint8Array;
}

export type NodeMemberEvent = { [T in MemberEventType]: MemberEvent<T> }[MemberEventType];

/** What a node emits to its streams. */
export type NodeEvent = NodeUserEvent | NodeQueryEvent | NodeMemberEvent;

export function memberEvent(event: MemberEventType, members: readonly Member[]): NodeMemberEvent {
  return { event, members } as NodeMemberEvent;
}

/** An event's title in the agent's log. */
export function titleOf(event: NodeEvent): string {
  if (event.event === 'user') return `user-event: ${event.name}`;
  return event.event === 'query' ? `query: ${event.name}` : event.event;
}
