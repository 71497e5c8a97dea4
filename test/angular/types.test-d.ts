import type { EnvironmentProviders, Signal } from '@angular/core';
import { type Observable, of } from 'rxjs';
import {
  type ConnectionStatus,
  connect,
  json,
  type LogLine,
  type Member,
  type MemberEvent,
  type SerfError,
  type SerfEvent,
  type StreamGap,
  type UserEvent,
  utf8,
} from 'rxserf';
import {
  injectConnection,
  injectEvents,
  injectLogLines,
  injectMembers,
  injectSerf,
  injectSerfAction,
  injectSerfQuery,
  type Live,
  type LiveFeed,
  type LiveStatus,
  live,
  provideSerf,
  type SerfQuery,
  type SerfSurface,
  serfToken,
} from 'rxserf/angular';
import { provideFakeSerf } from 'rxserf/angular/testing';
import { EmbeddedCluster } from 'rxserf/embedded';
import { fakeSerf } from 'rxserf/testing';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Deploy {
  readonly version: string;
}
const EU = serfToken<Deploy | undefined>('EU');

describe('provideSerf', () => {
  test('an address, options, a factory', () => {
    expectTypeOf(provideSerf('wss://a/serf')).toEqualTypeOf<EnvironmentProviders>();
    provideSerf();
    provideSerf(['wss://a/serf', 'wss://b/serf'], { timeout: 1 });
    provideSerf({ codec: utf8() });
    provideSerf('wss://a/serf', { codec: json<Deploy>(), token: EU });
    provideSerf(() => connect('a'));
    provideSerf(() => connect('a', { codec: json<Deploy>() }), { token: EU });
    provideSerf(() => new EmbeddedCluster().node('n1'));
    // @ts-expect-error
    provideSerf(7);
    // @ts-expect-error no such option
    provideSerf('a', { tiemout: 1 });
    // @ts-expect-error a factory has its own options
    provideSerf(() => connect('a'), { timeout: 1 });
    // @ts-expect-error no Serf
    provideSerf(() => 7);
  });

  test('a token has the type of its cluster’s payloads', () => {
    // @ts-expect-error texts are no deploys
    provideSerf('a', { token: EU, codec: utf8() });
    // @ts-expect-error bytes are none either
    provideSerf('a', { token: EU });
    // @ts-expect-error
    provideSerf(() => connect('a'), { token: EU });
    provideFakeSerf(fakeSerf({ codec: json<Deploy>() }), { token: EU });
    // @ts-expect-error
    provideFakeSerf(fakeSerf(), { token: EU });
  });
});

describe('injectSerf', () => {
  test('payloads by the token, else unknown', () => {
    expectTypeOf(injectSerf()).toEqualTypeOf<SerfSurface<unknown, never>>();
    injectSerf().event('deploy', { version: '1' }, { codec: json<Deploy>() });
    injectSerf().event('ping');
    // @ts-expect-error nobody knows what its codec takes
    injectSerf().event('deploy', { version: '1' });
    // @ts-expect-error likewise
    injectSerf().query('load', 'now');
    expectTypeOf(injectSerf(EU)).toEqualTypeOf<SerfSurface<Deploy | undefined>>();
    expectTypeOf(injectSerf(EU).stream('user:a')).toEqualTypeOf<Observable<UserEvent<Deploy | undefined>>>();
    // @ts-expect-error a type comes from a token
    injectSerf<Deploy>();
  });
});

describe('live', () => {
  test('the value by the stream and the initial one, the parameters by params', () => {
    expectTypeOf(live({ stream: () => of(1), initial: 0 })).toEqualTypeOf<Live<number>>();
    expectTypeOf(live({ stream: () => of(1), initial: undefined })).toEqualTypeOf<Live<number | undefined>>();
    expectTypeOf(live({ stream: (serf) => serf.members(), initial: [] })).toEqualTypeOf<Live<Member[]>>();
    expectTypeOf(
      live({
        params: () => 'a' as string | undefined,
        stream: (serf, node) => {
          expectTypeOf(node).toEqualTypeOf<string>();
          return serf.coordinate(node);
        },
        initial: null,
      }).value()?.height,
    ).toEqualTypeOf<number | undefined>();
    live({
      token: EU,
      stream: (serf) => serf.stream('user'),
      initial: undefined,
    }).value()?.payload?.version;
    // @ts-expect-error nobody knows what the codec of the cluster takes
    live({ stream: (serf) => serf.query('load', 7), initial: undefined });
    // @ts-expect-error an initial value is needed
    live({ stream: () => of(1) });
    // @ts-expect-error
    live({ stream: () => 1, initial: 0 });
  });

  test('its parts', () => {
    const value = live({ stream: () => of(1), initial: 0 });
    expectTypeOf(value.status).toEqualTypeOf<Signal<LiveStatus>>();
    expectTypeOf(value.error).toEqualTypeOf<Signal<SerfError | undefined>>();
    expectTypeOf(value.since).toEqualTypeOf<Signal<number>>();
    // @ts-expect-error it is not for writing
    value.value.set(1);
  });
});

describe('injectMembers', () => {
  test('patterns, a function of them, a predicate by a function', () => {
    expectTypeOf(injectMembers()).toEqualTypeOf<Live<ReadonlyMap<string, Member>>>();
    injectMembers({ status: 'alive' });
    injectMembers(() => ({ tags: { role: 'web' } }));
    injectMembers(() => undefined);
    injectMembers(() => (member: Member) => member.status === 'alive');
    injectMembers(undefined, { token: EU });
    // @ts-expect-error a predicate would be taken for the function that gives one
    injectMembers((member: Member) => member.status === 'alive');
    // @ts-expect-error
    injectMembers('alive');
    // @ts-expect-error
    injectMembers({ role: 'web' });
  });
});

describe('injectEvents', () => {
  test('typed by the filter, as it is or given by a function', () => {
    expectTypeOf(injectEvents('user:a')).toEqualTypeOf<LiveFeed<UserEvent<unknown>>>();
    expectTypeOf(injectEvents('member-join,user:a')).toEqualTypeOf<
      LiveFeed<MemberEvent<'member-join'> | UserEvent<unknown>>
    >();
    expectTypeOf(injectEvents(['member-failed'])).toEqualTypeOf<LiveFeed<MemberEvent<'member-failed'>>>();
    expectTypeOf(injectEvents(() => 'user:a')).toEqualTypeOf<LiveFeed<UserEvent<unknown>>>();
    expectTypeOf(injectEvents(() => '' as string)).toEqualTypeOf<LiveFeed<SerfEvent<unknown, never>>>();
    expectTypeOf(injectEvents(() => undefined as 'user' | undefined)).toEqualTypeOf<
      LiveFeed<UserEvent<unknown>>
    >();
    // @ts-expect-error
    injectEvents('nope');
    // @ts-expect-error
    injectEvents(() => 'nope');
  });

  test('payloads by a codec or a token, and from nowhere else', () => {
    expectTypeOf(injectEvents('user', { codec: json<Deploy>() })).toEqualTypeOf<
      LiveFeed<UserEvent<Deploy | undefined>>
    >();
    expectTypeOf(injectEvents('user', { token: EU, keep: 1 })).toEqualTypeOf<
      LiveFeed<UserEvent<Deploy | undefined>>
    >();
    expectTypeOf(injectEvents('user', { gaps: true })).toEqualTypeOf<
      LiveFeed<UserEvent<unknown> | StreamGap>
    >();
    // @ts-expect-error
    injectEvents<'user', Deploy>('user');
  });
});

describe('the others', () => {
  test('lines, connection', () => {
    expectTypeOf(injectLogLines()).toEqualTypeOf<LiveFeed<LogLine>>();
    expectTypeOf(injectConnection()).toEqualTypeOf<Signal<ConnectionStatus>>();
    // @ts-expect-error
    injectLogLines('loud');
  });

  test('queries: payloads by a codec or a token', () => {
    expectTypeOf(injectSerfQuery({ codec: utf8() })).toEqualTypeOf<SerfQuery<string | undefined>>();
    expectTypeOf(injectSerfQuery({ token: EU })).toEqualTypeOf<SerfQuery<Deploy | undefined>>();
    expectTypeOf(injectSerfQuery()).toEqualTypeOf<SerfQuery<unknown, never>>();
    // @ts-expect-error nobody knows what the codec of the cluster takes
    injectSerfQuery().ask('a', 7);
    injectSerfQuery({ token: EU }).ask('a', { version: '1' });
    // @ts-expect-error
    injectSerfQuery({ token: EU }).ask('a', 7);
    // @ts-expect-error
    injectSerfQuery<Deploy>();
  });

  test('actions: arguments and result by the function', () => {
    const join = injectSerfAction((serf, address: string, replay?: boolean) =>
      serf.join(address, { ...(replay !== undefined && { replay }) }),
    );
    expectTypeOf(join.run).parameters.toEqualTypeOf<[address: string, replay?: boolean | undefined]>();
    join.run('a');
    join.run('a', true);
    expectTypeOf(join.result).toEqualTypeOf<Signal<number | undefined>>();
    // @ts-expect-error
    join.run(7);
    injectSerfAction((serf, deploy: Deploy) => serf.event('deploy', deploy), { token: EU });
    // @ts-expect-error not its payload
    injectSerfAction((serf) => serf.event('deploy', 7), { token: EU });
    injectSerfAction((serf, deploy: Deploy) => serf.event('deploy', deploy, { codec: json<Deploy>() }));
    // @ts-expect-error nobody knows what the codec of the cluster takes
    injectSerfAction((serf) => serf.event('deploy', 7));
    // @ts-expect-error nothing to run
    injectSerfAction(() => 7);
  });
});
