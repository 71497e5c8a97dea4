import { filter, map, type Observable, pipe } from 'rxjs';
import {
  connect,
  type EventKind,
  fromNode,
  json,
  type Member,
  type MemberChange,
  type MemberEvent,
  type MemberEventType,
  memberChanges,
  named,
  ofEvent,
  ofStatus,
  type QueryEvent,
  type QueryReply,
  type SerfEvent,
  type StreamGap,
  type UserEvent,
  withTag,
} from 'rxserf';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Deploy {
  readonly version: string;
}

const client = connect('agent', { codec: json<Deploy>() });
type Payload = Deploy | undefined;

describe('ofEvent', () => {
  test('narrows to the kind, and what follows needs no annotation', () => {
    const users$ = client.stream('*').pipe(ofEvent('user'));
    expectTypeOf(users$).toEqualTypeOf<Observable<UserEvent<Payload>>>();
    const versions$ = client.stream('*').pipe(
      ofEvent('user'),
      map((event) => event.payload?.version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string | undefined>>();
    const answers$ = client.stream('*').pipe(
      filter((event) => event.event !== 'user'),
      ofEvent('query'),
      map((query) => query.respond({ version: '1' })),
    );
    expectTypeOf(answers$).toEqualTypeOf<Observable<Observable<void>>>();
  });

  test('narrows to several kinds', () => {
    expectTypeOf(client.stream('*').pipe(ofEvent('query', 'member-join', 'member-leave'))).toEqualTypeOf<
      Observable<QueryEvent<Payload> | MemberEvent<'member-join'> | MemberEvent<'member-leave'>>
    >();
  });

  test('tells gaps from events', () => {
    const events$ = client.stream('*', { gaps: true });
    expectTypeOf(events$.pipe(ofEvent('gap'))).toEqualTypeOf<Observable<StreamGap>>();
    expectTypeOf(events$.pipe(ofEvent('user'))).toEqualTypeOf<Observable<UserEvent<Payload>>>();
    expectTypeOf(events$.pipe(ofEvent('user', 'gap'))).toEqualTypeOf<
      Observable<UserEvent<Payload> | StreamGap>
    >();
  });

  test('narrows one type of several kinds', () => {
    const events$ = {} as Observable<MemberEvent>;
    expectTypeOf(events$.pipe(ofEvent('member-join'))).toEqualTypeOf<
      Observable<MemberEvent<'member-join'>>
    >();
    expectTypeOf(events$.pipe(ofEvent('member-join', 'member-leave'))).toEqualTypeOf<
      Observable<MemberEvent<'member-join' | 'member-leave'>>
    >();
    const two$ = {} as Observable<MemberEvent<'member-join' | 'member-leave'> | UserEvent>;
    expectTypeOf(two$.pipe(ofEvent('member-join', 'member-failed'))).toEqualTypeOf<
      Observable<MemberEvent<'member-join'>>
    >();
  });

  test('keeps what else is in the type', () => {
    const told$ = {} as Observable<SerfEvent & { readonly agent: string }>;
    const joined$ = told$.pipe(
      ofEvent('member-join'),
      map(({ agent, members }) => [agent, members] as const),
    );
    expectTypeOf(joined$).toEqualTypeOf<Observable<readonly [string, readonly Member[]]>>();
    const any$ = {} as Observable<MemberEvent & { readonly agent: string }>;
    any$.pipe(ofEvent('member-join')).subscribe((event) => {
      expectTypeOf(event.agent).toEqualTypeOf<string>();
      expectTypeOf(event.event).toEqualTypeOf<'member-join'>();
    });
  });

  test('leaves a type that is of the kind as it is', () => {
    expectTypeOf(client.stream('user:deploy').pipe(ofEvent('user'))).toEqualTypeOf<
      Observable<UserEvent<Payload>>
    >();
    const kind = '' as EventKind;
    expectTypeOf(client.stream('*').pipe(ofEvent(kind))).toEqualTypeOf<Observable<SerfEvent<Payload>>>();
    expectTypeOf(client.stream('user').pipe(ofEvent('query'))).toEqualTypeOf<Observable<never>>();
  });

  test('is as good in a variable, for all payloads', () => {
    const users = ofEvent('user');
    expectTypeOf(client.stream('*').pipe(users)).toEqualTypeOf<Observable<UserEvent<Payload>>>();
    expectTypeOf(connect().stream('*').pipe(users)).toEqualTypeOf<Observable<UserEvent>>();
    const names = pipe(
      ofEvent('user')<SerfEvent>,
      map(({ name }) => name),
    );
    expectTypeOf(names(connect().stream('*'))).toEqualTypeOf<Observable<string>>();
    const generic = <P>(events$: Observable<SerfEvent<P>>) =>
      events$.pipe(
        ofEvent('user'),
        map(({ payload }) => payload),
      );
    expectTypeOf(generic(client.stream('*'))).toEqualTypeOf<Observable<Payload>>();
  });

  test('takes kinds, at least one', () => {
    // @ts-expect-error no such kind
    ofEvent('deploy');
    // @ts-expect-error one of two
    ofEvent('user', 'member-gone');
    // @ts-expect-error a filter is no kind
    ofEvent('user:deploy');
    // @ts-expect-error none
    ofEvent();
    // @ts-expect-error a list
    ofEvent(['user']);
    // @ts-expect-error not a thing with an event
    client.membership().pipe(ofEvent('user'));
  });
});

describe('named', () => {
  test('leaves what has a name', () => {
    expectTypeOf(client.stream('*', { gaps: true }).pipe(named('deploy'))).toEqualTypeOf<
      Observable<UserEvent<Payload> | QueryEvent<Payload>>
    >();
    const versions$ = client.stream('*').pipe(
      named(/^deploy/),
      map(({ payload }) => payload?.version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string | undefined>>();
    const both$ = client.stream('*').pipe(
      ofEvent('query'),
      named('load'),
      map((query) => query.respond()),
    );
    expectTypeOf(both$).toEqualTypeOf<Observable<Observable<void>>>();
    expectTypeOf(client.stream('member-join').pipe(named('n1'))).toEqualTypeOf<Observable<never>>();
  });

  test('of members and their changes too', () => {
    expectTypeOf(client.membership().pipe(memberChanges(), named('n1'))).toEqualTypeOf<
      Observable<MemberChange>
    >();
    expectTypeOf(({} as Observable<Member>).pipe(named('n1'))).toEqualTypeOf<Observable<Member>>();
  });

  test('takes a text or a RegExp', () => {
    // @ts-expect-error
    named();
    // @ts-expect-error
    named(7);
    // @ts-expect-error
    named('a', 'b');
  });
});

describe('withTag, ofStatus, fromNode', () => {
  test('leave the type as it is', () => {
    const web = withTag('role', 'web');
    type Snapshot = ReadonlyMap<string, Member>;
    expectTypeOf(client.membership().pipe(web)).toEqualTypeOf<Observable<Snapshot>>();
    expectTypeOf(client.members().pipe(web)).toEqualTypeOf<Observable<Member[]>>();
    expectTypeOf(({} as Observable<Member>).pipe(web)).toEqualTypeOf<Observable<Member>>();
    expectTypeOf(client.stream('member-join').pipe(web)).toEqualTypeOf<
      Observable<MemberEvent<'member-join'>>
    >();
    expectTypeOf(({} as Observable<MemberEvent<MemberEventType>>).pipe(web)).toEqualTypeOf<
      Observable<MemberEvent>
    >();
    expectTypeOf(client.stream('member-join,member-leave').pipe(ofStatus('alive', 'left'))).toEqualTypeOf<
      Observable<MemberEvent<'member-join'> | MemberEvent<'member-leave'>>
    >();
    const sizes$ = client.membership().pipe(
      withTag('role'),
      ofStatus('alive'),
      fromNode(/^web-/),
      map((members) => members.size),
    );
    expectTypeOf(sizes$).toEqualTypeOf<Observable<number>>();
  });

  test('let gaps pass', () => {
    type JoinOrGap = MemberEvent<'member-join'> | StreamGap;
    const events$ = client.stream('member-join', { gaps: true });
    expectTypeOf(events$.pipe(withTag('role'))).toEqualTypeOf<Observable<JoinOrGap>>();
    expectTypeOf(events$.pipe(ofStatus('alive'))).toEqualTypeOf<Observable<JoinOrGap>>();
    expectTypeOf(events$.pipe(fromNode('n1'))).toEqualTypeOf<Observable<JoinOrGap>>();
  });

  test('fromNode: of replies', () => {
    expectTypeOf(client.query('load').pipe(fromNode('n1'))).toEqualTypeOf<Observable<QueryReply<Payload>>>();
    const payloads$ = client.query('load').pipe(
      filter((reply) => reply.type === 'response'),
      fromNode(/^web-/),
      map(({ payload }) => payload?.version),
    );
    expectTypeOf(payloads$).toEqualTypeOf<Observable<string | undefined>>();
  });

  test('take what carries members', () => {
    // @ts-expect-error user events are among them
    client.stream('*').pipe(withTag('role'));
    // @ts-expect-error
    client.stream('user').pipe(ofStatus('alive'));
    // @ts-expect-error
    client.query('load').pipe(withTag('role'));
    // @ts-expect-error nobody says from where a user event is
    client.stream('user').pipe(fromNode('n1'));
  });

  test('misuse', () => {
    // @ts-expect-error
    withTag();
    // @ts-expect-error
    withTag('port', 7);
    // @ts-expect-error
    withTag(/role/);
    // @ts-expect-error none
    ofStatus();
    // @ts-expect-error no such status
    ofStatus('dead');
    // @ts-expect-error
    ofStatus(['alive']);
    // @ts-expect-error
    fromNode();
  });
});
