import { EMPTY, firstValueFrom, of, Subject, VirtualTimeScheduler } from 'rxjs';
import { connect, type Member, type SerfEvent } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { policy, sharedReads, VIEWER } from 'rxserf/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytes, FakeSerf, member } from './support/fake-serf.ts';
import { served } from './support/serf-command.ts';
import { WirePeer } from './support/wire-peer.ts';

describe('sharedReads', () => {
  /** A Serf whose answers wait, and how often it was asked. */
  function waiting() {
    const serf = new FakeSerf();
    const members$ = new Subject<Member[]>();
    serf.answers.members = () => members$;
    return { serf, members$, shared: sharedReads<Uint8Array>(serf) };
  }

  test('identical reads under way are one request; the next one is another', () => {
    const { serf, members$, shared } = waiting();
    const seen: unknown[] = [];
    for (let i = 0; i < 1_000; i++) shared.members().subscribe((members) => seen.push(members));
    expect(serf.calls).toHaveLength(1);
    members$.next([member('a')]);
    expect(seen).toHaveLength(1_000);
    expect(new Set(seen).size).toBe(1);
    expect(Object.isFrozen(seen[0])).toBe(true);
    shared.members().subscribe();
    expect(serf.calls).toHaveLength(2);
  });

  test('of the same filter, in whatever order, and timeout', () => {
    const { serf, shared } = waiting();
    shared.members({ name: 'a', tags: { x: '1', y: '2' } }).subscribe();
    shared.members({ tags: { y: '2', x: '1' }, name: 'a' }).subscribe();
    expect(serf.calls).toHaveLength(1);
    shared.members({ name: 'a' }).subscribe();
    shared.members({ status: 'a' }).subscribe();
    shared.members({ name: 'a', tags: { x: '1', y: '2' } }, { timeout: 5 }).subscribe();
    shared.members().subscribe();
    expect(serf.calls).toHaveLength(5);
  });

  test('stats too, and an error is everybody’s, once', () => {
    const serf = new FakeSerf();
    const stats$ = new Subject<never>();
    serf.answers.stats = () => stats$;
    const shared = sharedReads<Uint8Array>(serf);
    const errors: unknown[] = [];
    for (let i = 0; i < 3; i++) shared.stats().subscribe({ error: (error) => errors.push(error) });
    expect(serf.calls).toHaveLength(1);
    const lost = new Error('lost');
    stats$.error(lost);
    expect(errors).toEqual([lost, lost, lost]);
    serf.answers.stats = () => new Subject();
    shared.stats().subscribe();
    expect(serf.calls).toHaveLength(2);
  });

  test('ends with the last who waits', () => {
    const { serf, shared } = waiting();
    const [first, second] = [shared.members().subscribe(), shared.members().subscribe()];
    first.unsubscribe();
    expect(serf.open).toBe(1);
    second.unsubscribe();
    expect(serf.open).toBe(0);
    shared.members().subscribe();
    expect(serf.calls).toHaveLength(2);
  });

  test('who asks again when the answer comes asks anew', () => {
    const { serf, members$, shared } = waiting();
    const seen: string[] = [];
    shared.members().subscribe((members) => {
      seen.push(members[0]?.name ?? '');
      shared.members().subscribe((again) => seen.push(again[0]?.name ?? ''));
    });
    members$.next([member('a')]);
    expect(serf.calls).toHaveLength(2);
    members$.next([member('b')]);
    expect(seen).toEqual(['a', 'b']);
  });

  test('all else is the Serf’s own, and misuse throws at the call', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1'] });
    onTestFinished(() => cluster.close());
    const shared = sharedReads(cluster.node('n1'));
    await firstValueFrom(shared.event('a', bytes('x')));
    expect(await firstValueFrom(shared.coordinate('nobody'))).toBe(null);
    expect(() => shared.members({ name: 7 as never })).toThrow('name should be a text');
  });

  test('one encoding for all peers, and the bytes that each would have had alone', () => {
    const { serf, members$, shared } = waiting();
    let read = 0;
    const counted = {
      ...member('a', { tags: { role: 'web' } }),
      get name() {
        read++;
        return 'a';
      },
    };
    const peers = Array.from({ length: 20 }, () => new WirePeer(policy(shared, VIEWER)).greet());
    for (const peer of peers) peer.ask(1, 'members');
    expect(serf.calls).toHaveLength(1);
    members$.next([counted]);
    expect(read).toBe(1);
    const answers = peers.map((peer) => Buffer.from(peer.bytes()).toString('hex'));
    const alone = new FakeSerf();
    alone.nodes = [member('a', { tags: { role: 'web' } })];
    const expected = Buffer.from(new WirePeer(alone).greet().ask(1, 'members').bytes()).toString('hex');
    expect(new Set(answers)).toEqual(new Set([expected]));
  });

  test('over TCP, for our client', async () => {
    const cluster = new EmbeddedCluster({ nodes: 3 });
    onTestFinished(() => cluster.close());
    const client = connect(await served(policy(sharedReads(cluster.node('n1')), VIEWER)));
    const both = await Promise.all([firstValueFrom(client.members()), firstValueFrom(client.members())]);
    expect(both.map(({ length }) => length)).toEqual([3, 3]);
    await client.close();
  });

  describe('that keeps answers', () => {
    function keeping(keep = 2_000) {
      const serf = new FakeSerf();
      const scheduler = new VirtualTimeScheduler();
      const events$ = new Subject<SerfEvent>();
      serf.answers.members = () => of([member('a')]);
      serf.answers.stream = () => events$;
      const shared = sharedReads<Uint8Array>(serf, { keep, scheduler });
      const asked = () => serf.calls.filter(([method]) => method === 'members').length;
      const read = () => firstValueFrom(shared.members());
      return { serf, scheduler, events$, shared, asked, read };
    }

    test('gives them again for that long, and no longer', async () => {
      const { scheduler, events$, asked, read } = keeping();
      const first = await read();
      expect(await read()).toBe(first);
      expect(asked()).toBe(1);
      scheduler.maxFrames = 2_000;
      scheduler.flush();
      expect(events$.observed).toBe(false);
      await read();
      expect(asked()).toBe(2);
    });

    test('asks again after an event, and not for what was asked before it', async () => {
      const { serf, events$, asked, read, shared } = keeping();
      await read();
      events$.next({ event: 'member-leave', members: [member('a')] });
      await read();
      expect(asked()).toBe(2);

      const answer$ = new Subject<Member[]>();
      serf.answers.members = () => answer$;
      shared.members({ name: 'b' }).subscribe();
      events$.next({ event: 'member-join', members: [member('b')] });
      answer$.next([member('b')]);
      shared.members({ name: 'b' }).subscribe();
      expect(asked()).toBe(4);
    });

    test('asks again after a command that changes members, and after a stream that has ended', async () => {
      const { serf, events$, shared, asked, read } = keeping();
      serf.answers.tags = () => EMPTY;
      await read();
      shared.tags({ set: { a: 'b' } }).subscribe();
      await read();
      expect(asked()).toBe(2);
      events$.complete();
      await read();
      await read();
      // The stream ends at once now: nothing tells of changes.
      expect(asked()).toBe(4);
    });

    test('keeps 32 of them', async () => {
      const { shared, asked } = keeping();
      for (let round = 0; round < 2; round++)
        for (let i = 0; i < 33; i++) await firstValueFrom(shared.members({ name: `n${i}` }));
      expect(asked()).toBe(34);
    });
  });
});
