import { firstValueFrom, lastValueFrom, throwError, VirtualTimeScheduler } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { policy, serve, VIEWER } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { fakeSerf, member } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
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

describe('live', () => {
  function told(fake: ReturnType<typeof fakeSerf>) {
    const names: string[] = [];
    const end: unknown[] = [];
    const subscription = fake.self({ live: true }).subscribe({
      next: ({ name, tags }) => names.push(`${name} ${tags['role'] ?? ''}`),
      error: (error) => end.push(error),
      complete: () => end.push('complete'),
    });
    return { names, end, subscription };
  }
  const web = member('n1', { tags: { role: 'web' } });
  const db = member('n1', { tags: { role: 'db' } });

  test('it emits when the member is not what it was, and not for others', () => {
    const fake = fakeSerf({ replies: { stats: { agent: { name: 'n1' } }, members: [member('n0'), web] } });
    const { names, end, subscription } = told(fake);
    expect(names).toEqual(['n1 web']);
    fake.emit({ event: 'member-update', members: [member('n0', { tags: { role: 'x' } })] });
    fake.emit({ event: 'member-update', members: [web] });
    expect(names).toEqual(['n1 web']);
    fake.emit({ event: 'member-update', members: [db] });
    expect(names).toEqual(['n1 web', 'n1 db']);
    // What it was last is all that is known of one that its own agent has forgotten.
    fake.emit({ event: 'member-reap', members: [db] });
    fake.emit({ event: 'member-join', members: [web] });
    expect(names).toEqual(['n1 web', 'n1 db', 'n1 web']);
    expect(end).toEqual([]);
    subscription.unsubscribe();
    fake.verify();
  });

  test('behind a gap it may be another agent', () => {
    const fake = fakeSerf({
      replies: { stats: { agent: { name: 'n1' } }, members: [web, member('n2')] },
    });
    const { names } = told(fake);
    fake.reply('stats', { agent: { name: 'n2' } });
    fake.lose();
    fake.reconnect();
    expect(names).toEqual(['n1 web', 'n2 ']);
  });

  test('behind a gap without a name nothing is said until it is asked for again', () => {
    const scheduler = new VirtualTimeScheduler(undefined, 0);
    const members = [web, member('n2')];
    const fake = fakeSerf({
      scheduler,
      resync: 5_000,
      replies: { stats: { agent: { name: 'n1' } }, members },
    });
    const { names, end, subscription } = told(fake);
    fake.reply('stats', () => throwError(() => new Error('busy')));
    fake.lose();
    fake.reconnect();
    fake.emit({ event: 'member-update', members: [db] });
    fake.reply('members', [db, member('n2')]);
    scheduler.maxFrames = 4_999;
    scheduler.flush();
    expect(names).toEqual(['n1 web']);
    fake.reply('stats', { agent: { name: 'n2' } });
    scheduler.maxFrames = 5_000;
    scheduler.flush();
    expect(names).toEqual(['n1 web', 'n2 ']);
    fake.emit({ event: 'member-update', members: [web] });
    expect(names).toHaveLength(2);
    expect(end).toEqual([]);
    subscription.unsubscribe();
    fake.verify();
  });

  test('what waits to be asked for again ends with the client', async () => {
    const fake = fakeSerf({ replies: { stats: { agent: { name: 'n1' } }, members: [web] } });
    const { names, end } = told(fake);
    fake.reply('stats', () => throwError(() => new Error('busy')));
    fake.lose();
    fake.reconnect();
    await fake.close();
    expect(names).toEqual(['n1 web']);
    expect(end).toEqual(['complete']);
  });

  test('it errors as its requests do, and completes with the client', async () => {
    const strange = fakeSerf({ replies: { stats: {}, members: [member('n0')] } });
    expect(told(strange).end).toMatchObject([{ code: 'unexpected-shape', command: 'stats' }]);
    strange.verify();
    const failing = fakeSerf({
      replies: { stats: () => throwError(() => new Error('busy')), members: [web] },
    });
    expect(told(failing).end).toMatchObject([{ message: 'busy' }]);

    const fake = fakeSerf({ replies: { stats: { agent: { name: 'n1' } }, members: [web] } });
    const { end } = told(fake);
    await fake.close();
    expect(end).toEqual(['complete']);
  });

  test('a policy shows of it what it shows of all, and refuses it with them', async () => {
    const node = new EmbeddedCluster({ nodes: [{ name: 'n1', tags: { role: 'web', secret: 'x' } }] }).node(
      'n1',
    );
    const self$ = policy(node, { ...VIEWER, hideTags: ['secret'] }).self({ live: true });
    expect((await firstValueFrom(self$)).tags).toEqual({ role: 'web' });
    expect(() => policy(node, { ...VIEWER, commands: ['stats'] }).self()).toThrow(
      'Permission denied: members',
    );
  });
});
