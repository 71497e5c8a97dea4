// An integration test without a network: the code under test is a client like any other, the cluster is in memory, and
// between them are the bytes of the real protocol.
//
//     node --test examples/in-memory-integration.test.ts     (after `npm run build`)
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  distinctUntilChanged,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  type Observable,
  take,
  toArray,
} from 'rxjs';
import { type SerfClient, utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { connectTo } from './in-memory.ts';

/** The code under test: the first web server by name that is alive, and the next one when it is not any more. */
function leader(client: SerfClient<string | undefined>): Observable<string | undefined> {
  return client
    .membership((member) => member.tags['role'] === 'web' && member.status === 'alive')
    .pipe(
      map((alive) => [...alive.keys()].sort()[0]),
      distinctUntilChanged(),
    );
}

let cluster: EmbeddedCluster;
let client: SerfClient<string | undefined>;

beforeEach(() => {
  cluster = new EmbeddedCluster({
    nodes: ['db-1', ...['web-1', 'web-2'].map((name) => ({ name, tags: { role: 'web' } }))],
    // Failures are noticed at once.
    failureDelay: 0,
  });
  client = connectTo(cluster, 'db-1', utf8());
});

afterEach(async () => {
  await client.close();
  cluster.close();
});

test('the first web server leads', async () => {
  assert.equal(await firstValueFrom(leader(client)), 'web-1');
});

test('when it fails the next one does, and hands back when it has returned', async () => {
  const seen = await lastValueFrom(
    leader(client).pipe(
      map((name, index) => {
        if (index === 0) cluster.fail('web-1');
        if (index === 1) cluster.restart('web-1');
        return name;
      }),
      take(3),
      toArray(),
    ),
  );

  assert.deepEqual(seen, ['web-1', 'web-2', 'web-1']);
});

test('without any, nobody leads', async () => {
  const nobody = firstValueFrom(leader(client).pipe(filter((name) => name === undefined)));
  await firstValueFrom(leader(client));

  cluster.fail('web-1');
  cluster.fail('web-2');

  assert.equal(await nobody, undefined);
});
