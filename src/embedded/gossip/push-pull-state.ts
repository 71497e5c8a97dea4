import type { RecentEvent } from './recent-events.ts';

/** The state that two nodes exchange when they meet (memberlist's push/pull). */
export interface PushPullState {
  /** The current time of each clock: no message has it yet. */
  readonly clocks: { readonly member: number; readonly event: number; readonly query: number };
  /** The Lamport times of the members' last joins or leaves. */
  readonly members: ReadonlyMap<string, number>;
  /** The same of those that have left. */
  readonly left: ReadonlyMap<string, number>;
  readonly events: readonly RecentEvent[];
}

/** The union of several states. @param present who is there, and so has not left */
export function combine(states: readonly PushPullState[], present: ReadonlySet<string>): PushPullState {
  const members = new Map<string, number>();
  const left = new Map<string, number>();
  for (const state of states) {
    for (const [name, ltime] of state.members) members.set(name, Math.max(ltime, members.get(name) ?? 0));
    for (const [name, ltime] of state.left) {
      if (!present.has(name)) left.set(name, Math.max(ltime, left.get(name) ?? 0));
    }
  }
  const latest = (clock: 'member' | 'event' | 'query') =>
    states.reduce((most, { clocks }) => Math.max(most, clocks[clock]), 0);
  return {
    clocks: { member: latest('member'), event: latest('event'), query: latest('query') },
    members,
    left,
    events: [...new Set(states.flatMap(({ events }) => events))].sort((a, b) => a.ltime - b.ltime),
  };
}
