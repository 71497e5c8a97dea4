import { encode } from '@msgpack/msgpack';
import { firstValueFrom, type Observable, type Subscription } from 'rxjs';
import { connect, type SerfClient } from 'rxserf';
import { pipe } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { Sent } from '../../marbles/kit/sent.ts';
import { retained } from '../agent/harness/retained.ts';
import { Agents } from './agents.ts';

const CYCLES = 10_000;
/** Until everything has been compiled, and every cache has its size. */
const WARM_UP = 1_000;
/** What the heap may grow by in all cycles, in bytes: a leak of some hundred bytes a cycle would be more. */
const BOUND = 1_000_000;

async function expectFlat(cycle: () => void | Promise<void>): Promise<void> {
  for (let i = 0; i < WARM_UP; i++) await cycle();
  const { heap } = await retained();
  for (let i = 0; i < CYCLES; i++) await cycle();
  expect((await retained()).heap - heap).toBeLessThan(BOUND);
}

describe(`in ${CYCLES} cycles, the heap stays flat:`, () => {
  /** A client, and agents that forget what is over. */
  function world() {
    const agents = new Agents();
    const { socket, scheduler } = agents;
    // Nothing periodic: in virtual time, an `interval` remembers all its ticks.
    const calm = { heartbeat: 0, resync: 0 };
    const client = connect('a,b', { ...calm, socket, scheduler, reconnect: { random: () => 0.5 } });
    const run = (time: number) => {
      agents.run(time);
      agents.forget();
    };
    return { agents, client, run };
  }
  const events = (client: SerfClient): Observable<unknown>[] => [
    client.stream('user'),
    client.stream(['query', 'member-join'], { gaps: true }),
    client.membership(),
    client.membership(({ status }) => status === 'alive'),
    client.status$,
    client.dropped$,
  ];
  const everything = (client: SerfClient): Observable<unknown>[] => [
    ...events(client),
    client.monitor('info'),
    client.monitor('debug'),
    client.query('load'),
  ];
  const ignored = { error: () => {} };
  const subscribe = (all: Observable<unknown>[]): Subscription[] =>
    all.map((each$) => each$.subscribe(ignored));

  test('requests that are answered, refused, unsubscribed, and not answered in time', async () => {
    const { agents, client, run } = world();
    await expectFlat(() => {
      client.members().subscribe();
      client.event('e').subscribe();
      client.stats().subscribe().unsubscribe();
      run(2);
      agents.answering = false;
      client.stats({ timeout: 5 }).subscribe(ignored);
      client.tags({ set: { a: 'b' } }).subscribe(ignored);
      run(6);
      for (const connection of agents.open) connection.answer('no');
      agents.answering = true;
      run(2);
    });
    expect(agents.mistakes).toEqual([]);
  });

  test('streams that come and go', async () => {
    const { agents, client, run } = world();
    await expectFlat(() => {
      const subscriptions = subscribe(everything(client));
      run(3);
      for (const connection of agents.open) connection.records();
      for (const subscription of subscriptions) subscription.unsubscribe();
      run(2_500);
    });
    expect(agents.mistakes).toEqual([]);
  }, 120_000);

  test('streams that stay, while subscribers come and go', async () => {
    const { agents, client, run } = world();
    const kept = subscribe(events(client));
    run(3);
    await expectFlat(() => {
      const subscriptions = subscribe(events(client));
      for (const connection of agents.open) connection.records();
      run(10);
      for (const subscription of subscriptions) subscription.unsubscribe();
    });
    for (const subscription of kept) subscription.unsubscribe();
    expect(agents.mistakes).toEqual([]);
  }, 120_000);

  test('connections that are lost, and come again', async () => {
    const { agents, client, run } = world();
    const kept = subscribe(everything(client));
    run(3);
    await expectFlat(() => {
      client.members().subscribe(ignored);
      client.event('e').subscribe(ignored);
      for (const connection of agents.open) connection.drop(new Error('ECONNRESET'));
      run(6_000);
      for (const connection of agents.open) connection.records();
    });
    for (const subscription of kept) subscription.unsubscribe();
    expect(agents.mistakes).toEqual([]);
  }, 120_000);

  test('clients that are made, used and closed', async () => {
    const { agents, run } = world();
    const { socket, scheduler } = agents;
    await expectFlat(async () => {
      const client = connect('a', { socket, scheduler });
      const subscriptions = subscribe(everything(client));
      run(3);
      const closed = client.close();
      run(1_500);
      await closed;
      expect(subscriptions.filter((subscription) => !subscription.closed)).toEqual([]);
    });
    // The agents' queries go on for some seconds.
    run(5_000);
    expect(scheduler.actions).toEqual([]);
    expect(agents.mistakes).toEqual([]);
  }, 120_000);
});

describe('in real time, over pipes,', () => {
  /** An agent that says "ok" to everything, with members where they are asked for. */
  const agent = () => {
    const [client, server] = pipe();
    server.subscribe((bytes) => {
      for (const { command, seq } of Sent.decode(bytes)) {
        server.next(encode({ Error: '', Seq: seq }));
        if (command === 'members') server.next(encode({ Members: [] }));
      }
    });
    return client;
  };

  test('nothing keeps the process alive after a thousand clients, and the heap is flat', async () => {
    /** Vitest has timers of its own, which come and go: ours would be more. */
    const resources = () => process.getActiveResourcesInfo().length;
    const cycle = async () => {
      const client = connect('a', { socket: agent, linger: 1 });
      const stream = client.stream('user').subscribe();
      await firstValueFrom(client.members());
      stream.unsubscribe();
      await client.close();
    };
    const hundred = () => Promise.all(Array.from({ length: 100 }, cycle));
    await hundred();
    const { heap } = await retained();
    const before = resources();
    for (let i = 0; i < 10; i++) await hundred();

    expect((await retained()).heap - heap).toBeLessThan(BOUND);
    expect(resources()).toBeLessThanOrEqual(before);
  }, 120_000);
});
