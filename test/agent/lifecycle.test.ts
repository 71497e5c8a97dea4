import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { filter, firstValueFrom, toArray } from 'rxjs';
import { connect } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  eventually,
  failureOf,
  listening,
  recorded,
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

  test('a further connection is closed when it is idle, but not under a request', async () => {
    const { client, wire } = recorded(agent.address, { idleTimeout: 0 });
    await settled(client);

    expect(await firstValueFrom(client.members({ name: 'n1' }))).toMatchObject([{ name: 'n1' }]);
    expect(await failureOf(client.listKeys())).toMatchObject({ code: 'nodes-failed' });
    await eventually('only the first connection is left', () => expect(wire.open()).toBe(1));
    expect(wire.opened()).toBe(3);
  });
});

function hasIpv6(): boolean {
  return readFileSync('/proc/net/if_inet6', 'utf8').includes('00000000000000000000000000000001');
}
