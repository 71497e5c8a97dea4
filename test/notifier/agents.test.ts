import { combineLatest, filter, firstValueFrom, map, type Subscription } from 'rxjs';
import { connect, type SerfClient } from 'rxserf';
import { type AnyApi, type Notifier, type NotifierOptions, notify } from 'rxserf/notifier';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { randomFrom } from '../../src/embedded/random.ts';
import { type Agent, describeAgent, eventually, startThreeNodes, stopAll } from '../agent/harness/agent.ts';
import { CASES } from './support/cases.ts';
import { type Trio, trioOf } from './support/trio.ts';
import { KEY, startWorker, stopWorkers } from './support/workers.ts';
import { shown } from './support/world.ts';

const ALL = { mask: 0, value: 0 };

describeAgent('notifiers on three agents, over TCP', () => {
  let agents: Agent[];
  const clients: SerfClient[] = [];
  const notifiers: Notifier<AnyApi>[] = [];
  const subscriptions: Subscription[] = [];

  const start = (agent: Agent, id: string, options: NotifierOptions = {}) => {
    const client = connect(agent.address);
    clients.push(client);
    const notifier = notify(client, { id, key: KEY, random: randomFrom(1), ...options });
    notifiers.push(notifier);
    return notifier;
  };
  const connected = (notifier: Notifier<AnyApi>, ...ids: string[]) =>
    firstValueFrom(
      notifier.peers$.pipe(
        filter((peers) => {
          const there = peers.filter(({ state }) => state === 'connected').map(({ id }) => id);
          return ids.every((id) => there.includes(id)) && there.length === ids.length;
        }),
      ),
    );
  const result = (source$: Parameters<Trio['result']>[0]) =>
    new Promise<string[]>((resolve) => {
      const results: string[] = [];
      source$.subscribe({
        next: (value) => results.push(shown(value)),
        error: (error) => resolve([...results, shown(error)]),
        complete: () => resolve([...results, '|']),
      });
    });
  let trio: { readonly a: Notifier<AnyApi>; readonly b: Notifier<AnyApi>; readonly c: Notifier<AnyApi> };
  const registered = async () => {
    const { a, b, c } = trio;
    const all = [a, b, c].map((each) =>
      each.registrations$.pipe(
        map((known) =>
          known
            .map((one) => shown(one))
            .sort()
            .join('\n'),
        ),
      ),
    );
    await firstValueFrom(combineLatest(all).pipe(filter(([a, b, c]) => a === b && b === c)));
  };

  beforeAll(async () => {
    agents = await startThreeNodes();
    const [n1, n2, n3] = agents as [Agent, Agent, Agent];
    trio = { a: start(n1, 'a'), b: start(n2, 'b'), c: start(n3, 'c') };
    for (const each of Object.values(trio)) each.peers$.subscribe();
    await Promise.all([
      connected(trio.a, 'b', 'c'),
      connected(trio.b, 'a', 'c'),
      connected(trio.c, 'a', 'b'),
    ]);
  });

  afterEach(async () => {
    for (const each of subscriptions.splice(0)) each.unsubscribe();
    await registered();
  });

  afterAll(async () => {
    await stopWorkers();
    await Promise.all(notifiers.map((each) => each.close()));
    await Promise.all(clients.map((each) => each.close()));
    await stopAll();
  });

  test.each(CASES)('$name', async ({ play, expected }) => {
    const played = trioOf(trio, subscriptions, { result, registered, draws: 2_000 });

    expect(await play(played)).toEqual(expected);
  });

  test('each member has one tag for each of its notifiers, and none for one that has closed', async () => {
    const [n1] = agents as [Agent];
    const another = start(n1, 'second-of-n1', { key: 'another cluster of notifiers', port: 0 });
    const events: string[] = [];
    another.events$.subscribe(({ type }) => events.push(type));
    another.peers$.subscribe();
    const [client] = clients as [SerfClient];
    const tags = async () => {
      const [member] = await firstValueFrom(client.members({ name: 'n1' }));
      return Object.keys(member?.tags ?? {})
        .filter((tag) => tag.startsWith('rxn.'))
        .sort();
    };
    await eventually('it is there', async () => expect(await tags()).toEqual(['rxn.a', 'rxn.second-of-n1']));
    expect(events).toContain('listening');
    await another.close();
    expect(await tags()).toEqual(['rxn.a']);
  });

  test('a process that is killed while it works: its calls end at once with a reason, the others take over', async () => {
    const { a, b } = trio;
    const [, n2] = agents as [Agent, Agent];
    const worker = startWorker(n2, 'worker');
    await connected(a, 'b', 'c', 'worker');
    subscriptions.push(b.serve('o', ALL, 'hang', () => 'from b').subscribe());
    worker.tell('hang');
    await firstValueFrom(
      a.registrations$.pipe(filter((all) => all.filter(({ command }) => command === 'hang').length === 2)),
    );
    const answers: string[] = [];
    const ended = new Promise<void>((resolve) => {
      // No timeout: only the loss can end it.
      a.call('o', 1, 'hang', undefined, { timeout: 0 }).subscribe({
        next: (answer) => {
          answers.push(shown(answer));
          if (answers.length === 1) worker.kill();
        },
        complete: resolve,
      });
    });
    await ended;
    expect(answers).toEqual([
      '{"from":"b","value":"from b"}',
      '{"from":"worker","error":"connection-lost unknown"}',
    ]);
    expect(await result(a.call('o', 1, 'hang'))).toEqual(['{"from":"b","value":"from b"}', '|']);
    // Its agent lives, and has its tag still: who is at the same agent takes it back.
    const [client] = clients as [SerfClient];
    await eventually('the tag is gone', async () => {
      const [member] = await firstValueFrom(client.members({ name: 'n2' }));
      expect(Object.keys(member?.tags ?? {})).not.toContain('rxn.worker');
    });
  });

  test('an agent that is killed with its processes alive: they stay connected', async () => {
    const { a, b, c } = trio;
    const [, , n3] = agents as [Agent, Agent, Agent];
    const got: unknown[] = [];
    subscriptions.push(c.notifications('o', ALL, 'x').subscribe(({ id }) => got.push(id)));
    await registered();
    n3.kill();
    await n3.exited;
    const [client] = clients as [SerfClient];
    await eventually('n3 has failed', async () => {
      const [member] = await firstValueFrom(client.members({ name: 'n3' }));
      expect(member?.status).toBe('failed');
    });
    await firstValueFrom(a.publish('o', 7, 'x'));
    await eventually('c got it', () => expect(got).toEqual([7]));
    await connected(b, 'a', 'c');
  });
});
