/** What goes wrong with the bytes of a connection: where it is cut, how it is chopped up, what is changed. */
import { filter, firstValueFrom, forkJoin, map, take, toArray } from 'rxjs';
import { type Member, SerfError } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  describeAgent,
  eventually,
  failureOf,
  replayed,
  settled,
  startAgent,
  stopAll,
} from '../agent/harness/agent.ts';
import { AT_ONCE, client, newest, through } from './through.ts';

/** `{Error: "", Seq: n}`, n below 128. */
const HEADER = 13;

describeAgent('bytes', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1', tags: { role: 'web' } });
  });

  afterAll(stopAll);

  test.each([
    ['cut-in-header', 5],
    ['cut-between-header-and-body', HEADER],
    ['cut-in-body', HEADER + 60],
  ])('%s: a read is asked again and answered, whole', async (_, at) => {
    const { proxy, client, story } = await through(agent);
    await settled(client);

    newest(proxy).toClient.cut(at);
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1', tags: { role: 'web' } }]);

    expect(proxy.all.map((link) => link.commands())).toEqual([
      ['handshake', 'stats', 'members'],
      ['handshake', 'members'],
    ]);
    expect(story.told).toEqual([
      'idle',
      `connecting 1 ${proxy.address}`,
      `connected ${proxy.address}`,
      'waiting 1 connection-lost',
      `connecting 2 ${proxy.address}`,
      `connected ${proxy.address}`,
    ]);
  });

  test('cut-in-header of the answer to an event: unknown, and not fired again', async () => {
    const { proxy, client } = await through(agent);
    await settled(client);

    newest(proxy).toClient.cut(5);
    expect(await failureOf(client.event('half'))).toMatchObject({
      name: 'ConnectionLostError',
      command: 'event',
      outcome: 'unknown',
      address: proxy.address,
    });
    await settled(client);
    expect(proxy.count('event')).toBe(1);
  });

  test('cut-in-request: half a request has reached the agent, a read is asked again', async () => {
    const { proxy, client } = await through(agent);
    await settled(client);

    newest(proxy).toAgent.cut(7);
    expect(await firstValueFrom(client.stats())).toHaveProperty('agent.name', 'n1');
  });

  test.each(['cut', 'reset'] as const)('%s-during-stream: in the middle of a record', async (how) => {
    const { proxy, client } = await through(agent);
    const direct = directly(agent);
    const events = replayed(client.stream('user', { gaps: true }));
    const names = events.pipe(map((event) => (event.event === 'gap' ? 'gap' : event.name)));
    await settled(client);
    const dropped = replayed(client.dropped$);

    await firstValueFrom(direct.event('before'));
    await firstValueFrom(events);
    newest(proxy).toClient[how](20);
    await firstValueFrom(direct.event('torn'));
    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
    // An agent says that a stream was taken just before it begins to listen for it.
    await settled(client);
    await firstValueFrom(direct.event('after'));

    expect(await firstValueFrom(names.pipe(take(3), toArray()))).toEqual(['before', 'gap', 'after']);
    expect(await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')))).toEqual({
      event: 'gap',
      cause: 'reconnect',
      address: proxy.address,
      away: expect.any(Number),
    });
    expect(await firstValueFrom(dropped)).toEqual({
      cause: 'reconnect',
      subject: 'user',
      away: expect.any(Number),
    });
  });

  test('split-1-byte: everything works as ever', async () => {
    const { proxy, client } = await through(agent);
    const direct = directly(agent);
    proxy.script((link) => {
      link.toAgent.split(1);
      link.toClient.split(1);
    });
    const events = replayed(client.stream('*'));
    const lines = replayed(client.monitor());

    const answers = await firstValueFrom(
      forkJoin({
        members: client.members(),
        filtered: client.members({ name: 'n1' }),
        stats: client.stats(),
        coordinate: client.coordinate('nobody'),
        event: client.event('chopped', Uint8Array.from([1, 2, 3])),
        query: client.query('chopped', undefined, { timeout: 300, requestAck: true }).pipe(toArray()),
      }),
    );
    const expected = await firstValueFrom(
      forkJoin({ members: direct.members(), coordinate: direct.coordinate('nobody') }),
    );

    expect(answers).toMatchObject({ ...expected, filtered: expected.members, query: [{ type: 'ack' }] });
    expect(Object.keys(answers.stats)).toContain('serf');
    expect(await firstValueFrom(events.pipe(filter(({ event }) => event === 'user')))).toMatchObject({
      name: 'chopped',
      payload: Uint8Array.from([1, 2, 3]),
    });
    expect(await firstValueFrom(lines)).toMatch(/\[INFO\]/);
  });

  test('delay: answers that come late come all the same, in order', async () => {
    const { proxy, client } = await through(agent);
    proxy.script((link) => {
      link.toAgent.delay(20);
      link.toClient.delay(20);
    });
    const order: string[] = [];
    await firstValueFrom(
      forkJoin([
        client.members().pipe(map(() => order.push('members'))),
        client.stats().pipe(map(() => order.push('stats'))),
      ]),
    );
    expect(order).toEqual(['members', 'stats']);
  });

  test('garbage: a byte that is not MessagePack ends the connection, and the client takes the next', async () => {
    const { proxy, client } = await through(agent);
    const events = replayed(client.stream('user', { gaps: true }));
    await settled(client);

    newest(proxy).toClient.corrupt(0, () => 0xc1);
    const lost = failureOf(client.event('whose-answer-is-garbage'));
    expect(await lost).toMatchObject({
      name: 'ConnectionLostError',
      outcome: 'unknown',
      cause: { name: 'ProtocolError', code: 'not-msgpack', address: proxy.address },
    });
    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));

    newest(proxy).toClient.corrupt(0, () => 0xc1);
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
    expect(proxy.all).toHaveLength(3);
  });

  test('garbage: a length that is far too long does not mute the connection for good', async () => {
    const { proxy, client } = await through(agent, { heartbeat: 100 });
    const gaps: unknown[] = [];
    replayed(client.stream('user', { onGap: (gap) => gaps.push(gap) }));
    await settled(client);

    // The empty text of `Error` becomes one of 41,811 bytes: each answer to a heartbeat adds 13 to it.
    newest(proxy).toClient.corrupt(7, () => 0xda);
    await eventually('the client takes the next connection', () => expect(gaps).toHaveLength(1), {
      within: 3_000,
    });
  });

  test('garbage in the handshake: a ProtocolError', async () => {
    const { proxy, client } = await through(agent);
    proxy.script((link) => link.toClient.corrupt(0, () => 0xc1));
    expect(await failureOf(client.members())).toMatchObject({
      name: 'ProtocolError',
      code: 'not-msgpack',
      address: proxy.address,
    });
  });

  test('corrupt and truncate at every byte of an answer: an answer, an error or another connection, never a hang', async () => {
    const bytes = Array.from({ length: 100 }, (_, at) => at);
    const faults = bytes.flatMap((at) => [
      { at, fault: 'flip' as const },
      { at, fault: 'omit' as const },
    ]);
    for (let from = 0; from < faults.length; from += 25) {
      await Promise.all(
        faults.slice(from, from + 25).map(async ({ at, fault }) => {
          const { proxy, client } = await through(agent, { heartbeat: 0 });
          await settled(client);
          const { toClient } = newest(proxy);
          if (fault === 'flip') toClient.corrupt(at, (byte) => byte ^ 0xff);
          else toClient.truncate(at, 1);
          const outcome = await firstValueFrom(client.members({}, { timeout: 400 })).catch(
            (error: unknown) => error,
          );
          expect(isMembers(outcome) || outcome instanceof SerfError, `${fault} ${at}: ${outcome}`).toBe(true);
          await client.close();
          await proxy.close();
        }),
      );
    }
  });

  /** A client of its own, that is not in the way of anything. */
  function directly(target: Agent) {
    return client(target.address, { reconnect: AT_ONCE }).client;
  }
});

function isMembers(value: unknown): value is Member[] {
  return Array.isArray(value) && value.every((member) => typeof (member as Member).name === 'string');
}
