import { firstValueFrom, lastValueFrom, mergeMap, take, toArray } from 'rxjs';
import { SerfError } from 'rxserf';
import { expect, test } from 'vitest';
import { endOf, eventually, failureOf, replayed, settled } from '../../agent/harness/agent.ts';
import { type Contract, describeIf, names, pair, TEXT, testIf } from '../kit.ts';

/** Nodes that join, leave and fail; on nodes of their own: what is gone stays a member of the cluster that knew it. */
export function comingAndGoing({ capabilities, cluster }: Contract): void {
  describeIf(capabilities.lone)('nodes that come and go', () => {
    test('join: how many were reached, and everybody knows; old events only for who wants them', async () => {
      const [home, curious, calm] = await Promise.all(
        ['home', 'curious', 'calm'].map((name) => cluster().lone({ name })),
      );
      if (!home || !curious || !calm) throw new Error('three nodes');
      await firstValueFrom(home.serf.event('old', 'news', TEXT));
      const joins = replayed(home.serf.stream('member-join'));
      const heard = [curious, calm].map(({ serf }) => replayed(serf.stream('user', TEXT)));
      await Promise.all([home, curious, calm].map(({ serf }) => settled(serf)));

      expect(await names(curious.serf.members())).toEqual(['curious']);
      expect(await firstValueFrom(curious.serf.join(home.gossip, { replay: true }))).toBe(1);
      expect(await firstValueFrom(calm.serf.join([home.gossip, curious.gossip]))).toBe(2);
      const joined = joins.pipe(
        mergeMap(({ members }) => members.map(({ name }) => name)),
        mergeMap((name) => (name === 'home' ? [] : [name])),
      );
      const both = await firstValueFrom(joined.pipe(take(2), toArray()));
      expect(both.sort()).toEqual(['calm', 'curious']);
      for (const { serf } of [home, curious, calm]) {
        await eventually('all know each other', async () => {
          expect(await names(serf.members({ status: 'alive' }))).toEqual(['calm', 'curious', 'home']);
        });
      }
      await firstValueFrom(home.serf.event('new', 'news', TEXT));
      const title = ({ name, payload }: { name: string; payload: string | undefined }) =>
        `${name} ${payload}`;
      expect((await firstValueFrom(heard[0]!.pipe(take(2), toArray()))).map(title)).toEqual([
        'old news',
        'new news',
      ]);
      expect(title(await firstValueFrom(heard[1]!))).toBe('new news');
    });

    test('join: nobody there is the error of every address', async () => {
      const { serf } = await cluster().lone({ name: 'lonely' });

      expect(await failureOf(serf.join('127.0.0.1:1'))).toMatchObject({
        name: 'AgentError',
        code: 'agent-error',
        message: expect.stringMatching(/^1 error occurred:\n\t\* Failed to join 127\.0\.0\.1: .+/),
        command: 'join',
      });
      expect(await failureOf(serf.join(['127.0.0.1:1', '127.0.0.1:2']))).toMatchObject({
        message: expect.stringMatching(/^2 errors occurred:\n\t\* Failed to join .+\n\t\* Failed to join .+/),
      });
    });

    test('leave: it ends, and the others see it leave', async () => {
      const [staying, leaving] = await pair(cluster(), 'staying', 'leaving');
      const seen = replayed(staying.serf.stream('member-leave'));
      const own = replayed(leaving.serf.stream('user'));
      await Promise.all([staying, leaving].map(({ serf }) => settled(serf)));

      expect(await lastValueFrom(leaving.serf.leave().pipe(toArray()))).toEqual([undefined]);
      expect(await firstValueFrom(seen)).toMatchObject({
        event: 'member-leave',
        members: [{ name: 'leaving', status: 'left' }],
      });
      expect(await firstValueFrom(staying.serf.members({ name: 'leaving' }))).toMatchObject([
        { status: 'left' },
      ]);
      expect(await endOf(own)).toBe('connection-lost');
      expect(await failureOf(leaving.serf.stats())).toBeInstanceOf(SerfError);
    });

    testIf(capabilities.kill)(
      'kill: failed, forced to leave, pruned; nobody minds an unknown name',
      async () => {
        const [survivor, victim] = await pair(cluster(), 'survivor', 'victim');
        const { serf } = survivor;
        const events = replayed(serf.stream('member-failed,member-leave,member-reap'));
        const own = replayed(victim.serf.stream('user'));
        await Promise.all([survivor, victim].map((node) => settled(node.serf)));
        const status = async () => (await firstValueFrom(serf.members({ name: 'victim' })))[0]?.status;
        victim.kill();

        expect(await endOf(own)).toBe('connection-lost');
        expect(await firstValueFrom(events)).toMatchObject({
          event: 'member-failed',
          members: [{ name: 'victim', status: 'failed' }],
        });
        expect(await status()).toBe('failed');
        expect(await lastValueFrom(serf.forceLeave('nobody').pipe(toArray()))).toEqual([undefined]);
        await firstValueFrom(serf.forceLeave('victim'));
        expect(await status()).toBe('left');
        expect(await firstValueFrom(events.pipe(take(2), toArray()))).toMatchObject([
          {},
          { event: 'member-leave' },
        ]);
        await firstValueFrom(serf.forceLeave('victim', { prune: true }));
        expect(await status()).toBeUndefined();
        const all = await firstValueFrom(events.pipe(take(3), toArray()));
        expect(all[2]).toMatchObject({ event: 'member-reap', members: [{ name: 'victim' }] });
      },
    );
  });
}
