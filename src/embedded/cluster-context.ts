import type { Network } from './gossip/network.ts';
import type { Timeline } from './gossip/task-queue.ts';
import type { Node } from './node/node.ts';
import type { Reaper } from './node/reaper.ts';
import type { ClusterSettings } from './options.ts';

/** What all nodes of a cluster share. */
export interface World {
  readonly settings: ClusterSettings;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly reaper: Reaper;
  /** By name. */
  readonly nodes: ReadonlyMap<string, Node>;
}
