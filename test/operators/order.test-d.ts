import { EMPTY, map, type Observable, of } from 'rxjs';
import {
  bufferBounded,
  coalesceByName,
  connect,
  dedupeEvents,
  json,
  type LogLine,
  type LTime,
  type MemberEvent,
  mergeAgents,
  parseLog,
  type QueryEvent,
  type Serf,
  type SerfEvent,
  type StreamGap,
  sinceLTime,
  type UserEvent,
  utf8,
} from 'rxserf';
import { fakeSerf } from 'rxserf/testing';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Deploy {
  readonly version: string;
}

const client = connect();
const deploys = connect('agent', { codec: json<Deploy>() });

describe('operators that pass events as they are keep their type', () => {
  test('dedupeEvents', () => {
    expectTypeOf(client.stream('user:deploy').pipe(dedupeEvents())).toEqualTypeOf<Observable<UserEvent>>();
    const versions$ = deploys.stream('user:deploy').pipe(
      dedupeEvents({ window: 10 }),
      map(({ payload }) => payload?.version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string | undefined>>();
    expectTypeOf(deploys.stream('*', { gaps: true }).pipe(dedupeEvents())).toEqualTypeOf<
      Observable<SerfEvent<Deploy | undefined> | StreamGap>
    >();
    expectTypeOf(client.stream('member-join,query').pipe(dedupeEvents())).toEqualTypeOf<
      Observable<MemberEvent<'member-join'> | QueryEvent>
    >();
    // @ts-expect-error lines are no events
    client.monitor().pipe(dedupeEvents());
    // @ts-expect-error
    dedupeEvents({ windows: 1 });
    // @ts-expect-error
    dedupeEvents({ window: '1' });
  });

  test('sinceLTime', () => {
    const names$ = deploys.stream('user,query').pipe(
      sinceLTime({ user: 7, query: 8n }),
      map((event) => (event.event === 'query' ? event.respond : event.coalesce)),
    );
    expectTypeOf(names$).toExtend<Observable<unknown>>();
    expectTypeOf(deploys.stream('user,query').pipe(sinceLTime(7n))).toEqualTypeOf<
      Observable<UserEvent<Deploy | undefined> | QueryEvent<Deploy | undefined>>
    >();
    expectTypeOf(client.stream('*', { gaps: true }).pipe(sinceLTime(0 as LTime))).toEqualTypeOf<
      Observable<SerfEvent | StreamGap>
    >();
    // @ts-expect-error
    sinceLTime('7');
    // @ts-expect-error
    sinceLTime();
    const handled: { readonly user?: LTime; readonly query?: LTime } = {};
    sinceLTime({ user: handled.user, query: handled.query });
    // @ts-expect-error a single time is needed
    sinceLTime(handled.user);
    // @ts-expect-error no such clock
    sinceLTime({ member: 7 });
  });

  test('coalesceByName', () => {
    const times = { quantum: 3_000, quiescent: 1_000 };
    const versions$ = deploys.stream('user:deploy').pipe(
      coalesceByName(times),
      map(({ payload }) => payload?.version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string | undefined>>();
    expectTypeOf(client.stream('*', { gaps: true }).pipe(coalesceByName(times))).toEqualTypeOf<
      Observable<SerfEvent | StreamGap>
    >();
    // @ts-expect-error both times are needed
    coalesceByName({ quantum: 1 });
    // @ts-expect-error
    coalesceByName();
    // @ts-expect-error members are no events
    client.members().pipe(coalesceByName(times));
  });
});

describe('bufferBounded', () => {
  test('gives what its work does, as concatMap', () => {
    const capacity = 1;
    const users$ = client.stream('user');
    expectTypeOf(users$.pipe(bufferBounded(async ({ name }) => name, { capacity }))).toEqualTypeOf<
      Observable<string>
    >();
    expectTypeOf(users$.pipe(bufferBounded(({ ltime }) => [ltime], { capacity }))).toEqualTypeOf<
      Observable<LTime>
    >();
    expectTypeOf(
      users$.pipe(bufferBounded(({ name }) => (name === 'x' ? of(1) : of('a')), { capacity })),
    ).toEqualTypeOf<Observable<number | string>>();
    expectTypeOf(
      users$.pipe(bufferBounded(({ name }) => (name === 'x' ? EMPTY : Promise.resolve('a')), { capacity })),
    ).toEqualTypeOf<Observable<string>>();
  });

  test('is told of drops', () => {
    const onDrop = (event: UserEvent) => event.name;
    client.stream('user').pipe(bufferBounded(() => EMPTY, { capacity: 1, onDrop }));
    client.stream('user').pipe(
      bufferBounded((event) => of(event), {
        capacity: 1,
        onDrop: (event) => expectTypeOf(event).toEqualTypeOf<UserEvent>(),
      }),
    );
    // @ts-expect-error work is something to subscribe to
    client.stream('user').pipe(bufferBounded(() => 1, { capacity: 1 }));
    // @ts-expect-error queries are no user events
    client.stream('query').pipe(bufferBounded(() => EMPTY, { capacity: 1, onDrop }));
  });
});

describe('mergeAgents', () => {
  test('is typed by its filter, as a stream is', () => {
    expectTypeOf(mergeAgents([client, client], 'user:deploy')).toEqualTypeOf<Observable<UserEvent>>();
    expectTypeOf(mergeAgents([client], 'member-join,query:load')).toEqualTypeOf<
      Observable<MemberEvent<'member-join'> | QueryEvent>
    >();
    expectTypeOf(mergeAgents([client], ['user', 'member-leave'])).toEqualTypeOf<
      Observable<UserEvent | MemberEvent<'member-leave'>>
    >();
    expectTypeOf(mergeAgents([client], '' as string)).toEqualTypeOf<Observable<SerfEvent>>();
    // @ts-expect-error no such kind
    mergeAgents([client], 'deploy');
    // @ts-expect-error a filter is needed
    mergeAgents([client]);
  });

  test('has the payloads of its agents, or of a codec', () => {
    type Payload = Deploy | undefined;
    expectTypeOf(mergeAgents([deploys, deploys], 'user')).toEqualTypeOf<Observable<UserEvent<Payload>>>();
    expectTypeOf(mergeAgents([deploys], '*', { window: 1 })).toEqualTypeOf<Observable<SerfEvent<Payload>>>();
    expectTypeOf(mergeAgents([client], 'user', { codec: utf8() })).toEqualTypeOf<
      Observable<UserEvent<string | undefined>>
    >();
    // @ts-expect-error agents of different payloads
    mergeAgents([client, deploys], 'user');
    // @ts-expect-error
    mergeAgents([client, deploys], 'user', { window: 1 });
    // @ts-expect-error
    mergeAgents([client, deploys], 'user', { codec: undefined });
    const texts$ = mergeAgents([client, deploys], 'user:deploy', { codec: utf8(), window: 1 });
    expectTypeOf(texts$).toEqualTypeOf<Observable<UserEvent<string | undefined>>>();
    // @ts-expect-error no such kind
    mergeAgents([client, deploys], 'deploy', { codec: utf8() });
  });

  test('takes anything that is a Serf', () => {
    const serfs: readonly Serf<string>[] = [];
    expectTypeOf(mergeAgents(serfs, 'query')).toEqualTypeOf<Observable<QueryEvent<string>>>();
    const texts = connect('agent', { codec: utf8() });
    expectTypeOf(mergeAgents([texts, fakeSerf({ codec: utf8() })], 'user')).toEqualTypeOf<
      Observable<UserEvent<string | undefined>>
    >();
    // @ts-expect-error one is a list of one
    mergeAgents(client, 'user');
    // @ts-expect-error streams are no agents
    mergeAgents([client.stream('user')], 'user');
  });

  test('options', () => {
    mergeAgents([client], '*', { timeout: 1, window: 1, forget: 1 });
    mergeAgents([client], '*', {
      onLost: (error, index) => {
        expectTypeOf(error).toEqualTypeOf<unknown>();
        expectTypeOf(index).toEqualTypeOf<number>();
      },
      onGap: (gap, index) => {
        expectTypeOf(gap).toEqualTypeOf<StreamGap>();
        expectTypeOf(index).toEqualTypeOf<number>();
      },
    });
    // @ts-expect-error the merged stream has no gaps that could be known
    mergeAgents([client], '*', { gaps: true });
  });

  test('goes on as a stream', () => {
    const versions$ = mergeAgents([deploys, deploys], 'user:deploy').pipe(
      sinceLTime(7),
      coalesceByName({ quantum: 2, quiescent: 1 }),
      map(({ payload }) => payload?.version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string | undefined>>();
  });
});

describe('parseLog', () => {
  test('makes lines of texts', () => {
    expectTypeOf(client.monitor().pipe(parseLog())).toEqualTypeOf<Observable<LogLine>>();
    const levels$ = client.monitor('debug').pipe(
      parseLog(),
      map(({ level }) => level),
    );
    expectTypeOf(levels$).toEqualTypeOf<
      Observable<'trace' | 'debug' | 'info' | 'warn' | 'err' | undefined>
    >();
    // @ts-expect-error events are no texts
    client.stream('*').pipe(parseLog());
    // @ts-expect-error
    of(1).pipe(parseLog());
    // @ts-expect-error takes nothing
    parseLog('info');
  });
});
