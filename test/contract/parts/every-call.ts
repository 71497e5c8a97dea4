import { firstValueFrom, lastValueFrom, type Observable, take, toArray } from 'rxjs';
import { InvalidArgumentError, type Serf } from 'rxserf';
import { beforeAll, describe, expect, test } from 'vitest';
import { replayed, settled } from '../../agent/harness/agent.ts';
import { type Contract, TEXT } from '../kit.ts';

/** What holds for each call, whatever it is. */
export function everyCall({ serfs }: Contract): void {
  describe('every call', () => {
    let n1: Serf;
    beforeAll(() => {
      [n1] = serfs();
    });

    test('is cold: nothing is sent before it is subscribed to, and each subscription sends it anew', async () => {
      const heard = replayed(n1.stream('user:cold,user:end', TEXT));
      await settled(n1);
      const cold = n1.event('cold', 'a', TEXT);
      n1.event('cold', 'never', TEXT);
      await firstValueFrom(cold);
      await firstValueFrom(cold);
      await firstValueFrom(n1.event('end', '', TEXT));

      const payloads = await firstValueFrom(heard.pipe(take(3), toArray()));
      expect(payloads.map(({ payload }) => payload)).toEqual(['a', 'a', '']);
    });

    test('emits nothing within subscribe', () => {
      const calls: Observable<unknown>[] = [n1.stats(), n1.members(), n1.event('quiet'), n1.monitor('trace')];
      for (const call of calls) {
        let emitted = false;
        const subscription = call.subscribe(() => {
          emitted = true;
        });
        subscription.unsubscribe();
        expect(emitted).toBe(false);
      }
    });

    test('that gives one answer emits exactly one value', async () => {
      const calls: Observable<unknown>[] = [
        n1.event('one'),
        n1.stats(),
        n1.members(),
        n1.members({ name: 'n1' }),
        n1.coordinate('n1'),
        n1.self(),
      ];
      for (const call of calls) expect(await lastValueFrom(call.pipe(toArray()))).toHaveLength(1);
    });

    // biome-ignore lint/suspicious/noExplicitAny: what a caller without types may pass.
    const any = (value: unknown) => value as any;
    test.each<[string, string, (serf: Serf) => unknown]>([
      ['a filter that cannot match', 'invalid-filter', (serf) => serf.stream(any('user:'))],
      ['no filter', 'invalid-filter', (serf) => serf.stream(any([]))],
      ['an unknown level', 'invalid-argument', (serf) => serf.monitor(any('loud'))],
      ['an event without a name', 'invalid-argument', (serf) => serf.event('')],
      ['a payload for another codec', 'invalid-payload', (serf) => serf.event('e', any('text'))],
      ['a query without a name', 'invalid-argument', (serf) => serf.query('')],
      [
        'a query to no list',
        'invalid-argument',
        (serf) => serf.query('q', undefined, { filterNodes: any('n1') }),
      ],
      ['a query to nobody', 'invalid-argument', (serf) => serf.query('q', undefined, { filterNodes: [] })],
      ['a relay factor', 'invalid-argument', (serf) => serf.query('q', undefined, { relayFactor: 256 })],
      [
        'a query that ends never',
        'invalid-argument',
        (serf) => serf.query('q', undefined, { completeWhen: 0 }),
      ],
      ['an id', 'invalid-argument', (serf) => serf.respond(-1)],
      ['a pattern that is no text', 'invalid-argument', (serf) => serf.members({ name: any(/n1/) })],
      ['tags without a change', 'invalid-argument', (serf) => serf.tags({})],
      ['a join of nobody', 'invalid-argument', (serf) => serf.join([])],
      ['nobody to force', 'invalid-argument', (serf) => serf.forceLeave('')],
      ['nobody’s coordinate', 'invalid-argument', (serf) => serf.coordinate('')],
      ['no key', 'invalid-argument', (serf) => serf.installKey('no key')],
      ['a timeout', 'invalid-argument', (serf) => serf.stats({ timeout: -1 })],
    ])('that is misused throws: %s', (_, code, call) => {
      let thrown: unknown;
      try {
        call(n1);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(InvalidArgumentError);
      expect(thrown).toMatchObject({ code });
    });
  });
}
