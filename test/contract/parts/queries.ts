import { firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs';
import type { QueryOptions, Serf } from 'rxserf';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually, failureOf, replayed, settled } from '../../agent/harness/agent.ts';
import { answering, byFrom, type Contract, of, TEXT, testIf } from '../kit.ts';

/** What an agent says that knows no such query. */
const UNKNOWN = {
  name: 'AgentError',
  code: 'unknown-query',
  message: 'No pending queries matching ID',
  command: 'respond',
};

/** Questions, and who answers them. */
export function queries({ capabilities, cluster, serfs }: Contract): void {
  describe('queries', () => {
    let n1: Serf;
    beforeAll(() => {
      [n1] = serfs();
    });

    testIf(capabilities.gossip)('bring acks from all, responses from who answers, and the end', async () => {
      await answering(cluster().nodes.slice(1), 'load');
      const options = { ...TEXT, requestAck: true, relayFactor: 1, timeout: 1_500 };
      const replies = await lastValueFrom(n1.query('load', '?', options).pipe(toArray()));

      expect(of(replies, 'ack')).toEqual(['n1', 'n2', 'n3']);
      expect(replies.filter(({ type }) => type === 'response').toSorted(byFrom)).toEqual([
        { type: 'response', from: 'n2', payload: 'n2 heard ?' },
        { type: 'response', from: 'n3', payload: 'n3 heard ?' },
      ]);
    });

    testIf(capabilities.gossip)(
      'ask only whom the filters say; patterns of tags are not anchored',
      async () => {
        await answering(cluster().nodes, 'who');
        const ask = async (options: object) =>
          of(
            await lastValueFrom(
              n1.query('who', '', { ...TEXT, relayFactor: 2, timeout: 2_000, ...options }).pipe(toArray()),
            ),
          );

        expect(
          await Promise.all([
            ask({ filterNodes: ['n1', 'n3'] }),
            ask({ filterTags: { role: 'w.b' } }),
            ask({ filterTags: { role: 'e' } }),
            ask({ filterNodes: ['n1', 'n3'], filterTags: { role: 'web', zone: 'a' } }),
            ask({ filterNodes: ['n9'] }),
          ]),
        ).toEqual([['n1', 'n3'], ['n1', 'n2'], ['n1', 'n2'], ['n1'], []]);
      },
    );

    testIf(capabilities.gossip)('fail when a pattern is not RE2: nobody would answer', async () => {
      const ask = (filterTags: Record<string, string>) =>
        failureOf(n1.query('who', '', { ...TEXT, filterTags, timeout: 60_000 }));

      for (const pattern of ['(', '(?=look)', '*', '\\']) {
        expect(await ask({ zone: 'a|b', role: pattern })).toMatchObject({
          name: 'InvalidArgumentError',
          code: 'invalid-pattern',
          command: 'query',
          message: expect.stringContaining(`tag "role" ${JSON.stringify(pattern)}`),
        });
      }
    });

    testIf(capabilities.gossip)('complete when they are told to', async () => {
      await answering(cluster().nodes, 'early');
      // Of the node that is asked itself: between agents an answer is one UDP packet, and may be lost.
      const options = { ...TEXT, timeout: 60_000, filterNodes: ['n1'] };
      const ask = (early: QueryOptions<string | undefined>) =>
        lastValueFrom(n1.query('early', '', { ...options, ...early, codec: options.codec }).pipe(toArray()));

      expect(of(await ask({ completeWhen: 'all' }))).toEqual(['n1']);
      expect(of(await ask({ completeWhen: 1 }))).toEqual(['n1']);
      expect(of(await ask({ completeWhen: ({ from }) => from === 'n1' }))).toEqual(['n1']);
    });

    test('carry what was asked; respond(id) answers as event.respond() does', async () => {
      const asked = replayed(n1.stream('query:ping', TEXT));
      await settled(n1);
      const replies = replayed(n1.query('ping', 'is anybody there?', { ...TEXT, timeout: 800 }));
      const event = await firstValueFrom(asked);

      expect(event).toEqual({
        event: 'query',
        id: expect.any(Number),
        name: 'ping',
        ltime: expect.any(Number),
        payload: 'is anybody there?',
        respond: expect.any(Function),
      });
      await firstValueFrom(n1.respond(event.id, 'yes', TEXT));
      expect(await firstValueFrom(replies)).toEqual({ type: 'response', from: 'n1', payload: 'yes' });
    });

    test('tell when they were taken, before any reply, and not when they are refused', async () => {
      const told: string[] = [];
      const onAccepted = () => void told.push('taken');
      const replies = n1.query('taken', undefined, {
        requestAck: true,
        filterNodes: ['n1'],
        timeout: 500,
        onAccepted,
      });
      await lastValueFrom(replies.pipe(tap(({ type }) => told.push(type))));
      expect(told).toEqual(['taken', 'ack']);

      const tooLarge = new Uint8Array(1_100);
      const refused = n1.query('large', tooLarge, { onAccepted: () => void told.push('refused') });
      if (capabilities.agent) await failureOf(refused);
      expect(told).toEqual(['taken', 'ack']);
    });

    test('are answered once', async () => {
      const asked = replayed(n1.stream('query:once'));
      await settled(n1);
      const replies = replayed(n1.query('once', undefined, { timeout: 800 }));
      const event = await firstValueFrom(asked);
      await firstValueFrom(event.respond(Uint8Array.of(1)));

      expect(await failureOf(event.respond(Uint8Array.of(2)))).toMatchObject({
        name: 'AgentError',
        code: 'already-answered',
        message: expect.stringMatching(/^failed to respond to .+: response already sent$/),
        command: 'respond',
      });
      expect(await lastValueFrom(replies.pipe(toArray()))).toEqual([
        { type: 'response', from: 'n1', payload: Uint8Array.of(1) },
      ]);
    });

    testIf(capabilities.agent)('are answered in few bytes', async () => {
      const asked = replayed(n1.stream('query:brief'));
      await settled(n1);
      const replies = replayed(n1.query('brief', undefined, { timeout: 800 }));
      const event = await firstValueFrom(asked);

      expect(await failureOf(event.respond(new Uint8Array(1_020)))).toMatchObject({
        name: 'AgentError',
        code: 'payload-too-large',
        message: expect.stringMatching(/^failed to respond to .+: response exceeds limit of 1024 bytes$/),
        command: 'respond',
        limit: 1024,
        size: 1_020,
      });
      await firstValueFrom(event.respond(Uint8Array.of(1)));
      expect(await lastValueFrom(replies.pipe(toArray()))).toHaveLength(1);
    });

    test('that nobody asked cannot be answered', async () => {
      expect(await failureOf(n1.respond(123_456))).toMatchObject(UNKNOWN);
    });

    testIf(capabilities.agent)('that are over cannot be answered', async () => {
      const asked = replayed(n1.stream('query:late'));
      await settled(n1);
      await lastValueFrom(n1.query('late', undefined, { timeout: 50 }), { defaultValue: undefined });
      const event = await firstValueFrom(asked);
      await eventually('the query is forgotten', async () => {
        expect(await failureOf(event.respond())).toMatchObject(UNKNOWN);
      });
    });

    testIf(capabilities.agent)('are refused when they are too large', async () => {
      expect(await failureOf(n1.query('load', new Uint8Array(1_100)))).toMatchObject({
        name: 'AgentError',
        code: 'payload-too-large',
        message: 'query exceeds limit of 1024 bytes',
        command: 'query',
        limit: 1024,
        size: 1_100,
      });
    });

    testIf(capabilities.ownNames)('are refused when they have a name of Serf’s own', async () => {
      expect(await failureOf(n1.query('_serf_conflict'))).toMatchObject({
        name: 'AgentError',
        code: 'agent-error',
        message: "Queries cannot contain the '_serf_' prefix",
      });
    });

    testIf(capabilities.gossip)('called _serf_ping are acked, and no stream sees them', async () => {
      const asked: unknown[] = [];
      const watching = n1.stream('query').subscribe((event) => asked.push(event));
      await settled(n1);
      const acks = await lastValueFrom(
        n1.query('_serf_ping', undefined, { requestAck: true, timeout: 1_000 }).pipe(toArray()),
      );
      watching.unsubscribe();

      expect(of(acks, 'ack')).toEqual(['n1', 'n2', 'n3']);
      expect(asked).toEqual([]);
    });
  });
}
