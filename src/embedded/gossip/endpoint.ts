import type { Coordinate } from '../../model.ts';

/** One end of a message: a node as far as the network's latency and its partitions are concerned. */
export interface Endpoint {
  readonly name: string;
  /** Whether the process runs. */
  readonly up: boolean;
  readonly node: {
    readonly coordinate: Coordinate;
    /** The side of a partition that it is on. */
    readonly side: number;
  };
}
