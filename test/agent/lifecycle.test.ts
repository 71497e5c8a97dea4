import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { filter, firstValueFrom, interval, mergeMap, take, tap, toArray } from 'rxjs';
import { type ConnectionStatus, type ConnectOptions, connect } from 'rxserf';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  endOf,
  eventually,
  failureOf,
  recordingSockets,
  replayed,
  settled,
  startAgent,
  stopAll,
} from './harness/agent.ts';

/** A port that nothing listens to. */
const NOBODY = '127.0.0.1:1';

describeAgent('lifecycle', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1' });
  });

  afterAll(stopAll);

  test('connects at the first subscription, and once for all requests', async () => {
    const { client, wire, statuses } = recorded(agent.address);
    const members$ = client.members();
    const stream$ = client.stream('user');
    expect(wire.opened()).toBe(0);

    replayed(stream$);
    await Promise.all([firstValueFrom(members$), firstValueFrom(members$), firstValueFrom(client.stats())]);

    expect(wire.opened()).toBe(1);
    expect(wire.sent().map(({ command }) => command)).toEqual([
      'handshake',
      'stream',
      'members',
      'members',
      'stats',
    ]);
    expect(statuses).toEqual([
      { state: 'idle' },
      { state: 'connecting', address: agent.address, attempt: 1 },
      { state: 'connected', address: agent.address },
    ]);
  });

  test('of a list, the first address that answers', async () => {
    const { client, statuses } = recorded(`${NOBODY},serf://${agent.address}`);

    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
    expect(statuses).toEqual([
      { state: 'idle' },
      { state: 'connecting', address: NOBODY, attempt: 1 },
      { state: 'connecting', address: agent.address, attempt: 2 },
      { state: 'connected', address: agent.address },
    ]);
  });

  test('no address answers: an error that names each, for whoever asks, each time', async () => {
    const { client, statuses } = recorded([NOBODY, '127.0.0.1:2']);
    const refusal = {
      name: 'ConnectError',
      code: 'connect-failed',
      message: expect.stringMatching(/127\.0\.0\.1:1: .*ECONNREFUSED.*127\.0\.0\.1:2: .*ECONNREFUSED/),
    };

    const failures = await Promise.all(
      [client.members(), client.stream('user'), client.event('x')].map(failureOf),
    );
    for (const failure of failures) expect(failure).toMatchObject(refusal);
    expect(statuses.at(-1)).toMatchObject({ state: 'idle', error: { code: 'connect-failed' } });
    expect(await failureOf(client.members())).toMatchObject(refusal);

    const alone = closing(connect(NOBODY));
    expect(await failureOf(alone.members())).toMatchObject({
      name: 'ConnectError',
      code: 'connect-failed',
      address: NOBODY,
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
  });

  test('a name that does not resolve', async () => {
    const client = closing(connect('no-such-host.invalid:7373'));
    expect(await failureOf(client.members())).toMatchObject({
      name: 'ConnectError',
      code: 'connect-failed',
      address: 'no-such-host.invalid:7373',
    });
  });

  test.runIf(hasIpv6())('an agent on IPv6', async () => {
    const six = await startAgent({ name: 'six', rpcHost: '::1' });
    const client = closing(connect(`serf://[::1]:${six.ports.rpc}`));

    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'six' }]);
    expect(await firstValueFrom(client.status$)).toEqual({
      state: 'connected',
      address: `[::1]:${six.ports.rpc}`,
    });
  });

  test('not an agent: HTTP, one that hangs up, one that says nothing', async () => {
    const http = await listening(createHttpServer());
    const hangingUp = await listening(createServer((socket) => socket.end()));
    const silent = await listening(createServer());
    const failures = await Promise.all(
      [http, hangingUp, silent].map((address) =>
        failureOf(closing(connect(address, { connectTimeout: 300 })).members()),
      ),
    );

    expect(failures).toEqual([
      expect.objectContaining({ name: 'ProtocolError', code: 'unexpected-shape', address: http }),
      expect.objectContaining({ name: 'ConnectError', code: 'connect-failed', address: hangingUp }),
      expect.objectContaining({ name: 'ConnectError', code: 'connect-timeout', address: silent }),
    ]);
  });

  test('of a list, the first that is an agent', async () => {
    const http = await listening(createHttpServer());
    const silent = await listening(createServer());
    const client = closing(connect([http, silent, agent.address], { connectTimeout: 300 }));

    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
  });

  test('a killed agent, without reconnect: everything fails with its outcome; who asks again gets the new agent', async () => {
    const silent = await listening(createServer());
    const mortal = await startAgent({ name: 'mortal' });
    const { client, statuses } = recorded(mortal.address, { reconnect: false });
    const queries = replayed(client.stream('query'));
    const pending = [
      client.stream('user'),
      client.monitor(),
      client.query('q', undefined, { timeout: 60_000 }),
      client.join(silent),
    ].map(failureOf);
    const query = await firstValueFrom(queries);

    await eventually('the join is on its way', () => expect(mortal.log()).toContain(`joining: [${silent}]`));
    mortal.kill();
    const failures = await Promise.all(pending);

    const lost = (command: string, outcome: string) =>
      expect.objectContaining({
        name: 'ConnectionLostError',
        code: 'connection-lost',
        command,
        outcome,
        address: mortal.address,
      });
    expect(failures.slice(2)).toEqual([lost('query', 'unknown'), lost('join', 'unknown')]);
    expect(failures.slice(0, 2)).toEqual(
      [0, 1].map(() => expect.objectContaining({ name: 'ConnectionLostError', address: mortal.address })),
    );
    expect(await failureOf(query.respond())).toEqual(lost('respond', 'not-sent'));
    expect(statuses.at(-1)).toMatchObject({ state: 'idle', error: { code: 'connection-lost' } });
    expect(await failureOf(client.members())).toMatchObject({ code: 'connect-failed' });

    await mortal.exited;
    await startAgent({ name: 'reborn', ports: mortal.ports });
    const events = replayed(client.stream('user'));
    await firstValueFrom(client.event('alive-again'));
    expect(await firstValueFrom(events)).toMatchObject({ name: 'alive-again' });
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'reborn' }]);
  });

  test('a killed agent, with reconnect: streams go on when it is back, requests fail, reads are asked again', async () => {
    const silent = await listening(createServer());
    const mortal = await startAgent({ name: 'mortal' });
    const { client, statuses } = recorded(mortal.address);
    const users = replayed(client.stream('user'));
    const lines = replayed(client.monitor());
    const queries = replayed(client.stream('query'));
    const pending = [client.query('q', undefined, { timeout: 60_000 }), client.join(silent)].map(failureOf);
    const query = await firstValueFrom(queries);

    await eventually('the join is on its way', () => expect(mortal.log()).toContain(`joining: [${silent}]`));
    mortal.kill();
    for (const failure of await Promise.all(pending)) {
      expect(failure).toMatchObject({ code: 'connection-lost', outcome: 'unknown' });
    }
    expect(await failureOf(query.respond())).toMatchObject({ code: 'connection-lost', outcome: 'not-sent' });
    const members = firstValueFrom(client.members());

    await mortal.exited;
    await startAgent({ name: 'reborn', ports: mortal.ports });
    expect(await members).toMatchObject([{ name: 'reborn' }]);
    await firstValueFrom(client.event('alive-again'));
    expect(await firstValueFrom(users)).toMatchObject({ name: 'alive-again' });
    await firstValueFrom(lines.pipe(filter((line) => line.endsWith('user-event: alive-again'))));
    expect(statuses.map(({ state }) => state)).toContain('waiting');
    expect(statuses.at(-1)).toEqual({ state: 'connected', address: mortal.address });
  });

  test('leave: succeeds, ends the connection, and the agent goes in peace', async () => {
    const leaving = await startAgent({ name: 'leaving' });
    const client = closing(connect(leaving.address, { reconnect: false }));
    const stream = failureOf(client.stream('*'));
    await settled(client);

    expect(await firstValueFrom(client.leave().pipe(toArray()))).toEqual([undefined]);
    expect(await leaving.exited).toBe(0);
    expect(await stream).toMatchObject({ code: 'connection-lost' });
    expect(await failureOf(client.members())).toMatchObject({ code: 'connect-failed' });
  });

  test('close: streams complete, other requests get a ClosedError, later ones too; the agent does not leave', async () => {
    const silent = await listening(createServer());
    const { client, statuses } = recorded(agent.address);
    const streams = [client.stream('user'), client.monitor()].map(endOf);
    const pending = [client.query('closing', undefined, { timeout: 60_000 }), client.join(silent)].map(endOf);
    const askedBefore$ = client.members();
    await settled(client);
    await eventually('the join is on its way', () => expect(agent.log()).toContain(`joining: [${silent}]`));

    const closed = client.close();
    expect(client.close()).toBe(closed);
    const requests = [
      askedBefore$,
      client.stats(),
      client.stream('user'),
      client.stream('*'),
      client.monitor('debug'),
      client.query('x'),
      client.event('x'),
      client.members({ name: '.*' }),
      client.leave(),
    ];
    const during = requests.map(endOf);
    await closed;
    const after = requests.map(endOf);

    expect(await Promise.all(streams)).toEqual(['complete', 'complete']);
    const ends = await Promise.all([...pending, ...during, ...after]);
    expect(ends).toEqual(ends.map(() => 'closed'));
    expect(await failureOf(client.stats())).toMatchObject({ name: 'ClosedError' });
    expect(statuses.at(-1)).toEqual({ state: 'closed' });
    expect((await agent.cli('members')).stdout).toMatch(/n1 .*alive/);
  });

  test('drain: what is under way may finish, nothing new begins', async () => {
    const { client, wire } = recorded(agent.address);
    const stream = endOf(client.stream('user'));
    const asked = firstValueFrom(
      client.query('draining', undefined, { timeout: 300, requestAck: true }).pipe(toArray()),
    );
    await settled(client);

    const closed = client.close({ drain: true });
    expect(await endOf(client.stats())).toBe('closed');
    expect(await asked).toEqual([{ type: 'ack', from: 'n1' }]);
    await closed;

    expect(await stream).toBe('complete');
    expect(wire.open()).toBe(0);
    expect(wire.sent('leave')).toEqual([]);
  });

  test('close: an answer to a query is refused as well, while closing and then', async () => {
    const { client, wire } = recorded(agent.address);
    const queries = replayed(client.stream('query:closing'));
    const asked = endOf(client.query('closing', undefined, { timeout: 60_000 }));
    const query = await firstValueFrom(queries);

    const closed = client.close();
    const during = endOf(query.respond());
    await closed;

    expect([await asked, await during, await endOf(query.respond())]).toEqual(['closed', 'closed', 'closed']);
    expect(wire.sent('respond')).toEqual([]);
  });

  test('close by a subscriber, in the middle of what it is told', async () => {
    const { client } = recorded(agent.address);
    const lines = replayed(client.monitor());
    await firstValueFrom(lines.pipe(take(2), toArray()));

    const end = endOf(client.monitor().pipe(tap(() => void client.close())));

    expect(await endOf(lines)).toBe('complete');
    expect(await end).toBe('complete');
  });

  test('a further connection is closed when it is idle, but not under a request', async () => {
    const { client, wire } = recorded(agent.address, { idleTimeout: 0 });
    await settled(client);

    expect(await firstValueFrom(client.members({ name: 'n1' }))).toMatchObject([{ name: 'n1' }]);
    expect(await failureOf(client.listKeys())).toMatchObject({ code: 'nodes-failed' });
    await eventually('only the first connection is left', () => expect(wire.open()).toBe(1));
    expect(wire.opened()).toBe(3);
  });

  test('close before anything was asked, and during the connecting', async () => {
    const { client: idle, wire, statuses } = recorded(agent.address);
    await idle.close();
    expect(wire.opened()).toBe(0);
    expect(statuses).toEqual([{ state: 'idle' }, { state: 'closed' }]);

    const connecting = recorded(agent.address);
    const failure = failureOf(connecting.client.members());
    await connecting.client.close();
    expect(await failure).toMatchObject({ name: 'ClosedError' });
    expect(connecting.wire.open()).toBe(0);
  });

  test('close: nothing is left, neither here nor at the agent', async () => {
    const own = await startAgent({ name: 'own' });
    await eventually('the connections of before are gone, here and there', () => {
      expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
      expect(process.getActiveResourcesInfo()).not.toContain('Timeout');
      expect(atAgent(own)).toEqual([]);
    });
    const before = footprint();

    const { client, wire } = recorded(own.address, { linger: 60_000, idleTimeout: 60_000 });
    const ends = [
      client.stream('*'),
      client.monitor('debug'),
      client.monitor('info'),
      client.query('left', undefined, { timeout: 60_000, requestAck: true }),
    ].map(endOf);
    client.stream('user').subscribe().unsubscribe();
    await firstValueFrom(client.members({ name: 'own' }));
    await firstValueFrom(client.join(own.gossip));
    expect(wire.open()).toBe(4);
    await eventually('the agent has as many connections', () => expect(atAgent(own)).toHaveLength(4));

    await client.close();

    expect(wire.open()).toBe(0);
    expect(await Promise.all(ends)).toEqual(['complete', 'complete', 'complete', 'closed']);
    expect(await failureOf(client.members())).toMatchObject({ code: 'closed' });
    expect(await failureOf(client.query('too-late'))).toMatchObject({ code: 'closed' });
    await eventually('nothing is left here', () => expect(footprint()).toEqual(before), { within: 3_000 });
    await eventually('nothing is left at the agent', () => expect(atAgent(own)).toEqual([]));
    expect((await own.cli('members')).stdout).toMatch(/own .*alive/);
  });

  test('close of a busy stream: stopped first, and the agent survives', async () => {
    const { client, wire } = recorded(agent.address);
    const firing = closing(connect(agent.address));
    const flood = interval(20)
      .pipe(mergeMap(() => firing.event('flood')))
      .subscribe();
    onTestFinished(() => flood.unsubscribe());
    const events = replayed(client.stream('user:flood'));
    await firstValueFrom(events.pipe(take(3), toArray()));

    await client.close();
    flood.unsubscribe();

    expect(await endOf(events)).toBe('complete');
    const { seq } = wire.sent('stream')[0]!;
    expect(wire.sent().at(-1)).toMatchObject({ command: 'stop', body: { Stop: seq } });
    expect(wire.sent('leave')).toEqual([]);
    expect(await firstValueFrom(firing.members())).toMatchObject([{ name: 'n1', status: 'alive' }]);
  });

  test('await using closes', async () => {
    const wire = recordingSockets();
    let end: Promise<string>;
    {
      await using client = connect(agent.address, { socket: wire.socket });
      end = endOf(client.stream('*'));
      await settled(client);
      expect(wire.open()).toBe(1);
    }
    expect(wire.open()).toBe(0);
    expect(await end).toBe('complete');
  });
});

/** A client, its traffic, and every status it has had. */
function recorded(address: string | string[], options: ConnectOptions & { codec?: undefined } = {}) {
  const wire = recordingSockets();
  const client = closing(connect(address, { ...options, socket: wire.socket }));
  const statuses: ConnectionStatus[] = [];
  client.status$.subscribe((status) => statuses.push(status));
  return { client, wire, statuses };
}

/** Until the test ends; resolves to its address. */
async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function hasIpv6(): boolean {
  return readFileSync('/proc/net/if_inet6', 'utf8').includes('00000000000000000000000000000001');
}

/** What keeps this process busy, and who listens to it. */
function footprint(): object {
  return {
    resources: process.getActiveResourcesInfo().sort(),
    listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
  };
}

/** The remote ports of the connections that the agent's RPC port has (Linux). */
function atAgent(agent: Agent): string[] {
  const LISTEN = '0A';
  const TIME_WAIT = '06';
  const port = agent.ports.rpc.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${port}`) && state !== LISTEN && state !== TIME_WAIT)
    .map(([, , remote]) => remote ?? '');
}
