import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { firstValueFrom, interval, mergeMap, take, tap, toArray } from 'rxjs';
import { connect } from 'rxserf';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  endOf,
  eventually,
  failureOf,
  listening,
  recorded,
  recordingSockets,
  replayed,
  settled,
  startAgent,
  stopAll,
} from './harness/agent.ts';

describeAgent('lifecycle', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1' });
  });

  afterAll(stopAll);

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
