import { catchError, delay, ignoreElements, map, merge, type Observable, of, takeUntil, using } from 'rxjs';
import { EmbeddedCluster } from '../embedded/embedded-cluster.ts';
import type { ServerEvent } from '../server/events.ts';
import { type ListenOptions, listen } from '../server/listen.ts';
import { answers } from './answers.ts';
import { churn } from './churn.ts';
import { demoNodes } from './demo-nodes.ts';

export interface EmbeddedAgentOptions extends Pick<ListenOptions, 'host' | 'port' | 'authKey'> {
  /** How many nodes; peers talk to the first one. */
  readonly nodes: number;
  /** Whether something happens in the cluster by itself. */
  readonly churn: boolean;
}

/** What happens at an embedded agent: at its port, or by churn. */
export type AgentEvent = ServerEvent | { readonly type: 'churn'; readonly text: string };

/** How long the answer to `leave` may take to reach the peer, in ms. */
const LAST_WORDS = 200;

/**
 * A cluster in memory whose first node listens on TCP, and whose nodes answer a few queries. Completes when that node has
 * been told to leave, as an agent ends then; unsubscribing ends everything.
 */
export function embeddedAgent({ nodes, churn: churns, ...at }: EmbeddedAgentOptions): Observable<AgentEvent> {
  const members = demoNodes(nodes);
  const open = () => {
    const cluster = new EmbeddedCluster({ nodes: members });
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
      churns ? churn(cluster).pipe(map((text) => ({ type: 'churn' as const, text }))) : [],
    ).pipe(takeUntil(left$));
  });
}
