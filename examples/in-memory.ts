// What the examples have in common: a client of a node of an embedded cluster, without a network.
import { type Codec, connect, type SerfClient } from 'rxserf';
import type { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';

/** With a real agent this is `connect('10.0.0.1:7373', { codec })`; everything else stays the same. */
export function connectTo<P>(cluster: EmbeddedCluster, node: string, codec: Codec<P>): SerfClient<P> {
  return connect('in-memory', {
    codec,
    socket: () => {
      const [ours, theirs] = pipe();
      serve(cluster.node(node), theirs).subscribe();
      return ours;
    },
  });
}
