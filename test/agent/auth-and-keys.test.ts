import { inspect } from 'node:util';
import { firstValueFrom, forkJoin, mergeMap, toArray } from 'rxjs';
import {
  type AgentError,
  type ConnectionStatus,
  connect,
  type KeyReport,
  type SerfClient,
  type SerfError,
  utf8,
} from 'rxserf';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  failureOf,
  recordingSockets,
  replayed,
  startAgent,
  startCluster,
  stopAll,
} from './harness/agent.ts';

const RIGHT = 'r1ght key/+&%';
const WRONG = 'wr0ng-key-0f-n0-agent';
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [
  string,
  string,
  string,
];

describeAgent('auth', () => {
  let agent: Agent;
  let keyless: Agent;

  beforeAll(async () => {
    [agent, keyless] = await Promise.all([
      startAgent({ name: 'guarded', authKey: RIGHT }),
      startAgent({ name: 'keyless' }),
    ]);
  });

  afterAll(stopAll);

  test('the right key: in the address, as an option, from the environment', async () => {
    setEnvironment({ SERF_RPC_ADDR: agent.address, SERF_RPC_AUTH: RIGHT });
    const clients = [
      closing(connect(`serf://${agent.address}?AuthKey=${encodeURIComponent(RIGHT)}`)),
      closing(connect(agent.address, { authKey: RIGHT })),
      closing(connect([agent.address, `serf://127.0.0.1:1?AuthKey=${encodeURIComponent(RIGHT)}`])),
      closing(connect()),
    ];

    const members = await firstValueFrom(forkJoin(clients.map((client) => client.members())));
    expect(members.map((each) => each.map(({ name }) => name))).toEqual(clients.map(() => ['guarded']));
  });

  test('an address given in the code keeps the key of the environment to itself', async () => {
    setEnvironment({ SERF_RPC_ADDR: keyless.address, SERF_RPC_AUTH: RIGHT });
    const client = closing(connect(agent.address));
    expect(await failureOf(client.stats())).toMatchObject({ code: 'auth-required' });
  });

  test('no key: every command is refused by itself, with and without bodies, on one connection', async () => {
    const wire = recordingSockets();
    const client = closing(connect(agent.address, { socket: wire.socket }));
    const requests: Record<string, Parameters<typeof failureOf>[0]> = {
      members: client.members(),
      stats: client.stats(),
      event: client.event('deploy', new Uint8Array(10)),
      tags: client.tags({ set: { role: 'web' } }),
      stream: client.stream('user'),
      monitor: client.monitor(),
      query: client.query('load'),
      respond: client.respond(1),
      'get-coordinate': client.coordinate('guarded'),
    };
    const refusal = (command: string) =>
      expect.objectContaining({
        name: 'AuthenticationError',
        code: 'auth-required',
        message: expect.stringMatching(/^Authentication required/),
        command,
        address: agent.address,
      });

    for (const [command, request$] of Object.entries(requests)) {
      expect(await failureOf(request$)).toEqual(refusal(command));
    }
    const together = await Promise.all(Object.values(requests).map(failureOf));
    expect(together).toEqual(Object.keys(requests).map(refusal));
    expect(wire.opened()).toBe(1);
    expect(await firstValueFrom(client.status$)).toEqual({ state: 'connected', address: agent.address });

    expect(await failureOf(client.join('127.0.0.1:1'))).toEqual(refusal('join'));
    expect(await failureOf(client.listKeys())).toEqual(refusal('list-keys'));
    expect(await failureOf(client.leave())).toEqual(refusal('leave'));
    expect(await failureOf(client.members({ name: '.*' }))).toEqual(refusal('members-filtered'));
  });

  test('a wrong key, and a key for an agent without one: refused at the connection, each request anew', async () => {
    for (const { address } of [agent, keyless]) {
      const client = closing(connect(`serf://${address}?AuthKey=${WRONG}`));
      const refusal = {
        name: 'AuthenticationError',
        code: 'auth-invalid',
        message: expect.stringMatching(/^Invalid authentication token/),
        address,
      };

      const failures = await Promise.all(
        [client.members(), client.event('x'), client.stream('user')].map(failureOf),
      );
      expect(failures).toEqual([0, 1, 2].map(() => expect.objectContaining(refusal)));
      expect(await failureOf(client.members({ name: '.*' }))).toMatchObject(refusal);
      expect(await failureOf(client.members())).toMatchObject(refusal);
    }
    expect(await firstValueFrom(connectedMembers(keyless))).toEqual(['keyless']);
  });

  test('an empty key in the address means none, whatever the option says', async () => {
    const client = closing(connect(`serf://${keyless.address}?AuthKey=`, { authKey: WRONG }));
    expect(await firstValueFrom(client.members())).toHaveLength(1);
  });

  test('the key shows in no error, no status, no printed client', async () => {
    const statuses: ConnectionStatus[] = [];
    const shown: unknown[] = [statuses];
    const wrong = [
      closing(connect(`serf://${agent.address}?AuthKey=${WRONG}`)),
      closing(connect(agent.address, { authKey: WRONG })),
      closing(connect(`serf://127.0.0.1:1?AuthKey=${WRONG}`)),
      closing(connect([`serf://127.0.0.1:1?AuthKey=${WRONG}`, `serf://${agent.address}?AuthKey=${WRONG}`])),
    ];
    for (const client of wrong) {
      client.status$.subscribe((status) => statuses.push(status));
      shown.push(client, await failureOf(client.members()), await failureOf(client.listKeys()));
    }
    for (const address of [
      `serf://h:1?AuthKey=${WRONG}&x=1`,
      `serf://${WRONG}@h:1`,
      `ftp://h?AuthKey=${WRONG}`,
    ]) {
      expect(() => connect(address)).toThrow(
        expect.toSatisfy((error: SerfError) => shown.push(error) > 0 && error.code === 'invalid-address'),
      );
    }

    expect(statuses.some(({ state }) => state === 'idle')).toBe(true);
    for (const each of shown) expect(textsOf(each)).not.toContain(WRONG);
  });
});

describeAgent('keys of an encrypted cluster', () => {
  let agents: [Agent, Agent];
  let client: SerfClient;

  beforeAll(async () => {
    agents = (await startCluster({
      nodes: [{ name: 'n1' }, { name: 'n2' }],
      authKey: RIGHT,
      encryptKey: FIRST,
    })) as [Agent, Agent];
    client = connect(agents[0].address, { authKey: RIGHT });
  });

  afterAll(async () => {
    await client.close();
    await stopAll();
  });

  test('list, install, use, remove, each on both nodes', async () => {
    const onBoth = { nodes: 2, responses: 2, errors: 0, messages: {}, keys: {} };
    const plain = ({ messages, keys, ...report }: KeyReport) => ({
      ...report,
      messages: { ...messages },
      keys: { ...keys },
    });
    const list = async () => plain(await firstValueFrom(client.listKeys()));

    expect(await list()).toEqual({ ...onBoth, keys: { [FIRST]: 2 } });
    expect(plain(await firstValueFrom(client.installKey(SECOND)))).toEqual(onBoth);
    expect(plain(await firstValueFrom(client.installKey(SECOND)))).toEqual(onBoth);
    expect(await list()).toEqual({ ...onBoth, keys: { [FIRST]: 2, [SECOND]: 2 } });
    expect(plain(await firstValueFrom(client.useKey(SECOND)))).toEqual(onBoth);
    expect(plain(await firstValueFrom(client.removeKey(FIRST)))).toEqual(onBoth);
    expect(await list()).toEqual({ ...onBoth, keys: { [SECOND]: 2 } });

    // Nothing but the second key is left, and the cluster still talks.
    const other = closing(connect(agents[1].address, { authKey: RIGHT, codec: utf8() }));
    const answers = replayed(other.stream('query:talk').pipe(mergeMap((query) => query.respond('yes'))));
    await firstValueFrom(other.stats());
    const reply = client.query('talk', undefined, { codec: utf8(), filterNodes: ['n2'], timeout: 2_000 });
    expect(await firstValueFrom(reply)).toEqual({ type: 'response', from: 'n2', payload: 'yes' });
    await firstValueFrom(answers);
  });

  test('what all nodes refuse comes with the reasons', async () => {
    const [primary] = Object.keys((await firstValueFrom(client.listKeys())).keys) as [string];
    const cases = [
      [client.removeKey(primary), 'remove-key', /Removing the primary key is not allowed/],
      [client.useKey(THIRD), 'use-key', /Requested key is not in the keyring/],
    ] as const;
    for (const [request$, command, reason] of cases) {
      const failure = (await failureOf(request$)) as AgentError;
      expect(failure).toMatchObject({
        name: 'AgentError',
        code: 'nodes-failed',
        message: '2/2 nodes reported failure',
        command,
        report: { nodes: 2, responses: 2, errors: 2 },
      });
      expect({ ...failure.report?.messages }).toEqual({
        n1: expect.stringMatching(reason),
        n2: expect.stringMatching(reason),
      });
    }
  });

  test('a key of the wrong form throws at the call and is not shown', () => {
    const malformed = 'bm90IDMyIGJ5dGVz';
    expect(() => client.installKey(malformed)).toThrow(
      expect.toSatisfy(
        (error: SerfError) => error.code === 'invalid-argument' && !textsOf(error).includes(malformed),
      ),
    );
  });

  test('a frozen member is silent: nodes-failed with the report of the others', async () => {
    const before = await firstValueFrom(client.listKeys());
    await agents[1].freeze();
    const failure = await failureOf(client.listKeys());
    agents[1].kill('SIGCONT');

    expect(failure).toMatchObject({
      name: 'AgentError',
      code: 'nodes-failed',
      message: '1/2 nodes reported success',
      command: 'list-keys',
      report: { nodes: 2, responses: 1, errors: 0 },
    });
    expect(Object.values((failure as AgentError).report?.keys ?? {})).toEqual(
      Object.keys(before.keys).map(() => 1),
    );
  });
});

function connectedMembers(agent: Agent) {
  return closing(connect(agent.address))
    .members()
    .pipe(
      mergeMap((members) => members.map(({ name }) => name)),
      toArray(),
    );
}

/** For the time of the test. */
function setEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** Everything that a program could print of it. */
function textsOf(value: unknown): string {
  const texts = [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    String(value),
  ];
  if (!(value instanceof Error)) return texts.join('\n');
  return [...texts, JSON.stringify(value), value.message, value.stack, textsOf(value.cause)].join('\n');
}
