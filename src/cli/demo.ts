import { defer, filter, last, type Observable, share, switchMap, takeUntil } from 'rxjs';
import { type Client, withClient } from './connection.ts';
import { embeddedAgent } from './embedded-agent.ts';

/** Work with a client of a cluster of our own, in this process, in which something happens. */
export function withDemo<T>(
  why: string,
  work: (client: Client, about: readonly string[]) => Observable<T>,
): Observable<T> {
  return defer(() => {
    const agent$ = embeddedAgent({ nodes: 5, port: 0, churn: true }).pipe(share());
    return agent$.pipe(
      filter((event) => event.type === 'listening'),
      switchMap(({ address }) => {
        const about = [
          `DEMO: ${why}this is an embedded cluster of five nodes.`,
          `In another terminal: npx rxserf event hello --rpc-addr ${address}`,
        ];
        const ended$ = agent$.pipe(last(null, undefined));
        return withClient({ rpcAddr: address }, (client) => work(client, about)).pipe(takeUntil(ended$));
      }),
    );
  });
}
