import type { Network } from './network.ts';
import type { Node } from './node.ts';
import type { ClusterSettings } from './options.ts';
import type { Reaper } from './reaper.ts';
import type { Timeline } from './timeline.ts';

/** What all nodes of a cluster share. */
export interface World {
  readonly settings: ClusterSettings;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly reaper: Reaper;
  /** By name. */
  readonly nodes: ReadonlyMap<string, Node>;
}
