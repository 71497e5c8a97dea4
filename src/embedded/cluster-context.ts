import type { GossipPeer } from './gossip/gossip-peer.ts';
import type { Network } from './gossip/network.ts';
import type { TaskQueue } from './gossip/task-queue.ts';
import type { Node } from './node/node.ts';
import type { Reaper } from './node/reaper.ts';
import type { ClusterSettings } from './options.ts';

/** What all nodes of a cluster share. */
export interface ClusterContext {
  readonly settings: ClusterSettings;
  readonly tasks: TaskQueue;
  readonly network: Network;
  readonly reaper: Reaper;
  /** By name. */
  readonly nodes: ReadonlyMap<string, Node<GossipPeer>>;
  /** By gossip address. */
  readonly addresses: ReadonlyMap<string, Node<GossipPeer>>;
}
