import type { NodeUserEvent } from '../node/node-event.ts';
import type { NodeState } from '../node/node-state.ts';
import type { QueryMessage } from '../queries/query-message.ts';

/** A message that is broadcast to all nodes: memberlist's `alive` and `dead`, Serf's own others. */
export type GossipMessage =
  | { readonly type: 'alive'; readonly node: NodeState }
  | { readonly type: 'dead'; readonly name: string; readonly incarnation: number }
  | { readonly type: 'join'; readonly name: string; readonly ltime: number }
  | { readonly type: 'leave'; readonly name: string; readonly ltime: number; readonly prune: boolean }
  | { readonly type: 'user-event'; readonly event: NodeUserEvent }
  | { readonly type: 'query'; readonly query: QueryMessage };

/** Messages of one queue arrive at a node in the order in which they were sent: one queue for each Lamport clock. */
export type BroadcastQueue = 'intent' | 'event' | 'query';

export const QUEUE: Readonly<Record<GossipMessage['type'], BroadcastQueue>> = {
  alive: 'intent',
  dead: 'intent',
  join: 'intent',
  leave: 'intent',
  'user-event': 'event',
  query: 'query',
};
