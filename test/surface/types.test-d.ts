import { filter, map, type Observable } from 'rxjs';
import {
  type AnySerf,
  binary,
  type Codec,
  type ConnectionStatus,
  type ConnectOptions,
  connect,
  type DropReport,
  type EventsOf,
  json,
  type Member,
  type MemberEvent,
  mergeAgents,
  msgpack,
  type QueryEvent,
  type QueryOptions,
  type QueryReply,
  respondWith,
  type Serf,
  type SerfClient,
  type SerfError,
  type SerfEvent,
  type Stats,
  type StreamGap,
  type UserEvent,
  utf8,
} from 'rxserf';
import { provideSerf } from 'rxserf/angular';
import { EmbeddedCluster } from 'rxserf/embedded';
import { shareSerf } from 'rxserf/juggler';
import { notify } from 'rxserf/notifier';
import { listen, type PolicySerf, policy, sharedReads, VIEWER } from 'rxserf/server';
import { pipe, tcpSocket } from 'rxserf/socket';
import { type FakeSerf, fakeSerf, type SerfSurface } from 'rxserf/testing';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Deploy {
  readonly version: string;
}

const client = connect();
const deploys = connect('agent', { codec: json<Deploy>() });

/** What a stream emits. */
type Emitted<T> = T extends Observable<infer V> ? V : never;

describe('connect', () => {
  test('without a codec: bytes', () => {
    expectTypeOf(connect()).toEqualTypeOf<SerfClient<Uint8Array>>();
    expectTypeOf(connect('agent')).toEqualTypeOf<SerfClient>();
    expectTypeOf(connect(['a', 'b'], { timeout: 1 })).toEqualTypeOf<SerfClient>();
    expectTypeOf(connect(undefined, {})).toEqualTypeOf<SerfClient>();
  });

  test('with a codec: what it makes', () => {
    expectTypeOf(connect('agent', { codec: utf8() })).toEqualTypeOf<SerfClient<string | undefined>>();
    expectTypeOf(connect('agent', { codec: json<Deploy>() })).toEqualTypeOf<SerfClient<Deploy | undefined>>();
    expectTypeOf(connect('agent', { codec: json() })).toEqualTypeOf<SerfClient<unknown>>();
    expectTypeOf(connect('agent', { codec: msgpack<[number]>() })).toEqualTypeOf<
      SerfClient<[number] | undefined>
    >();
    expectTypeOf(connect('agent', { codec: {} as Codec<Date> })).toEqualTypeOf<SerfClient<Date>>();
  });

  test('no P without a codec for it', () => {
    // @ts-expect-error a client of texts needs a codec
    connect<string>('agent', {});
  });

  test('options', () => {
    // @ts-expect-error times are numbers
    connect('agent', { timeout: '1s' });
    // @ts-expect-error
    connect('agent', { tiemout: 1 });
    connect('agent', { socket: () => pipe()[0] });
    connect('agent', { socket: ({ host, port }) => tcpSocket({ host, port }), codec: utf8() });
    expectTypeOf<ConnectOptions['codec']>().toEqualTypeOf<Codec<Uint8Array> | undefined>();
  });

  test('options in a variable', () => {
    const options: ConnectOptions = {};
    connect('agent', options);
  });

  test('an address', () => {
    // @ts-expect-error
    connect(7373);
    // @ts-expect-error
    connect(new URL('tcp://agent'));
  });
});

describe('stream is typed by its filter', () => {
  test('one', () => {
    expectTypeOf(client.stream('user')).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(client.stream('user:deploy')).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(client.stream('user:a:b')).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(client.stream('query')).toEqualTypeOf<Observable<QueryEvent>>();
    expectTypeOf(client.stream('query:load')).toEqualTypeOf<Observable<QueryEvent>>();
    expectTypeOf(client.stream('member-join')).toEqualTypeOf<Observable<MemberEvent<'member-join'>>>();
    expectTypeOf(client.stream('member-reap')).toEqualTypeOf<Observable<MemberEvent<'member-reap'>>>();
  });

  test('all', () => {
    expectTypeOf(client.stream('*')).toEqualTypeOf<Observable<SerfEvent>>();
    expectTypeOf(client.stream('*,user')).toEqualTypeOf<Observable<SerfEvent>>();
  });

  test('a comma list', () => {
    expectTypeOf(client.stream('member-join,query:load')).toEqualTypeOf<
      Observable<MemberEvent<'member-join'> | QueryEvent>
    >();
    expectTypeOf(client.stream('user:a,user:b')).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(client.stream('member-join,member-leave,member-failed,user')).toEqualTypeOf<
      Observable<
        MemberEvent<'member-join'> | MemberEvent<'member-leave'> | MemberEvent<'member-failed'> | UserEvent
      >
    >();
  });

  test('an array, without `as const`', () => {
    expectTypeOf(client.stream(['member-join', 'query:load'])).toEqualTypeOf<
      Observable<MemberEvent<'member-join'> | QueryEvent>
    >();
    const filters = ['user:a', 'member-leave'] as const;
    expectTypeOf(client.stream(filters)).toEqualTypeOf<Observable<UserEvent | MemberEvent<'member-leave'>>>();
  });

  test('a union', () => {
    const either = '' as 'user' | 'query';
    expectTypeOf(client.stream(either)).toEqualTypeOf<Observable<UserEvent | QueryEvent>>();
  });

  test('a template', () => {
    const name = '' as string;
    expectTypeOf(client.stream(`user:${name}`)).toExtend<Observable<SerfEvent>>();
    expectTypeOf(client.stream(`user:${name}` as const)).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(client.stream(`query:${'' as 'a' | 'b'}` as const)).toEqualTypeOf<Observable<QueryEvent>>();
  });

  test('any text, any texts', () => {
    expectTypeOf(client.stream('' as string)).toEqualTypeOf<Observable<SerfEvent>>();
    expectTypeOf(client.stream([] as string[])).toEqualTypeOf<Observable<SerfEvent>>();
    expectTypeOf(client.stream([] as readonly string[])).toEqualTypeOf<Observable<SerfEvent>>();
  });

  test('one that can never match does not compile', () => {
    // @ts-expect-error no such kind
    client.stream('deploy');
    // @ts-expect-error
    client.stream('');
    // @ts-expect-error
    client.stream('User');
    // @ts-expect-error a kind cut short
    client.stream('member-joi');
    // @ts-expect-error no name
    client.stream('user:');
    // @ts-expect-error member events have no names
    client.stream('member-join:n1');
    // @ts-expect-error a blank
    client.stream('user, query');
    // @ts-expect-error nothing after the comma
    client.stream('user,');
    // @ts-expect-error one part of a good list
    client.stream('user,*,nope');
    // @ts-expect-error in an array
    client.stream(['user', 'nope']);
    // @ts-expect-error an empty list
    client.stream([]);
    // @ts-expect-error one of a union
    client.stream('' as 'user' | 'nope');
    // @ts-expect-error
    client.stream(7);
    // @ts-expect-error
    client.stream();
  });

  test('events are told apart by `event`', () => {
    client.stream('*').subscribe((event) => {
      if (event.event === 'user') expectTypeOf(event).toEqualTypeOf<UserEvent>();
      else if (event.event === 'query') expectTypeOf(event).toEqualTypeOf<QueryEvent>();
      else if (event.event === 'member-join') expectTypeOf(event).toEqualTypeOf<MemberEvent<'member-join'>>();
      else expectTypeOf(event.members).toEqualTypeOf<readonly Member[]>();
    });
    const joined$ = client.stream('*').pipe(
      filter((event) => event.event === 'member-join'),
      map(({ members }) => members.map(({ name }) => name)),
    );
    expectTypeOf(joined$).toEqualTypeOf<Observable<string[]>>();
  });

  test('with gaps: a StreamGap among them', () => {
    expectTypeOf(client.stream('user', { gaps: true })).toEqualTypeOf<Observable<UserEvent | StreamGap>>();
    expectTypeOf(client.stream('user', { gaps: false })).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(client.stream('user', { gaps: true as boolean })).toEqualTypeOf<
      Observable<UserEvent | StreamGap>
    >();
    expectTypeOf(client.stream('user', { onGap: () => {} })).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(deploys.stream('user', { gaps: true })).toEqualTypeOf<
      Observable<UserEvent<Deploy | undefined> | StreamGap>
    >();
  });

  test('EventsOf says it without a stream', () => {
    expectTypeOf<EventsOf<'user:deploy'>>().toEqualTypeOf<UserEvent>();
    expectTypeOf<EventsOf<'user,query', string>>().toEqualTypeOf<UserEvent<string> | QueryEvent<string>>();
  });
});

describe('codecs type payloads', () => {
  test("the client's", () => {
    type Payload = Deploy | undefined;
    expectTypeOf(deploys.stream('user')).toEqualTypeOf<Observable<UserEvent<Payload>>>();
    expectTypeOf<Emitted<ReturnType<typeof client.stream<'user'>>>['payload']>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<UserEvent<Payload>['payload']>().toEqualTypeOf<Deploy | undefined>();
    expectTypeOf(deploys.query('q', { version: '1' })).toEqualTypeOf<Observable<QueryReply<Payload>>>();
    deploys.event('deploy', { version: '1' });
    deploys.event('deploy');
    deploys.event('deploy', undefined, { coalesce: true });
    deploys.respond(1, { version: '1' });
    // @ts-expect-error not a Deploy
    deploys.event('deploy', { version: 1 });
    // @ts-expect-error
    deploys.query('q', 'text');
    // @ts-expect-error
    deploys.respond(1, {});
    // @ts-expect-error bytes, without a codec
    client.event('deploy', 'text');
    // @ts-expect-error
    client.query('q', { version: '1' });
  });

  test("a call's own", () => {
    expectTypeOf(client.stream('user', { codec: utf8() })).toEqualTypeOf<
      Observable<UserEvent<string | undefined>>
    >();
    expectTypeOf(deploys.stream('user:a,query:b', { codec: utf8() })).toEqualTypeOf<
      Observable<UserEvent<string | undefined> | QueryEvent<string | undefined>>
    >();
    expectTypeOf(deploys.query('q', 'text', { codec: utf8() })).toEqualTypeOf<
      Observable<QueryReply<string | undefined>>
    >();
    client.event('deploy', 'text', { codec: utf8() });
    client.respond(1, { any: 'thing' }, { codec: json() });
    // @ts-expect-error the codec decides, not the payload
    client.event('deploy', 7, { codec: utf8() });
    // @ts-expect-error
    deploys.event('deploy', { version: '1' }, { codec: utf8() });
    // @ts-expect-error
    deploys.query('q', { version: '1' }, { codec: msgpack<number>() });
  });

  test('and nothing else does: not what somebody writes', () => {
    const texts = connect('agent', { codec: utf8() });
    // @ts-expect-error payloads are bytes
    client.stream<'user:deploy', Deploy>('user:deploy');
    // @ts-expect-error
    client.stream<'user:deploy', Deploy>('user:deploy', { gaps: true });
    // @ts-expect-error a codec that there may be
    client.stream<'user:deploy', Deploy>('user:deploy', {} as { codec?: Codec<Deploy> });
    // @ts-expect-error texts
    texts.query<number>('load', 5);
    // @ts-expect-error
    texts.query<number>('load', 5, { timeout: 1 });
    // @ts-expect-error
    texts.event<number>('load', 5);
    // @ts-expect-error
    texts.respond<number>(1, 5);
    // @ts-expect-error
    mergeAgents<'user', Uint8Array, Deploy>([client], 'user');
    // @ts-expect-error
    mergeAgents<'user', Deploy>([client], 'user');
    // @ts-expect-error
    fakeSerf<Deploy>();
    // @ts-expect-error a codec of another type
    texts.query<Deploy>('load', { version: '1' }, { codec: json<number>() });
  });

  test('what is written besides a codec has to be what the codec makes', () => {
    expectTypeOf(client.query<number>('load', 5, { codec: json<number>() })).toEqualTypeOf<
      Observable<QueryReply<number | undefined>>
    >();
    expectTypeOf(
      client.stream<'user:deploy', Deploy>('user:deploy', { codec: json<Deploy>() }),
    ).toEqualTypeOf<Observable<UserEvent<Deploy | undefined>>>();
    client.event<number>('load', 5, { codec: json<number>() });
    client.respond<number>(1, 5, { codec: json<number>() });
    expectTypeOf(mergeAgents<'user', Deploy>([client], 'user', { codec: json<Deploy>() })).toEqualTypeOf<
      Observable<UserEvent<Deploy | undefined>>
    >();
  });

  test("a call's own codec, with what else a call takes", () => {
    expectTypeOf(client.stream('user', { codec: json<Deploy>(), gaps: true })).toEqualTypeOf<
      Observable<UserEvent<Deploy | undefined> | StreamGap>
    >();
    // The client's is of `unknown`, which everything is.
    const anything = connect('agent', { codec: json() });
    expectTypeOf(anything.query('q', 1, { codec: json<number>() })).toEqualTypeOf<
      Observable<QueryReply<number | undefined>>
    >();
    client.query('q', 1, {
      codec: json<number>(),
      completeWhen: (reply) => {
        expectTypeOf(reply).toEqualTypeOf<QueryReply<number | undefined>>();
        return true;
      },
    });
    client.event('bytes', Uint8Array.of(1), { codec: binary() });
    client.respond(1, { any: 'thing' }, { codec: msgpack() });
    // Options in a variable, of the client's own type or with a codec for sure.
    const plain: QueryOptions<Deploy | undefined> = { timeout: 1 };
    expectTypeOf(deploys.query('q', { version: '1' }, plain)).toEqualTypeOf<
      Observable<QueryReply<Deploy | undefined>>
    >();
    // @ts-expect-error of another type, with or without its codec
    client.query('q', undefined, plain);
  });

  test("a query's `respond`", () => {
    deploys.stream('query').subscribe((query) => {
      expectTypeOf(query.respond).parameters.toEqualTypeOf<[payload?: Deploy | undefined]>();
      expectTypeOf(query.respond({ version: '1' })).toEqualTypeOf<Observable<void>>();
      query.respond();
      // @ts-expect-error
      query.respond('no');
    });
    client.stream('query', { codec: utf8() }).subscribe((query) => query.respond('yes'));
  });

  test('what does not decode is undefined, and says why', () => {
    expectTypeOf<UserEvent['payloadError']>().toEqualTypeOf<SerfError | undefined>();
    expectTypeOf<UserEvent['rawPayload']>().toEqualTypeOf<Uint8Array | undefined>();
    deploys.stream('user').subscribe(({ payload }) => {
      // @ts-expect-error it may be missing
      payload.version;
      expectTypeOf(payload?.version).toEqualTypeOf<string | undefined>();
    });
  });
});

describe('what calls emit', () => {
  test('one value', () => {
    expectTypeOf(client.members()).toEqualTypeOf<Observable<Member[]>>();
    expectTypeOf(client.stats()).toEqualTypeOf<Observable<Stats>>();
    expectTypeOf(client.join('a')).toEqualTypeOf<Observable<number>>();
    expectTypeOf(client.event('a')).toEqualTypeOf<Observable<void>>();
    expectTypeOf(client.monitor()).toEqualTypeOf<Observable<string>>();
    expectTypeOf(client.membership()).toEqualTypeOf<Observable<ReadonlyMap<string, Member>>>();
    expectTypeOf(client.close()).toEqualTypeOf<Promise<void>>();
  });

  test('stats: known sections by name, each may be missing; unknown ones by their key', () => {
    client.stats().subscribe((stats) => {
      expectTypeOf(stats.agent?.name).toEqualTypeOf<string | undefined>();
      expectTypeOf(stats.runtime?.os).toEqualTypeOf<string | undefined>();
      expectTypeOf(stats.serf?.encrypted).toEqualTypeOf<'true' | 'false' | undefined>();
      expectTypeOf(stats.tags).toEqualTypeOf<Readonly<Record<string, string>> | undefined>();
      expectTypeOf(stats['later']?.['key']).toEqualTypeOf<string | undefined>();
      expectTypeOf(stats.serf?.['later']).toEqualTypeOf<string | undefined>();
      // @ts-expect-error the agent may be of a version without
      stats.serf.members;
      // @ts-expect-error read only
      stats.agent = {};
    });
    const plain: Record<string, Record<string, string>> = {};
    expectTypeOf(plain).toExtend<Stats>();
    expectTypeOf({ agent: { name: 'n1' } }).toExtend<Stats>();
  });

  test('replies are told apart by `type`', () => {
    deploys.query('q').subscribe((reply) => {
      expectTypeOf(reply.from).toEqualTypeOf<string>();
      // @ts-expect-error an ack has none
      reply.payload;
      if (reply.type === 'response') expectTypeOf(reply.payload).toEqualTypeOf<Deploy | undefined>();
      else expectTypeOf(reply).toEqualTypeOf<{ readonly type: 'ack'; readonly from: string }>();
    });
    deploys.query('q', undefined, {
      completeWhen: (reply, responses) =>
        reply.type === 'response' && reply.payload?.version === '1' && responses > 1,
    });
    // @ts-expect-error
    client.query('q', undefined, { completeWhen: 'soon' });
  });

  test('states are told apart by `state`', () => {
    client.status$.subscribe((status) => {
      expectTypeOf(status).toEqualTypeOf<ConnectionStatus>();
      switch (status.state) {
        case 'idle':
          expectTypeOf(status.error).toEqualTypeOf<SerfError | undefined>();
          break;
        case 'connecting':
          expectTypeOf(status.attempt).toEqualTypeOf<number>();
          break;
        case 'connected':
          expectTypeOf(status.address).toEqualTypeOf<string>();
          break;
        case 'waiting':
          expectTypeOf(status.retryAt).toEqualTypeOf<number>();
          expectTypeOf(status.error).toEqualTypeOf<SerfError>();
          break;
        default:
          expectTypeOf(status).toEqualTypeOf<{ readonly state: 'closed' }>();
      }
      // @ts-expect-error not in every state
      status.address;
    });
  });

  test('losses are told apart by `cause`', () => {
    client.dropped$.subscribe((report) => {
      expectTypeOf(report).toEqualTypeOf<DropReport>();
      if (report.cause === 'reconnect') expectTypeOf(report.away).toEqualTypeOf<number>();
      else expectTypeOf(report.count).toEqualTypeOf<number>();
    });
  });

  test('what is emitted is not for changing', () => {
    const member = {} as Member;
    // @ts-expect-error
    member.name = 'other';
    // @ts-expect-error
    member.tags['role'] = 'other';
  });
});

describe('Serf', () => {
  test('a SerfClient is one, of the same payloads', () => {
    expectTypeOf<SerfClient>().toExtend<Serf>();
    expectTypeOf<SerfClient<Deploy>>().toExtend<Serf<Deploy>>();
    expectTypeOf<SerfClient>().toExtend<AsyncDisposable>();
  });

  test('streams are typed through it too', () => {
    const serf: Serf<string> = {} as Serf<string>;
    expectTypeOf(serf.stream('user:a')).toEqualTypeOf<Observable<UserEvent<string>>>();
    // @ts-expect-error
    serf.stream('nope');
  });

  test('clients of other payloads are told apart', () => {
    expectTypeOf<SerfClient<string>>().not.toExtend<Serf<Deploy>>();
    expectTypeOf<SerfClient>().not.toExtend<SerfClient<string>>();
  });

  test('none widens to one that would send what its codec does not take', () => {
    expectTypeOf<Serf>().not.toExtend<Serf<unknown>>();
    expectTypeOf<Serf>().not.toExtend<Serf<Uint8Array | string>>();
    expectTypeOf<SerfClient>().not.toExtend<Serf<unknown>>();
    expectTypeOf<SerfClient>().not.toExtend<SerfClient<unknown>>();
    expectTypeOf<PolicySerf>().not.toExtend<Serf<unknown>>();
    expectTypeOf<FakeSerf<string>>().not.toExtend<Serf<unknown>>();
    expectTypeOf<SerfSurface>().not.toExtend<SerfSurface<unknown>>();
    expectTypeOf<Serf<unknown>>().not.toExtend<Serf>();
    // @ts-expect-error
    const wide: Serf<unknown> = client;
    wide.event('deploy', { version: '1' });
  });

  test('each is AnySerf, through which a payload needs a codec', () => {
    const any: AnySerf[] = [
      client,
      deploys,
      connect('a', { codec: json() }),
      new EmbeddedCluster().node('n1'),
    ];
    expectTypeOf<PolicySerf<string>>().toExtend<AnySerf>();
    expectTypeOf<FakeSerf<Deploy>>().toExtend<AnySerf>();
    const [serf = client as AnySerf] = any;
    expectTypeOf(serf.stream('user')).toEqualTypeOf<Observable<UserEvent<unknown>>>();
    expectTypeOf(serf.query('load')).toEqualTypeOf<Observable<QueryReply<unknown>>>();
    serf.event('ping');
    serf.event('deploy', { version: '1' }, { codec: json<Deploy>() });
    serf.query('load', 'now', { codec: utf8() });
    serf.stream('query:load', { codec: utf8() }).subscribe((query) => query.respond('42'));
    serf.stream('query:load').subscribe((query) => query.respond());
    // @ts-expect-error nobody knows what its codec takes
    serf.event('deploy', { version: '1' });
    // @ts-expect-error likewise
    serf.query('load', new Uint8Array());
    // @ts-expect-error likewise
    serf.respond(1, 'now');
    // @ts-expect-error likewise
    serf.codec.encode('now');
    // @ts-expect-error likewise
    serf.stream('query:load').subscribe((query) => query.respond('42'));
    // @ts-expect-error it is no Serf of anything in particular
    const bytes: Serf = serf;
    bytes.event('ping');
  });

  test('the operators take what comes from any', () => {
    const serf = client as AnySerf;
    expectTypeOf(mergeAgents([serf], 'user')).toEqualTypeOf<Observable<UserEvent<unknown>>>();
    expectTypeOf(mergeAgents([client, deploys], 'user', { codec: utf8() })).toEqualTypeOf<
      Observable<UserEvent<string | undefined>>
    >();
    // @ts-expect-error of which of the two?
    mergeAgents([client, deploys], 'user');
    // @ts-expect-error a query of any Serf is answered with a codec
    serf.stream('query').pipe(respondWith(() => 7));
    serf.stream('query', { codec: json<number>() }).pipe(respondWith(() => 7));
  });

  test('what stands before any is any, and what looks on takes it', () => {
    const serf = client as AnySerf;
    const guarded = policy(serf, VIEWER);
    expectTypeOf(guarded).toEqualTypeOf<PolicySerf<unknown, never>>();
    expectTypeOf(guarded.as({})).toEqualTypeOf<PolicySerf<unknown, never>>();
    expectTypeOf(sharedReads(serf)).toEqualTypeOf<AnySerf>();
    expectTypeOf(policy(sharedReads(deploys), VIEWER)).toEqualTypeOf<PolicySerf<Deploy | undefined>>();
    // @ts-expect-error nobody knows what its codec takes
    guarded.event('deploy', { version: '1' });
    shareSerf(serf);
    notify(serf);
    provideSerf(() => serf);
    // @ts-expect-error a peer's payloads are bytes
    listen(guarded);
  });

  test('code for any payloads takes any client', () => {
    const payloadsOf = <P>(serf: Serf<P>) => serf.stream('query').pipe(map(({ payload }) => payload));
    expectTypeOf(payloadsOf(client)).toEqualTypeOf<Observable<Uint8Array>>();
    expectTypeOf(payloadsOf(deploys)).toEqualTypeOf<Observable<Deploy | undefined>>();
  });
});
