import { concatMap, firstValueFrom, from, lastValueFrom, merge, take, toArray } from 'rxjs';
import { json, type Serf } from 'rxserf';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf, replayed, settled } from '../../agent/harness/agent.ts';
import { type Contract, TEXT, testIf } from '../kit.ts';

/** User events, from whoever fires them to whoever hears them. */
export function events({ capabilities, serfs }: Contract): void {
  describe('events', () => {
    let n1: Serf;
    let n2: Serf;
    let n3: Serf;
    beforeAll(() => {
      [n1, n2, n3] = serfs();
    });

    testIf(capabilities.gossip)('reach every node, its own too, with one Lamport time', async () => {
      const heard = replayed(merge(...[n1, n2, n3].map((serf) => serf.stream('user:deploy'))));
      await Promise.all([n1, n2, n3].map(settled));
      await firstValueFrom(n1.event('deploy', Uint8Array.of(0, 1, 255)));

      const events = await firstValueFrom(heard.pipe(take(3), toArray()));
      const [{ ltime }] = events as [(typeof events)[number]];
      const payload = Uint8Array.of(0, 1, 255);
      const event = { event: 'user', name: 'deploy', payload, coalesce: false, ltime };
      expect(ltime).toEqual(expect.any(Number));
      expect(events).toEqual([event, event, event]);
    });

    testIf(capabilities.gossip)('have rising Lamport times, whoever fires them', async () => {
      const nodes = [n1, n2, n3];
      const heard = nodes.map((serf) => replayed(serf.stream('user:tick')));
      await Promise.all(nodes.map(settled));
      const times: unknown[] = [];
      for (const [index, serf] of nodes.entries()) {
        await firstValueFrom(serf.event('tick', Uint8Array.of(index)));
        // Until all have heard of it: who has not may fire at the same time.
        const all = heard.map((events) => firstValueFrom(events.pipe(take(index + 1), toArray())));
        times.push((await Promise.all(all))[0]?.[index]?.ltime);
      }

      expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)));
      expect(new Set(times).size).toBe(3);
    });

    testIf(capabilities.agent)('of one name that may coalesce: the last is what arrives', async () => {
      const heard = replayed(n1.stream('user:coalesced,user:marker', TEXT));
      await settled(n1);
      const payloads = from(['1', '2', '3']);
      await lastValueFrom(
        payloads.pipe(concatMap((each) => n1.event('coalesced', each, { ...TEXT, coalesce: true }))),
      );
      const first = await firstValueFrom(heard);
      await firstValueFrom(n1.event('marker', '', TEXT));

      expect(first).toMatchObject({ name: 'coalesced', payload: '3', coalesce: true });
      expect(await firstValueFrom(heard.pipe(take(2), toArray()))).toMatchObject([
        { name: 'coalesced' },
        { name: 'marker' },
      ]);
    });

    testIf(capabilities.agent).each([
      [513, /^user event exceeds configured limit of 512 bytes before encoding$/],
      [500, /^encoded user event exceeds configured limit of 512 bytes after encoding$/],
    ])('with %i bytes are too large', async (size, message) => {
      expect(await failureOf(n1.event('deploy', new Uint8Array(size)))).toMatchObject({
        name: 'AgentError',
        code: 'payload-too-large',
        message: expect.stringMatching(message),
        command: 'event',
        limit: 512,
        size,
      });
    });

    test('are chosen by kind, by name, by list and by array', async () => {
      const streams = {
        users: n1.stream('user', TEXT),
        named: n1.stream('user:a', TEXT),
        list: n1.stream('user:a,user:end', TEXT),
        array: n1.stream(['user:b', 'user:end'], TEXT),
      };
      const heard = Object.entries(streams).map(([key, stream$]) => [key, replayed(stream$)] as const);
      await settled(n1);
      for (const name of ['a', 'b', 'a', 'end']) await firstValueFrom(n1.event(name, '', TEXT));

      const counts = { users: 4, named: 2, list: 3, array: 2 };
      for (const [key, events] of heard) {
        const count = counts[key as keyof typeof counts];
        const found = await firstValueFrom(events.pipe(take(count), toArray()));
        expect([key, found.map(({ name }) => name).join(' ')]).toEqual([
          key,
          { users: 'a b a end', named: 'a a', list: 'a a end', array: 'b end' }[key],
        ]);
      }
    });

    test('whose payload does not decode come all the same, with the reason', async () => {
      const heard = replayed(n1.stream('user:garbled', { codec: json() }));
      await settled(n1);
      await firstValueFrom(n1.event('garbled', Uint8Array.of(0xff)));
      await firstValueFrom(n1.event('garbled', { fine: true }, { codec: json() }));

      expect(await firstValueFrom(heard.pipe(take(2), toArray()))).toMatchObject([
        {
          payload: undefined,
          payloadError: { code: 'payload-undecodable' },
          rawPayload: Uint8Array.of(0xff),
        },
        { payload: { fine: true } },
      ]);
    });
  });
}
