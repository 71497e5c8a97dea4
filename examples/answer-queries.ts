// Every node answers the query "load", and one of them asks the others which of them is the least busy.
//
//     node examples/answer-queries.ts
import { catchError, EMPTY, filter, lastValueFrom, mergeMap, min } from 'rxjs';
import { json } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { connectTo } from './in-memory.ts';

interface Load {
  readonly load: number;
}

const LOADS = { 'web-1': 0.7, 'web-2': 0.2, 'web-3': 1.4 };

const cluster = new EmbeddedCluster({ nodes: Object.keys(LOADS) });

// On each node: a service that answers.
const services = Object.entries(LOADS).map(([name, load]) => {
  const client = connectTo(cluster, name, json<Load>());
  client
    .stream('query:load')
    .pipe(
      // An answer that comes too late must not end the service.
      mergeMap((query) => query.respond({ load }).pipe(catchError(() => EMPTY))),
    )
    .subscribe();
  return client;
});

// On one of them: whoever wants to know. `completeWhen` ends it when all have answered, not at the deadline.
const [client] = services as [(typeof services)[number]];
await Promise.all(services.map((service) => lastValueFrom(service.stats())));
const least = await lastValueFrom(
  client.query('load', undefined, { timeout: 5_000, completeWhen: 'all' }).pipe(
    filter((reply) => reply.type === 'response'),
    filter((reply) => reply.payload !== undefined),
    min((a, b) => (a.payload?.load ?? 0) - (b.payload?.load ?? 0)),
  ),
);
console.log(`${least.from} is the least busy, with a load of ${least.payload?.load}`);

await Promise.all(services.map((service) => service.close()));
cluster.close();
