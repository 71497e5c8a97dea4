import {
  concatMap,
  firstValueFrom,
  from,
  lastValueFrom,
  merge,
  mergeMap,
  type Observable,
  take,
  toArray,
} from 'rxjs';
import {
  type AgentError,
  InvalidArgumentError,
  json,
  type KeyReport,
  type QueryReply,
  type Serf,
  SerfError,
  utf8,
} from 'rxserf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endOf, eventually, failureOf, replayed, settled } from '../agent/harness/agent.ts';
import type { ContractCluster, ContractNode, Implementer } from './implementer.ts';

const TEXT = { codec: utf8() };
const NODES = [
  { name: 'n1', tags: { role: 'web', zone: 'a' } },
  { name: 'n2', tags: { role: 'web', zone: 'b' } },
  { name: 'n3', tags: { role: 'db' } },
];
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [
  string,
  string,
  string,
];
const LINE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(TRACE|DEBUG|INFO|WARN|ERR)\] \S/;

/**
 * What a user of the interface `Serf` can rely on, whoever implements it. Everything is in real time, as agents are; no
 * test waits for a time to pass.
 */
export function serfContract({ capabilities, start }: Implementer): void {
  let cluster: ContractCluster;
  let n1: Serf;
  let n2: Serf;
  let n3: Serf;

  beforeAll(async () => {
    cluster = await start(NODES);
    [n1, n2, n3] = cluster.nodes.map(({ serf }) => serf) as [Serf, Serf, Serf];
  });

  afterAll(() => cluster?.stop());

  describe('every call', () => {
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

  describe('members', () => {
    test('every field of every member, on every node', async () => {
      for (const serf of [n1, n2, n3]) {
        const members = await firstValueFrom(serf.members());
        expect(members.toSorted(byName)).toEqual(
          NODES.map(({ name, tags }, index) => ({
            name,
            address: hostOf(cluster.nodes[index] as ContractNode),
            port: portOf(cluster.nodes[index] as ContractNode),
            tags: expect.objectContaining(tags),
            status: 'alive',
            protocol: { min: 1, max: 5, current: 2 },
            delegate: { min: 2, max: 5, current: 5 },
          })),
        );
      }
    });

    test.each([
      ['a status', { status: 'alive' }, ['n1', 'n2', 'n3']],
      ['other statuses', { status: '(failed|left)' }, []],
      ['a name', { name: 'n[12]' }, ['n1', 'n2']],
      ['part of a name', { name: 'n' }, []],
      ['alternatives without a group: `^n|zzz$`', { name: 'n|zzz' }, ['n1', 'n2', 'n3']],
      ['what only RE2 reads so', { name: '(?i)N\\pN' }, ['n1', 'n2', 'n3']],
      ['a tag', { tags: { role: 'w.*' } }, ['n1', 'n2']],
      ['tags', { tags: { role: 'web', zone: 'b' } }, ['n2']],
      ['a tag that is not there', { tags: { zone: '' } }, ['n3']],
      ['all at once', { status: 'alive', name: 'n.', tags: { role: 'db' } }, ['n3']],
      ['nothing at all', {}, ['n1', 'n2', 'n3']],
    ])('by %s', async (_, filter, expected) => {
      expect(await names(n1.members(filter))).toEqual(expected);
    });

    test.each([{ name: '(' }, { status: '[' }, { tags: { role: '(?=look)' } }, { name: '(a)\\1' }])(
      'a pattern that is not RE2 fails that call alone: %j',
      async (filter) => {
        const failure = failureOf(n1.members(filter));

        expect(await names(n1.members({ name: 'n1' }))).toEqual(['n1']);
        expect(await failure).toMatchObject({
          name: 'InvalidArgumentError',
          code: 'invalid-pattern',
          command: 'members-filtered',
        });
      },
    );
  });

  describe('events', () => {
    test.skipIf(!capabilities.gossip)('reach every node, its own too, with one Lamport time', async () => {
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

    test.skipIf(!capabilities.gossip)('have rising Lamport times, whoever fires them', async () => {
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

    test('of one name that may coalesce: the last is what arrives', async () => {
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

    test.each([
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

  describe('queries', () => {
    test.skipIf(!capabilities.gossip)(
      'bring acks from all, responses from who answers, and the end',
      async () => {
        await answering(cluster.nodes.slice(1), 'load');
        const options = { ...TEXT, requestAck: true, relayFactor: 1, timeout: 1_500 };
        const replies = await lastValueFrom(n1.query('load', '?', options).pipe(toArray()));

        expect(of(replies, 'ack')).toEqual(['n1', 'n2', 'n3']);
        expect(replies.filter(({ type }) => type === 'response').toSorted(byFrom)).toEqual([
          { type: 'response', from: 'n2', payload: 'n2 heard ?' },
          { type: 'response', from: 'n3', payload: 'n3 heard ?' },
        ]);
      },
    );

    test.skipIf(!capabilities.gossip)(
      'ask only whom the filters say; patterns of tags are not anchored',
      async () => {
        await answering(cluster.nodes, 'who');
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
            ask({ filterTags: { role: '(' } }),
          ]),
        ).toEqual([['n1', 'n3'], ['n1', 'n2'], ['n1', 'n2'], ['n1'], [], []]);
      },
    );

    test.skipIf(!capabilities.gossip)('complete when they are told to', async () => {
      await answering(cluster.nodes, 'early');
      // Of the node that is asked itself: between agents an answer is one UDP packet, and may be lost.
      const options = { ...TEXT, timeout: 60_000, filterNodes: ['n1'] };
      const ask = (completeWhen: Parameters<typeof n1.query<string | undefined>>[2]) =>
        lastValueFrom(n1.query('early', '', { ...options, ...completeWhen }).pipe(toArray()));

      expect(of(await ask({ completeWhen: 'all' }))).toEqual(['n1']);
      expect(of(await ask({ completeWhen: 1 }))).toEqual(['n1']);
      expect(of(await ask({ completeWhen: ({ from }) => from === 'n1' }))).toEqual(['n1']);
    });

    test('carry what was asked; respond(id) answers as event.respond() does', async () => {
      const asked = replayed(n1.stream('query:ping', TEXT));
      await settled(n1);
      const replies = replayed(n1.query('ping', 'is anybody there?', { ...TEXT, timeout: 1_000 }));
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

    test('are answered once, and in few bytes', async () => {
      const asked = replayed(n1.stream('query:once'));
      await settled(n1);
      const replies = replayed(n1.query('once', undefined, { timeout: 1_500 }));
      const event = await firstValueFrom(asked);
      const refusals = [await failureOf(event.respond(new Uint8Array(1_020)))];
      await firstValueFrom(event.respond(Uint8Array.of(1)));
      refusals.push(await failureOf(event.respond()));

      expect(refusals).toMatchObject([
        {
          code: 'payload-too-large',
          message: expect.stringMatching(/^failed to respond to .+: response exceeds limit of 1024 bytes$/),
          limit: 1024,
          size: 1_020,
        },
        {
          code: 'already-answered',
          message: expect.stringMatching(/^failed to respond to .+: response already sent$/),
        },
      ]);
      for (const refusal of refusals)
        expect(refusal).toMatchObject({ name: 'AgentError', command: 'respond' });
      expect(await lastValueFrom(replies.pipe(toArray()))).toEqual([
        { type: 'response', from: 'n1', payload: Uint8Array.of(1) },
      ]);
    });

    test('that nobody asked, or that are over, cannot be answered', async () => {
      const unknown = {
        name: 'AgentError',
        code: 'unknown-query',
        message: 'No pending queries matching ID',
        command: 'respond',
      };
      expect(await failureOf(n1.respond(123_456))).toMatchObject(unknown);

      const asked = replayed(n1.stream('query:late'));
      await settled(n1);
      await lastValueFrom(n1.query('late', undefined, { timeout: 50 }), { defaultValue: undefined });
      const event = await firstValueFrom(asked);
      await eventually('the query is forgotten', async () => {
        expect(await failureOf(event.respond())).toMatchObject(unknown);
      });
    });

    test('are refused when they are too large, or have a name of Serf’s own', async () => {
      expect(await failureOf(n1.query('load', new Uint8Array(1_100)))).toMatchObject({
        name: 'AgentError',
        code: 'payload-too-large',
        message: 'query exceeds limit of 1024 bytes',
        command: 'query',
        limit: 1024,
        size: 1_100,
      });
      expect(await failureOf(n1.query('_serf_conflict'))).toMatchObject({
        name: 'AgentError',
        code: 'agent-error',
        message: "Queries cannot contain the '_serf_' prefix",
      });
    });

    test.skipIf(!capabilities.gossip)('called _serf_ping are acked, and no stream sees them', async () => {
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

  describe('tags', () => {
    test('are set, changed and deleted; too many are refused', async () => {
      const tagsOf = async () => ({ ...(await firstValueFrom(n3.members({ name: 'n3' })))[0]?.tags });
      await firstValueFrom(n3.tags({ set: { temp: '1', zone: 'z' } }));
      const afterSet = await tagsOf();
      await firstValueFrom(n3.tags({ set: { zone: 'y' }, delete: ['temp', 'never-there'] }));
      const afterChange = await tagsOf();
      await firstValueFrom(n3.tags({ delete: ['zone'] }));

      expect(afterSet).toEqual({ role: 'db', zone: 'z', temp: '1' });
      expect(afterChange).toEqual({ role: 'db', zone: 'y' });
      expect(await failureOf(n3.tags({ set: { huge: 'x'.repeat(600) } }))).toMatchObject({
        name: 'AgentError',
        code: 'payload-too-large',
        message: 'Encoded length of tags exceeds limit of 512 bytes',
        command: 'tags',
      });
      expect(await tagsOf()).toEqual({ role: 'db' });
    });

    test.skipIf(!capabilities.gossip)('of a node are news to the others, and to itself', async () => {
      const updates = [n1, n2].map((serf) => replayed(serf.stream('member-update')));
      await Promise.all([n1, n2].map(settled));
      await firstValueFrom(n2.tags({ set: { version: '2' } }));

      for (const update of updates) {
        const ofN2 = update.pipe(mergeMap(({ members }) => members.filter(({ name }) => name === 'n2')));
        expect(await firstValueFrom(ofN2)).toMatchObject({
          status: 'alive',
          tags: { role: 'web', zone: 'b', version: '2' },
        });
      }
      await firstValueFrom(n2.tags({ delete: ['version'] }));
    });
  });

  describe('the agent itself', () => {
    test('has figures, by section', async () => {
      const stats = await firstValueFrom(n1.stats());

      expect(stats).toMatchObject({
        agent: { name: 'n1' },
        runtime: { os: expect.any(String), arch: expect.any(String), version: expect.any(String) },
        serf: { members: '3', failed: '0', left: '0', encrypted: 'false', event_queue: expect.any(String) },
        tags: { role: 'web' },
      });
      for (const clock of ['member_time', 'event_time', 'query_time']) {
        expect(stats['serf']?.[clock]).toMatch(/^[1-9]\d*$/);
      }
    });

    test('knows where its members are, and nobody else', async () => {
      const known = await eventually('there is a coordinate', async () => {
        const coordinate = await firstValueFrom(n1.coordinate('n2'));
        if (!coordinate) throw new Error('not yet');
        return coordinate;
      });

      expect(known).toEqual({
        vector: expect.any(Array),
        error: expect.any(Number),
        adjustment: expect.any(Number),
        height: expect.any(Number),
      });
      expect(known.vector).toHaveLength(8);
      expect(known.vector.every(Number.isFinite)).toBe(true);
      expect(await firstValueFrom(n1.coordinate('nobody'))).toBeNull();
    });

    test('lets its log be read: old lines first, then new ones, at a level and above', async () => {
      const everything = replayed(n1.monitor('debug'));
      const warnings = replayed(n1.monitor('warn'));
      const old = await firstValueFrom(everything);
      await settled(n1);
      await firstValueFrom(n1.event('logged'));
      const refused = await failureOf(n1.event('refused', new Uint8Array(600)));

      const line = (log: typeof everything, pattern: RegExp) =>
        firstValueFrom(log.pipe(mergeMap((each) => (pattern.test(each) ? [each] : []))));
      expect(old).toMatch(LINE);
      expect(await line(everything, /agent: Requesting user event send: logged/)).toMatch(/ \[DEBUG\] /);
      expect(await line(everything, /agent: Received event: user-event: logged/)).toMatch(/ \[INFO\] /);
      expect(await line(warnings, /600|failed to send user event: user event exceeds/)).toContain(
        refused.message,
      );
      const told: string[] = [];
      warnings.subscribe((each) => told.push(each)).unsubscribe();
      expect(told.filter((each) => /\[(TRACE|DEBUG|INFO)\]/.test(each))).toEqual([]);
    });
  });

  describe('keys', () => {
    test('are none in a cluster without encryption, as every node says', async () => {
      const commands = {
        'list-keys': n1.listKeys(),
        'install-key': n1.installKey(FIRST),
        'use-key': n1.useKey(FIRST),
        'remove-key': n1.removeKey(FIRST),
      };
      for (const [command, request] of Object.entries(commands)) {
        const failure = (await failureOf(request)) as AgentError;
        expect(failure).toMatchObject({ name: 'AgentError', code: 'nodes-failed', command });
        expect(failure.message).toMatch(/^[1-3]\/3 nodes reported failure$/);
        // On a busy machine an agent's answer may come too late for the report.
        const answered = Number(failure.message[0]);
        const { messages, keys, ...counts } = failure.report as KeyReport;
        expect(counts).toEqual({ nodes: 3, responses: answered, errors: answered });
        expect(Object.keys(messages)).toHaveLength(answered);
        const reason = command === 'list-keys' ? 'Keyring is empty' : 'No keyring to modify';
        for (const each of Object.values(messages)) expect(each).toBe(`${reason} (encryption not enabled)`);
        expect(Object.keys(keys)).toEqual([]);
      }
    });

    test.skipIf(!capabilities.encryption)(
      'are listed, installed, used and removed on every node',
      async () => {
        const encrypted = await start([{ name: 'e1' }, { name: 'e2' }], { encryptKey: FIRST });
        try {
          const { serf } = encrypted.nodes[0] as ContractNode;
          const onBoth = { nodes: 2, responses: 2, errors: 0, messages: {}, keys: {} };
          const report = async (keys: ReturnType<Serf['listKeys']>) => plain(await firstValueFrom(keys));
          expect(await report(serf.listKeys())).toEqual({ ...onBoth, keys: { [FIRST]: 2 } });
          expect(await report(serf.installKey(SECOND))).toEqual(onBoth);
          expect(await report(serf.installKey(SECOND))).toEqual(onBoth);
          expect(await report(serf.listKeys())).toEqual({ ...onBoth, keys: { [FIRST]: 2, [SECOND]: 2 } });
          expect(await report(serf.useKey(SECOND))).toEqual(onBoth);
          expect(await report(serf.removeKey(FIRST))).toEqual(onBoth);
          expect(await report(serf.removeKey(THIRD))).toEqual(onBoth);
          expect(await report(serf.listKeys())).toEqual({ ...onBoth, keys: { [SECOND]: 2 } });

          for (const [request, reason] of [
            [serf.removeKey(SECOND), 'Removing the primary key is not allowed'],
            [serf.useKey(THIRD), 'Requested key is not in the keyring'],
          ] as const) {
            const failure = (await failureOf(request)) as AgentError;
            expect(failure).toMatchObject({ code: 'nodes-failed', message: '2/2 nodes reported failure' });
            expect(plain(failure.report as KeyReport)).toEqual({
              ...onBoth,
              errors: 2,
              messages: { e1: expect.stringContaining(reason), e2: expect.stringContaining(reason) },
            });
          }
          expect(await firstValueFrom(serf.stats())).toMatchObject({ serf: { encrypted: 'true' } });
        } finally {
          await encrypted.stop();
        }
      },
    );
  });

  // On nodes of their own: what is gone stays a member of the cluster that knew it.
  describe.skipIf(!capabilities.lone)('nodes that come and go', () => {
    test('join: how many were reached, and everybody knows; old events only for who wants them', async () => {
      const [home, curious, calm] = await Promise.all(
        ['home', 'curious', 'calm'].map((name) => cluster.lone({ name })),
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
      const { serf } = await cluster.lone({ name: 'lonely' });

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
      const [staying, leaving] = await pair(cluster, 'staying', 'leaving');
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

    test.skipIf(!capabilities.kill)(
      'kill: failed, forced to leave, pruned; nobody minds an unknown name',
      async () => {
        const [survivor, victim] = await pair(cluster, 'survivor', 'victim');
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

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
const byFrom = (a: { from: string }, b: { from: string }) => a.from.localeCompare(b.from);
const hostOf = ({ gossip }: ContractNode) => gossip.slice(0, gossip.lastIndexOf(':'));
const portOf = ({ gossip }: ContractNode) => Number(gossip.slice(gossip.lastIndexOf(':') + 1));

/** Tables without a prototype are equal to nothing but their like. */
function plain({ messages, keys, ...counts }: KeyReport) {
  return { ...counts, messages: { ...messages }, keys: { ...keys } };
}

async function names(members$: ReturnType<Serf['members']>): Promise<string[]> {
  return (await firstValueFrom(members$)).map(({ name }) => name).sort();
}

/** From whom the replies are. */
function of(replies: readonly QueryReply<unknown>[], type: QueryReply['type'] = 'response'): string[] {
  return replies
    .filter((reply) => reply.type === type)
    .map((reply) => reply.from)
    .sort();
}

/** Until the test ends, these nodes answer queries of that name. */
async function answering(nodes: readonly ContractNode[], query: string): Promise<void> {
  for (const { serf, name } of nodes) {
    replayed(
      serf
        .stream(`query:${query}`, TEXT)
        .pipe(mergeMap((event) => event.respond(`${name} heard ${event.payload}`))),
    );
  }
  await Promise.all(nodes.map(({ serf }) => settled(serf)));
}

/** Two nodes that know each other and nobody else. */
async function pair(
  cluster: ContractCluster,
  ...pair: [string, string]
): Promise<[ContractNode, ContractNode]> {
  const nodes = await Promise.all(pair.map((name) => cluster.lone({ name })));
  const [first, second] = nodes as [ContractNode, ContractNode];
  await firstValueFrom(second.serf.join(first.gossip));
  for (const { serf } of nodes) {
    await eventually('both know each other', async () => {
      expect(await names(serf.members({ status: 'alive' }))).toEqual(pair.toSorted());
    });
  }
  return [first, second];
}
