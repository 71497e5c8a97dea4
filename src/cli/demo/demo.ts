import { defer, filter, last, type Observable, share, switchMap, take, takeUntil } from 'rxjs';
import { type Client, withClient } from '../connection.ts';
import { regionNodes } from './demo-regions.ts';
import { demoStory } from './demo-story.ts';
import { embeddedAgent } from './embedded-agent.ts';

/** Work with a client of the demo cluster, which runs in this process. */
export function withDemo<T>(
  why: string,
  work: (client: Client, about: readonly string[], address: string) => Observable<T>,
): Observable<T> {
  return defer(() => {
    const nodes = regionNodes();
    const agent$ = embeddedAgent({ nodes, port: 0, churn: demoStory }).pipe(share());
    return agent$.pipe(
      filter((event) => event.type === 'listening'),
      // It ends with the work.
      take(1),
      switchMap(({ address }) => {
        const about = [
          `DEMO: ${why}this is an embedded cluster of ${nodes.length} nodes in three regions.`,
          `In another terminal: npx rxserf event hello --rpc-addr ${address}`,
        ];
        const ended$ = agent$.pipe(last(null, undefined));
        return withClient({ rpcAddr: address }, (client) => work(client, about, address)).pipe(
          takeUntil(ended$),
        );
      }),
    );
  });
}
