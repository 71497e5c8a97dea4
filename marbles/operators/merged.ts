import type { Observable } from 'rxjs';
import { type MergeAgentsOptions, mergeAgents, type Serf, type SerfEvent, type StreamGap } from 'rxserf';
import { member, memberEvent, queryEvent } from 'rxserf/testing';

export type Item = SerfEvent<string> | StreamGap;

/** An agent, as far as a stream goes. */
function agent(events$: Observable<Item>): Serf<string> {
  const serf: Pick<Serf<string>, 'stream'> = { stream: () => events$ as Observable<never> };
  return serf as Serf<string>;
}

/** What these agents tell, whatever it is. */
export function merged(told: readonly Observable<Item>[], options?: MergeAgentsOptions<string>) {
  return mergeAgents(told.map(agent), '*', options);
}

export const query = (ltime: number, id: number) => queryEvent('load', '', { ltime, id });

export const gap: StreamGap = { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 };
/** What becomes of one member, and j of another. */
export const changes = {
  a: memberEvent('member-join', 'n1'),
  f: memberEvent('member-failed', 'n1'),
  l: memberEvent('member-leave', 'n1'),
  r: memberEvent('member-reap', 'n1'),
  u: memberEvent('member-update', member('n1', { tags: { role: 'web' } })),
  v: memberEvent('member-update', member('n1', { tags: { role: 'db' } })),
  j: memberEvent('member-join', 'n2'),
  g: gap,
};
