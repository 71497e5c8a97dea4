import { firstValueFrom, lastValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { fakeSerf, member } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { closing, failureOf } from '../agent/harness/observing.ts';

test('a client knows which member its agent is', async () => {
  const cluster = new EmbeddedCluster({ nodes: ['n1', { name: 'n2', tags: { role: 'db' } }, 'n3'] });
  const client = closing(
    connect('x:1', {
      socket: () => {
        const [ours, theirs] = pipe();
        serve(cluster.node('n2'), theirs).subscribe();
        return ours;
      },
    }),
  );

  expect(await lastValueFrom(client.self())).toMatchObject({ name: 'n2', tags: { role: 'db' } });
  await firstValueFrom(client.tags({ set: { role: 'web' } }));
  expect(await lastValueFrom(client.self())).toMatchObject({ name: 'n2', tags: { role: 'web' } });
  cluster.close();
});

test('a fake does as a client, of what it is told', async () => {
  const fake = fakeSerf({
    replies: { stats: { agent: { name: 'n1' } }, members: [member('n0'), member('n1')] },
  });
  expect(await firstValueFrom(fake.self())).toEqual(member('n1'));
  expect(fake.requests.map(({ command }) => command)).toEqual(['stats', 'members']);

  const strange = fakeSerf({ replies: { stats: {}, members: [member('n0')] } });
  expect(await failureOf(strange.self())).toMatchObject({ code: 'unexpected-shape', command: 'stats' });
});
