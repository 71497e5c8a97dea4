import { concatMap, firstValueFrom, forkJoin, from, lastValueFrom, merge, take, toArray } from 'rxjs';
import { type AgentError, connect, type KeyReport, type Member, type SerfClient, utf8 } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  eventually,
  failureOf,
  replayed,
  settled,
  startAgent,
  startCluster,
  startThreeNodes,
  stopAll,
} from './harness/agent.ts';

const VERSIONS = { protocol: { min: 1, max: 5, current: 2 }, delegate: { min: 2, max: 5, current: 5 } };

describeAgent('commands of a three-node cluster', () => {
  let n1: Agent;
  let n2: Agent;
  let n3: Agent;
  let client: SerfClient;
  /** A pair of its own, one of which is dead from the beginning on: it takes seconds until that is seen. */
  let survivor: Agent;
  let victim: Agent;

  beforeAll(async () => {
    [survivor, victim] = (await startCluster({ nodes: [{ name: 'survivor' }, { name: 'victim' }] })) as [
      Agent,
      Agent,
    ];
    victim.kill();
    [n1, n2, n3] = await startThreeNodes();
    client = connect(n1.address);
  });

  afterAll(async () => {
    await client.close();
    await stopAll();
  });

  test('members: every field of every member', async () => {
    const members = await firstValueFrom(client.members());

    const expected = (agent: Agent, tags: Record<string, string>) => ({
      name: agent.name,
      address: '127.0.0.1',
      port: agent.ports.gossip,
      tags: expect.objectContaining(tags),
      status: 'alive',
      ...VERSIONS,
    });
    expect(members.toSorted(byName)).toEqual([
      expected(n1, { role: 'web', zone: 'a' }),
      expected(n2, { role: 'web', zone: 'b' }),
      expected(n3, { role: 'db' }),
    ]);
    expect(members.map(({ tags }) => Object.keys(tags).length).sort()).toEqual([1, 2, 2]);
  });

  test('members: by status, by name, by tags, all at once; patterns are anchored; none may match', async () => {
    const found = await firstValueFrom(
      forkJoin({
        status: client.members({ status: 'alive' }),
        otherStatus: client.members({ status: '(failed|left)' }),
        name: client.members({ name: 'n[12]' }),
        partOfName: client.members({ name: 'n' }),
        alternation: client.members({ name: 'n|zzz' }),
        tag: client.members({ tags: { role: 'w.*' } }),
        tags: client.members({ tags: { role: 'web', zone: 'b' } }),
        withoutTag: client.members({ tags: { zone: '' } }),
        all: client.members({ status: 'alive', name: 'n.', tags: { role: 'db' } }),
      }),
    );

    const names = Object.fromEntries(
      Object.entries(found).map(([key, members]) => [key, members.map(({ name }) => name).sort()]),
    );
    expect(names).toEqual({
      status: ['n1', 'n2', 'n3'],
      otherStatus: [],
      name: ['n1', 'n2'],
      partOfName: [],
      // The agent makes `^n|zzz$` of it.
      alternation: ['n1', 'n2', 'n3'],
      tag: ['n1', 'n2'],
      tags: ['n2'],
      withoutTag: ['n3'],
      all: ['n3'],
    });
  });

  test('members: a pattern that is not RE2 fails that call alone', async () => {
    const streaming = closing(connect(n1.address, { codec: utf8() }));
    const events = replayed(streaming.stream('user:after-the-bad-pattern'));

    const failures = await Promise.all([
      failureOf(streaming.members({ name: '(' })),
      failureOf(streaming.members({ status: 'alive', tags: { role: '(?=look)' } })),
    ]);
    const [bad, good] = await Promise.all([
      failureOf(streaming.members({ name: '[' })),
      firstValueFrom(streaming.members({ name: 'n1' })),
    ]);

    for (const failure of [...failures, bad]) {
      expect(failure).toMatchObject({
        name: 'InvalidArgumentError',
        code: 'invalid-pattern',
        command: 'members-filtered',
        address: n1.address,
      });
    }
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('name "("'),
      expect.stringContaining('tag "role" "(?=look)"'),
    ]);
    expect(good.map(({ name }) => name)).toEqual(['n1']);

    await firstValueFrom(streaming.event('after-the-bad-pattern', 'alive'));
    expect(await firstValueFrom(events)).toMatchObject({ payload: 'alive' });
    expect(await firstValueFrom(streaming.status$)).toEqual({ state: 'connected', address: n1.address });
  });

  test('event: reaches the whole cluster, with its payload', async () => {
    const others = [n2, n3].map((agent) => closing(connect(agent.address)));
    const arrived = replayed(merge(...others.map((other) => other.stream('user:deploy'))));
    await Promise.all(others.map(settled));

    await expect(
      lastValueFrom(client.event('deploy', Uint8Array.of(0, 1, 255)).pipe(toArray())),
    ).resolves.toEqual([undefined]);

    const event = {
      event: 'user',
      name: 'deploy',
      payload: Uint8Array.of(0, 1, 255),
      coalesce: false,
      ltime: expect.any(Number),
    };
    expect(await firstValueFrom(arrived.pipe(take(2), toArray()))).toEqual([event, event]);
  });

  test('event: with coalesce, the last of several is what arrives', async () => {
    const own = closing(connect(n1.address, { codec: utf8() }));
    const arrived = replayed(own.stream('user:coalesced,user:marker'));

    await lastValueFrom(
      from(['1', '2', '3']).pipe(concatMap((payload) => own.event('coalesced', payload, { coalesce: true }))),
    );
    const coalesced = await firstValueFrom(arrived);
    await firstValueFrom(own.event('marker'));

    expect(coalesced).toMatchObject({ name: 'coalesced', payload: '3', coalesce: true });
    expect(await firstValueFrom(arrived.pipe(take(2), toArray()))).toMatchObject([
      { name: 'coalesced' },
      { name: 'marker' },
    ]);
  });

  test('event: too large is refused with the limit and the size', async () => {
    expect(await failureOf(client.event('deploy', new Uint8Array(600)))).toMatchObject({
      name: 'AgentError',
      code: 'payload-too-large',
      message: expect.stringMatching(/exceeds .*limit of 512 bytes/),
      command: 'event',
      address: n1.address,
      limit: 512,
      size: 600,
    });
  });

  test('tags: set, change and delete; too large is refused', async () => {
    const tagsOfN1 = async () => (await firstValueFrom(client.members({ name: 'n1' })))[0]?.tags;
    const emitted = await lastValueFrom(client.tags({ set: { temp: '1', zone: 'z' } }).pipe(toArray()));
    const afterSet = await tagsOfN1();
    await firstValueFrom(client.tags({ set: { zone: 'a' }, delete: ['temp', 'never-there'] }));
    const afterDelete = await tagsOfN1();
    const failure = await failureOf(client.tags({ set: { huge: 'x'.repeat(600) } }));

    expect(emitted).toEqual([undefined]);
    expect({ ...afterSet }).toEqual({ role: 'web', zone: 'z', temp: '1' });
    expect({ ...afterDelete }).toEqual({ role: 'web', zone: 'a' });
    expect(failure).toMatchObject({
      name: 'AgentError',
      message: expect.stringMatching(/exceeds limit of 512 bytes/),
      command: 'tags',
    });
    expect({ ...(await tagsOfN1()) }).toEqual({ role: 'web', zone: 'a' });
  });

  test('stats: sections of figures', async () => {
    expect(await firstValueFrom(client.stats())).toMatchObject({
      agent: { name: 'n1' },
      runtime: { os: 'linux' },
      serf: { encrypted: 'false', members: expect.stringMatching(/^\d+$/) },
      tags: { role: 'web' },
    });
  });

  test('coordinate: of a member; null for a node that is none', async () => {
    const { known, unknown } = await firstValueFrom(
      forkJoin({ known: client.coordinate('n1'), unknown: client.coordinate('nobody') }),
    );

    expect(known).toEqual({
      vector: expect.any(Array),
      error: expect.any(Number),
      adjustment: expect.any(Number),
      height: expect.any(Number),
    });
    expect(known?.vector).toHaveLength(8);
    expect(known?.vector.every(Number.isFinite)).toBe(true);
    expect(unknown).toBeNull();
  });

  test('keys: on a cluster without encryption every node fails, and says why', async () => {
    const key = Buffer.alloc(32, 1).toString('base64');
    const commands = {
      'list-keys': client.listKeys(),
      'install-key': client.installKey(key),
      'use-key': client.useKey(key),
      'remove-key': client.removeKey(key),
    };
    for (const [command, request] of Object.entries(commands)) {
      const failure = (await failureOf(request)) as AgentError;
      expect(failure).toMatchObject({
        name: 'AgentError',
        code: 'nodes-failed',
        message: expect.stringMatching(/^[1-3]\/3 nodes reported failure$/),
        command,
      });
      // On a busy machine a node's answer may come too late for the report.
      const { messages, ...counts } = failure.report as KeyReport;
      const answered = Number(failure.message[0]);
      expect(counts).toEqual({ nodes: 3, responses: answered, errors: answered, keys: expect.anything() });
      expect(Object.keys(messages)).toHaveLength(answered);
      for (const message of Object.values(messages)) expect(message).toMatch(/encryption not enabled/);
    }
  });

  // The last ones: with a fourth member, or a dead one, the agents' gossip misses a member now and then.
  test('join: how many were reached; refused by all', async () => {
    const n4 = await startAgent({ name: 'n4' });

    expect(await firstValueFrom(client.join(n4.gossip))).toBe(1);
    expect(await firstValueFrom(client.join([n2.gossip, n3.gossip], { replay: true }))).toBe(2);
    expect(await failureOf(client.join('127.0.0.1:1'))).toMatchObject({
      name: 'AgentError',
      code: 'agent-error',
      message: expect.stringMatching(/^1 error occurred/),
      command: 'join',
    });
    expect(await firstValueFrom(client.members({ name: 'n4' }))).toMatchObject([{ status: 'alive' }]);
  });

  test('forceLeave: a killed member is left, and with prune forgotten; a name that nobody has is fine', async () => {
    const pair = closing(connect(survivor.address));
    const statusOfVictim = async () => (await firstValueFrom(pair.members({ name: victim.name })))[0]?.status;

    await eventually('the victim is seen failed', async () => expect(await statusOfVictim()).toBe('failed'));
    expect(await lastValueFrom(pair.forceLeave('nobody').pipe(toArray()))).toEqual([undefined]);
    expect(await statusOfVictim()).toBe('failed');
    await firstValueFrom(pair.forceLeave(victim.name));
    expect(await statusOfVictim()).toBe('left');
    await firstValueFrom(pair.forceLeave(victim.name, { prune: true }));
    expect(await statusOfVictim()).toBeUndefined();
  });
});

const byName = (a: Member, b: Member) => a.name.localeCompare(b.name);
