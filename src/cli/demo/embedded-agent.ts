import { catchError, delay, ignoreElements, map, merge, type Observable, of, takeUntil, using } from 'rxjs';
import { EmbeddedCluster } from '../../embedded/embedded-cluster.ts';
import type { EmbeddedNode } from '../../embedded/options.ts';
import type { ServerEvent } from '../../server/events.ts';
import { type ListenOptions, listen } from '../../server/listen.ts';
import { answers } from './answers.ts';

export interface EmbeddedAgentOptions extends Pick<ListenOptions, 'host' | 'port' | 'authKey'> {
  /** The nodes; peers talk to the first one. */
  readonly nodes: readonly EmbeddedNode[];
  /** Has something happen in the cluster by itself, and emits what. */
  readonly churn?: ((cluster: EmbeddedCluster) => Observable<string>) | undefined;
}

/** What happens at an embedded agent: at its port, or by churn. */
export type AgentEvent = ServerEvent | { readonly type: 'churn'; readonly text: string };

/** How long the answer to `leave` may take to reach the peer, in ms. */
const LAST_WORDS = 200;

/**
 * A cluster in memory whose first node listens on TCP, and whose nodes answer a few queries. Completes when that node has
 * been told to leave, as an agent ends then; unsubscribing ends everything.
 */
export function embeddedAgent({ nodes, churn, ...at }: EmbeddedAgentOptions): Observable<AgentEvent> {
  const open = () => {
    const cluster = new EmbeddedCluster({ nodes });
    return { cluster, unsubscribe: () => cluster.close() };
  };
  return using(open, (resource) => {
    const { cluster } = resource as ReturnType<typeof open>;
    const self = cluster.node(cluster.names[0] as string);
    const left$ = self.stream('member-reap').pipe(
      ignoreElements(),
      catchError(() => of('left')),
      delay(LAST_WORDS),
    );
    return merge(
      listen(self, at),
      answers(cluster),
      churn ? churn(cluster).pipe(map((text) => ({ type: 'churn' as const, text }))) : [],
    ).pipe(takeUntil(left$));
  });
}
