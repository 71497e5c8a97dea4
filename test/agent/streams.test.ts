import {
  concatMap,
  filter,
  firstValueFrom,
  forkJoin,
  lastValueFrom,
  map,
  merge,
  type Observable,
  ReplaySubject,
  take,
  takeWhile,
  toArray,
} from 'rxjs';
import {
  type Codec,
  connect,
  json,
  type MemberEvent,
  type MemberEventType,
  msgpack,
  type SerfClient,
  type SerfEvent,
  utf8,
} from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  eventually,
  recordingSockets,
  replayed,
  startAgent,
  startCluster,
  stopAll,
} from './harness/agent.ts';

describeAgent('streams', () => {
  let agent: Agent;
  /** A pair of its own, one of which is dead from the beginning on: it takes seconds until that is seen. */
  let survivor: Agent;
  let victim: Agent;
  let client: SerfClient;
  const failed$ = new ReplaySubject<MemberEvent<'member-failed'>>();

  beforeAll(async () => {
    [survivor, victim] = (await startCluster({ nodes: [{ name: 'survivor' }, { name: 'victim' }] })) as [
      Agent,
      Agent,
    ];
    client = connect(survivor.address);
    client.stream('member-failed').subscribe({ next: (event) => failed$.next(event), error: () => {} });
    await firstValueFrom(client.stats());
    victim.kill();
    agent = await startAgent({ name: 'n1' });
  });

  afterAll(async () => {
    await client.close();
    await stopAll();
  });

  test('user events and queries arrive typed, by kind, by name, by list and by array', async () => {
    const client = closing(connect(agent.address, { codec: utf8() }));
    const streams = {
      all: replayed(client.stream('*')),
      users: replayed(client.stream('user')),
      deploys: replayed(client.stream('user:deploy')),
      queries: replayed(client.stream('query')),
      list: replayed(client.stream('user:deploy,query:load')),
      array: replayed(client.stream(['user:other', 'query:load'])),
    };

    await firstValueFrom(client.event('deploy', 'v1'));
    await firstValueFrom(client.event('other', 'o'));
    const replies = replayed(client.query('load', 'now', { timeout: 50 }));
    replayed(client.query('unload', 'never', { timeout: 50 }));
    const event = await firstValueFrom(streams.array.pipe(filter(({ event }) => event === 'query')));
    await firstValueFrom(client.event('deploy', 'end'));

    const seen = await firstValueFrom(
      forkJoin({
        all: untilEnd(streams.all.pipe(filter(isNotMemberEvent))),
        users: untilEnd(streams.users),
        deploys: untilEnd(streams.deploys),
        queries: streams.queries.pipe(
          map(({ name }) => name),
          take(2),
          toArray(),
        ),
        list: untilEnd(streams.list),
        array: streams.array.pipe(take(2), map(title), toArray()),
      }),
    );
    expect(seen).toEqual({
      all: expect.arrayContaining(['deploy v1', 'other o', 'load now', 'unload never', 'deploy end']),
      users: ['deploy v1', 'other o', 'deploy end'],
      deploys: ['deploy v1', 'deploy end'],
      queries: expect.arrayContaining(['load', 'unload']),
      list: ['deploy v1', 'load now', 'deploy end'],
      array: ['other o', 'load now'],
    });
    expect(event).toEqual({
      event: 'query',
      id: expect.any(Number),
      name: 'load',
      ltime: expect.any(Number),
      payload: 'now',
      respond: expect.any(Function),
    });
    expect(await firstValueFrom(replies.pipe(toArray()))).toEqual([]);
  });

  test('member events: join, update and leave of another agent', async () => {
    const client = closing(connect(agent.address));
    const members = replayed(client.stream('member-join,member-update,member-leave,member-reap'));
    await firstValueFrom(client.stats());

    const n2 = await startAgent({ name: 'n2', tags: { role: 'web' }, join: [agent.gossip] });
    const other = closing(connect(n2.address));
    const join = await about(members, 'member-join', 'n2');
    await firstValueFrom(other.tags({ set: { role: 'db', version: '2' } }));
    const update = await about(members, 'member-update', 'n2');
    n2.kill('SIGINT');
    const leave = await about(members, 'member-leave', 'n2');
    await firstValueFrom(client.forceLeave('n2', { prune: true }));
    const reap = await about(members, 'member-reap', 'n2');

    const n2As = (tags: Record<string, string>, status: string) => ({
      name: 'n2',
      address: '127.0.0.1',
      port: n2.ports.gossip,
      tags: expect.objectContaining(tags),
      status,
      protocol: { min: 1, max: 5, current: 2 },
      delegate: { min: 2, max: 5, current: 5 },
    });
    expect(join).toEqual(n2As({ role: 'web' }, 'alive'));
    expect(update).toEqual(n2As({ role: 'db', version: '2' }, 'alive'));
    expect(leave).toMatchObject({ name: 'n2', status: 'left' });
    expect(reap).toMatchObject({ name: 'n2' });
    expect(await n2.exited).toBe(0);
  });

  test('identical filters share one upstream stream, other filters get copies', async () => {
    const wire = recordingSockets();
    const client = closing(connect(agent.address, { codec: utf8(), socket: wire.socket }));
    const streams = [
      client.stream('user:a,user:b'),
      client.stream('user:a,user:b'),
      client.stream(['user:b', 'user:a']),
      client.stream('user:b,user:a,user:b', { codec: json() }),
      client.stream('user'),
      client.stream('user,user:a'),
      client.stream('user:a'),
    ];
    const events = streams.map((stream$) => replayed<SerfEvent<unknown>>(stream$));

    await firstValueFrom(client.event('a', '1'));
    await firstValueFrom(client.event('b', '2'));
    await firstValueFrom(client.event('a', '3'));

    const payloads = await Promise.all(
      events.map((each) =>
        firstValueFrom(
          each.pipe(
            take(each === events.at(-1) ? 2 : 3),
            map((event) => 'payload' in event && event.payload),
            toArray(),
          ),
        ),
      ),
    );
    expect(payloads).toEqual([
      ['1', '2', '3'],
      ['1', '2', '3'],
      ['1', '2', '3'],
      [1, 2, 3],
      ['1', '2', '3'],
      ['1', '2', '3'],
      ['1', '3'],
    ]);
    expect(wire.bodies('stream')).toEqual([{ Type: 'user:a,user:b' }, { Type: 'user' }, { Type: 'user:a' }]);
    expect(wire.opened()).toBe(1);
  });

  test('codecs: text, JSON, MessagePack, your own; per client and per call; an event without payload', async () => {
    const client = closing(connect(agent.address));
    const shouting: Codec<string> = {
      encode: (text) => new TextEncoder().encode(text.toUpperCase()),
      decode: (bytes) => `${new TextDecoder().decode(bytes)}!`,
    };
    const events = {
      bytes: replayed(client.stream('user:bytes')),
      utf8: replayed(client.stream('user:utf8', { codec: utf8() })),
      json: replayed(client.stream('user:json', { codec: json<{ list: number[] }>() })),
      msgpack: replayed(client.stream('user:msgpack', { codec: msgpack<unknown>() })),
      own: replayed(client.stream('user:own', { codec: shouting })),
      nothing: replayed(client.stream('user:nothing', { codec: json() })),
    };

    await lastValueFrom(
      merge(
        client.event('bytes', Uint8Array.of(0, 255)),
        client.event('utf8', 'grüße \u{1f680}', { codec: utf8() }),
        client.event('json', { list: [1, 2] }, { codec: json() }),
        client.event('msgpack', { at: new Date(0), bytes: Uint8Array.of(1) }, { codec: msgpack() }),
        client.event('own', 'hey', { codec: shouting }),
        client.event('nothing'),
      ),
    );

    const seen = await Promise.all(
      Object.values(events).map((each) =>
        firstValueFrom((each as Observable<{ payload: unknown }>).pipe(map(({ payload }) => payload))),
      ),
    );
    expect(seen).toEqual([
      Uint8Array.of(0, 255),
      'grüße \u{1f680}',
      { list: [1, 2] },
      { at: new Date(0), bytes: Uint8Array.of(1) },
      'HEY!',
      undefined,
    ]);
  });

  test('a payload that does not decode comes as an event with the reason and the bytes, and the next is fine', async () => {
    const client = closing(connect(agent.address, { codec: json<number>() }));
    const events = replayed(client.stream('user:number'));
    const text = utf8();

    await firstValueFrom(client.event('number', 1));
    await firstValueFrom(client.event('number', '{oops', { codec: text }));
    await firstValueFrom(client.event('number', 2));

    expect(await firstValueFrom(events.pipe(take(3), toArray()))).toEqual([
      expect.objectContaining({ payload: 1 }),
      {
        event: 'user',
        name: 'number',
        ltime: expect.any(Number),
        coalesce: false,
        payload: undefined,
        payloadError: expect.objectContaining({
          name: 'SerfError',
          code: 'payload-undecodable',
          cause: expect.any(SyntaxError),
        }),
        rawPayload: text.encode('{oops'),
      },
      expect.objectContaining({ payload: 2 }),
    ]);
  });

  test('events come in the order in which they were fired', async () => {
    const client = closing(connect(agent.address, { codec: json<number>() }));
    const events = replayed(client.stream('user:count'));

    await lastValueFrom(merge(...Array.from({ length: 200 }, (_, index) => client.event('count', index))));

    const counted = events.pipe(
      take(200),
      map(({ payload }) => payload),
      toArray(),
    );
    expect(await firstValueFrom(counted)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });

  test('unsubscribing silences at once, and stops at the agent once the stream has lingered', async () => {
    const wire = recordingSockets();
    const client = closing(connect(agent.address, { socket: wire.socket, linger: 50 }));
    const seen: string[] = [];
    const subscription = client.stream('user:lingering').subscribe(({ name }) => seen.push(name));

    await firstValueFrom(client.event('lingering'));
    await eventually('the event has come', () => expect(seen).toEqual(['lingering']));
    subscription.unsubscribe();
    await firstValueFrom(client.event('lingering'));

    const { seq } = wire.sent('stream')[0]!;
    await eventually('stop is sent', () => expect(wire.bodies('stop')).toEqual([{ Stop: seq }]));
    expect(seen).toEqual(['lingering']);

    const again = replayed(client.stream('user:lingering'));
    await firstValueFrom(client.event('lingering'));
    await firstValueFrom(again);
    expect(wire.sent('stream')).toHaveLength(2);
  });

  test('subscribing again while a stream lingers sends nothing', async () => {
    const wire = recordingSockets();
    const client = closing(connect(agent.address, { socket: wire.socket }));
    const stream$ = client.stream('user:again');

    for (const count of [1, 2, 3]) {
      const first = replayed(stream$.pipe(take(1)));
      await firstValueFrom(client.event('again'));
      expect(await firstValueFrom(first)).toMatchObject({ name: 'again' });
      expect(wire.sent('event')).toHaveLength(count);
    }
    expect(wire.sent('stream')).toHaveLength(1);
    expect(wire.sent('stop')).toHaveLength(0);
  });

  test('member events: a killed member fails, and is reaped when it is pruned', async () => {
    const members = replayed(client.stream('member-reap,member-leave'));
    const failed = await about(failed$, 'member-failed', 'victim');

    await firstValueFrom(client.forceLeave('victim'));
    const leave = await about(members, 'member-leave', 'victim');
    await firstValueFrom(client.forceLeave('victim', { prune: true }));
    const reap = await about(members, 'member-reap', 'victim');

    expect(failed).toMatchObject({ port: victim.ports.gossip, status: 'failed' });
    expect(leave).toMatchObject({ port: victim.ports.gossip, status: 'left' });
    expect(reap).toMatchObject({ port: victim.ports.gossip });
  });
});

function isNotMemberEvent<P>(event: SerfEvent<P>) {
  return event.event === 'user' || event.event === 'query';
}

const title = (event: SerfEvent<unknown>) =>
  'payload' in event ? `${event.name} ${event.payload}` : event.event;

/** The titles of the events up to the one whose payload is `end`. */
function untilEnd(events$: Observable<SerfEvent<unknown>>): Observable<string[]> {
  return events$.pipe(
    takeWhile((event) => !('payload' in event && event.payload === 'end'), true),
    map(title),
    toArray(),
  );
}

/** The member of that name in the first event of that type that tells of it. */
function about(events$: Observable<MemberEvent>, type: MemberEventType, name: string) {
  return firstValueFrom(
    events$.pipe(
      filter(({ event }) => event === type),
      concatMap(({ members }) => members),
      filter((member) => member.name === name),
    ),
  );
}
