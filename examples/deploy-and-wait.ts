// A deploy: all web nodes are told, each says that it has heard (an ack) and later that it is done (its response), and
// whoever has not is named at the end. An event would be told to everybody and answered by nobody; so this is a query.
//
//     node examples/deploy-and-wait.ts
import { catchError, delay, EMPTY, lastValueFrom, map, mergeMap, of, reduce, tap } from 'rxjs';
import { utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { connectTo } from './in-memory.ts';

const web = { role: 'web' };
const cluster = new EmbeddedCluster({
  nodes: [
    { name: 'ops', tags: { role: 'ops' } },
    ...['web-1', 'web-2', 'web-3'].map((name) => ({ name, tags: web })),
  ],
});

// On each web node: install the version, then say so. web-3 hangs.
const services = ['web-1', 'web-2'].map((name, i) => {
  const client = connectTo(cluster, name, utf8());
  client
    .stream('query:deploy')
    .pipe(
      mergeMap((query) =>
        of(query.payload).pipe(
          delay(100 * (i + 1)),
          mergeMap((version) => query.respond(`${version} installed`)),
          catchError(() => EMPTY),
        ),
      ),
    )
    .subscribe();
  return client;
});
await Promise.all(services.map((service) => lastValueFrom(service.stats())));

// On the machine that deploys.
const client = connectTo(cluster, 'ops', utf8());
const expected = await lastValueFrom(
  client.members({ status: 'alive', tags: web }).pipe(map((members) => members.map(({ name }) => name))),
);
const done = await lastValueFrom(
  client
    .query('deploy', 'v42', { filterTags: web, requestAck: true, timeout: 2_000, completeWhen: 'all' })
    .pipe(
      tap((reply) => console.log(reply.from, reply.type === 'ack' ? 'has heard' : reply.payload)),
      reduce((names, { type, from }) => (type === 'response' ? names.add(from) : names), new Set<string>()),
    ),
);
const missing = expected.filter((name) => !done.has(name));
console.log(missing.length === 0 ? 'deployed everywhere' : `not deployed on ${missing.join(', ')}`);

await Promise.all([client, ...services].map((each) => each.close()));
cluster.close();
