import type { Observable } from 'rxjs';
import {
  type Codec,
  connect,
  json,
  type MemberEvent,
  type QueryEvent,
  type Serf,
  type SerfClient,
  type UserEvent,
  utf8,
} from 'rxserf';
import {
  ack,
  type FakeRequest,
  type FakeSerf,
  fakeSerf,
  member,
  memberEvent,
  queryEvent,
  response,
  type SerfMarbles,
  type SerfSurface,
  serfMarbles,
  userEvent,
} from 'rxserf/testing';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Deploy {
  readonly version: string;
}

const bytes = fakeSerf();
const deploys = fakeSerf({ codec: json<Deploy>() });
const texts = fakeSerf({ codec: utf8() });

describe('a fake', () => {
  test('has the payloads of its codec', () => {
    expectTypeOf(bytes).toEqualTypeOf<FakeSerf<Uint8Array>>();
    expectTypeOf(deploys).toEqualTypeOf<FakeSerf<Deploy | undefined>>();
    expectTypeOf(deploys.codec).toEqualTypeOf<Codec<Deploy | undefined>>();
    // @ts-expect-error a fake of texts needs a codec
    fakeSerf<string>({});
  });

  test('is what code takes that takes a Serf, or all of a client but its privacy', () => {
    expectTypeOf(texts).toExtend<Serf<string | undefined>>();
    expectTypeOf(texts).toExtend<SerfSurface<string | undefined>>();
    expectTypeOf(connect('a', { codec: utf8() })).toExtend<SerfSurface<string | undefined>>();
    expectTypeOf<keyof SerfClient>().toEqualTypeOf<keyof SerfSurface>();
  });

  test('streams are typed by filter, codec and gaps, as those of a client', () => {
    const client = connect('a', { codec: utf8() });
    const gaps = { gaps: true } as const;

    expectTypeOf(texts.stream('user')).toEqualTypeOf(client.stream('user'));
    expectTypeOf(texts.stream('member-join,query:a')).toEqualTypeOf(client.stream('member-join,query:a'));
    expectTypeOf(texts.stream('user', gaps)).toEqualTypeOf(client.stream('user', gaps));
    expectTypeOf(texts.stream('user', { codec: json<1>() })).toEqualTypeOf<
      Observable<UserEvent<1 | undefined>>
    >();
    // @ts-expect-error no such event
    texts.stream('usr');
  });
});

describe('events', () => {
  test('have a payload of the type that the fake has', () => {
    texts.emit(userEvent('deploy', 'v1'), queryEvent('load', undefined), memberEvent('member-join', 'n1'));
    deploys.emit(userEvent('deploy', { version: 'v1' }));
    bytes.emit(userEvent('deploy'), queryEvent('load'));
    // @ts-expect-error no number
    texts.emit(userEvent('deploy', 1));
    // @ts-expect-error no bytes either
    texts.emit(userEvent('deploy'));
    // @ts-expect-error another shape
    deploys.emit(userEvent('deploy', { v: 1 }));
  });

  test('are what they say', () => {
    expectTypeOf(userEvent('e')).toEqualTypeOf<UserEvent>();
    expectTypeOf(userEvent('e', 1)).toEqualTypeOf<UserEvent<number>>();
    expectTypeOf(queryEvent('e', 1)).toEqualTypeOf<QueryEvent<number>>();
    expectTypeOf(memberEvent('member-join')).toEqualTypeOf<MemberEvent<'member-join'>>();
    // @ts-expect-error no such event
    memberEvent('member-exploded', 'n1');
    // @ts-expect-error the name comes first
    member('n1', { name: 'n2' });
  });
});

describe('answers', () => {
  test('are of the command', () => {
    texts.reply('members', [member('n1')], []);
    texts.reply('event');
    texts.reply('leave', undefined);
    texts.reply('join', 1, new Error('no'));
    texts.reply('coordinate', null);
    texts.reply('query:load', [ack('n1'), response('n1', 'yes')]);
    texts.reply('event', ({ name }) => texts.emit(userEvent(name, 'x')));
    // @ts-expect-error not "ok"
    texts.reply('members');
    // @ts-expect-error no members
    texts.reply('members', 7);
    // @ts-expect-error no payload of this fake
    texts.reply('query', [response('n1', 7)]);
    // @ts-expect-error no such command
    texts.reply('reboot');
    // @ts-expect-error streams are not answered
    texts.reply('stream');
  });

  test('as functions know what is asked', () => {
    texts.reply('members', (request) => {
      expectTypeOf(request).toEqualTypeOf<FakeRequest<'members'>>();
      return [];
    });
    texts.reply('query:load', (request) => {
      expectTypeOf(request.filterTags).toEqualTypeOf<Readonly<Record<string, string>> | undefined>();
      return [];
    });
    fakeSerf({ replies: { join: ({ addresses }) => addresses.length, 'query:load': [], event: undefined } });
    // @ts-expect-error joins are counted
    fakeSerf({ replies: { join: 'all' } });
  });

  test('requests are told apart by command', () => {
    const [request] = texts.requests;
    if (request?.command === 'forceLeave') expectTypeOf(request.node).toEqualTypeOf<string>();
    if (request?.command === 'stop') expectTypeOf(request.subject).toEqualTypeOf<string>();
  });
});

test('a story', () => {
  serfMarbles((kit) => {
    expectTypeOf(kit).toEqualTypeOf<SerfMarbles<Uint8Array>>();
  });
  serfMarbles(
    ({ serf, events, on, expectCommands }) => {
      expectTypeOf(serf).toEqualTypeOf<FakeSerf<string | undefined>>();
      events('a', { a: userEvent('deploy', 'v1') });
      on('event', 'k');
      on('members', ['m', '#'], { m: [member('n1')] });
      on('query:load', 'r|', { r: response('n1', 'yes') });
      expectCommands('a', { a: { command: 'event', name: 'deploy' } });
      // @ts-expect-error no payload of this story
      events('a', { a: userEvent('deploy', 1) });
      // @ts-expect-error no members
      on('members', 'm', { m: 1 });
      // @ts-expect-error an event has no filter
      expectCommands('a', { a: { command: 'event', filter: 'user' } });
    },
    { codec: utf8() },
  );
  // @ts-expect-error a story of texts needs a codec
  serfMarbles<string>(() => {}, {});
});
