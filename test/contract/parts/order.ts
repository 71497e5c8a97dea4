import { concat, firstValueFrom, forkJoin, map, merge, mergeMap, of, take, tap, toArray } from 'rxjs';
import type { Serf } from 'rxserf';
import { beforeAll, describe, expect, test } from 'vitest';
import { replayed, settled } from '../../agent/harness/agent.ts';
import { type Contract, TEXT } from '../kit.ts';

/** What comes before what: the order of answers and records, as a user sees it. */
export function order({ serfs }: Contract): void {
  describe('the order', () => {
    let n1: Serf;
    beforeAll(() => {
      [n1] = serfs();
    });

    // Of those that share a connection: what may block an agent, or have it hang up, goes another way.
    test('of answers is that of the requests made in one tick', async () => {
      const answers = merge(
        n1.stats().pipe(map(() => 'stats')),
        n1.members().pipe(map(() => 'members')),
        n1.coordinate('n1').pipe(map(() => 'coordinate')),
        n1.event('ordered').pipe(map(() => 'event')),
        n1.stats().pipe(map(() => 'stats again')),
      );

      expect(await firstValueFrom(answers.pipe(toArray()))).toEqual([
        'stats',
        'members',
        'coordinate',
        'event',
        'stats again',
      ]);
    });

    test('of a stream and an event of the same tick: the event is heard', async () => {
      const heard = replayed(n1.stream('user:at-once', TEXT));
      const fired = replayed(n1.event('at-once', 'news', TEXT));

      expect((await firstValueFrom(heard)).payload).toBe('news');
      await firstValueFrom(fired);
    });

    test('of events is the one they were fired in', async () => {
      const letters = [...'abcdefghijklmnopqrst'];
      const heard = replayed(n1.stream('user:letter', TEXT));
      const all = letters.map((letter) => n1.event('letter', letter, TEXT));
      await firstValueFrom(forkJoin(all));

      const events = await firstValueFrom(heard.pipe(take(letters.length), toArray()));
      expect(events.map(({ payload }) => payload)).toEqual(letters);
    });

    // Of one node's ack and response either may come first: an agent sends them on their own.
    test('of a query: its replies, its end', async () => {
      const asked = n1.stream('query:ordered').pipe(mergeMap((event) => event.respond(Uint8Array.of(1))));
      replayed(asked);
      await settled(n1);
      const options = { filterNodes: ['n1'], requestAck: true, timeout: 800 };
      const told = concat(
        n1.query('ordered', undefined, options).pipe(map(({ type, from }) => `${type} ${from}`)),
        of('end'),
      );

      const order = await firstValueFrom(told.pipe(toArray()));
      expect(order.slice(0, 2).sort()).toEqual(['ack n1', 'response n1']);
      expect(order.slice(2)).toEqual(['end']);
    });

    test('of ends: who unsubscribes hears nothing more, and the others go on', async () => {
      const early: unknown[] = [];
      const stopping = n1.stream('user:on', TEXT).subscribe(({ payload }) => early.push(payload));
      const staying = replayed(n1.stream('user:on', TEXT));
      const other = replayed(n1.stream('user', TEXT).pipe(map(({ name }) => name)));
      await settled(n1);
      await firstValueFrom(n1.event('on', '1', TEXT));
      await firstValueFrom(staying);
      stopping.unsubscribe();
      await firstValueFrom(n1.event('on', '2', TEXT));

      const heard = await firstValueFrom(staying.pipe(take(2), toArray()));
      expect(heard.map(({ payload }) => payload)).toEqual(['1', '2']);
      expect(await firstValueFrom(other.pipe(take(2), toArray()))).toEqual(['on', 'on']);
      expect(early).toEqual(['1']);
    });

    test('of what a subscriber asks at a record: answered after it, and nothing is missed', async () => {
      const told: string[] = [];
      const heard = replayed(
        n1.stream('user:asks', TEXT).pipe(
          tap(({ payload }) => told.push(`event ${payload}`)),
          mergeMap(({ payload }) => n1.stats().pipe(tap(() => told.push(`answer ${payload}`)))),
        ),
      );
      await settled(n1);
      await firstValueFrom(forkJoin([...'123'].map((each) => n1.event('asks', each, TEXT))));
      await firstValueFrom(heard.pipe(take(3), toArray()));

      expect(told.filter((each) => each.startsWith('event'))).toEqual(['event 1', 'event 2', 'event 3']);
      for (const each of '123')
        expect(told.indexOf(`answer ${each}`)).toBeGreaterThan(told.indexOf(`event ${each}`));
    });
  });
}
