import { map, type Observable, retry, Subscriber, Subscription, switchMap, take, tap } from 'rxjs';
import { json, type SerfEvent, utf8 } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  failure,
  marbles,
  marblesWith,
  member,
  memberEvent,
  members,
  record,
  records,
  refuse,
  reply,
  request,
  together,
  userEvent,
} from './kit/index.ts';

// Events. Subscribers of the same filter share one stream of the agent's; because an agent can crash when it is told to
// stop a stream while events flow, one that nobody listens to is silenced here, and stopped when it has been silent for
// a second.

const user = request('stream', 1, { Type: 'user' });
const stop = request('stop', 2, { Stop: 1 });

/** Just the payloads, so that diagrams have the same letters on both sides. */
function payloads(events$: Observable<{ payload?: unknown }>): Observable<unknown> {
  return events$.pipe(map(({ payload }) => payload));
}

describe('a stream', () => {
  marbles('emits events from the answer on, until unsubscribed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^------------!            ';
    const sent = '     -u----------- 1s s        ';
    const says = '     ---sa--(bc)-- 1s -t       ';
    const expected = ' ----a--(bc)--            ';

    expectObservable(payloads(client.stream('user')), sub).toBe(expected);
    agent.says(says, {
      s: reply('stream'),
      ...records('stream', 'abc', userEvent),
      t: reply('stop'),
    });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles('never ends by itself, though nothing happens', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u        ';
    const says = '     ---s      ';
    const expected = ' ----------';

    expectObservable(client.stream('user')).toBe(expected);
    agent.says(says, { s: reply('stream') });
    agent.expectSent(sent, { u: user });
  });

  marbles('gives whole events, of every kind', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -a     ';
    const says = '     ---sumn';
    const expected = ' ----umn';

    expectObservable(client.stream('*')).toBe(expected, {
      u: { event: 'user', name: 'deploy', ltime: 7, payload: 'v42', coalesce: false },
      m: { event: 'member-join', members: [member('n1'), member('n2')] },
      n: { event: 'member-reap', members: [] },
    });
    agent.says(says, {
      s: reply('stream'),
      u: record('stream', userEvent('v42', 'deploy', 7)),
      m: record('stream', memberEvent('member-join', 'n1', 'n2')),
      n: record('stream', memberEvent('member-reap')),
    });
    agent.expectSent(sent, { a: request('stream', 1, { Type: '*' }) });
  });

  marbles(
    'errors for all subscribers when it is refused, and may be tried again',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '     ^          ';
      const sub2 = '     --^        ';
      const sub3 = '     -------^   ';
      const sent = '     -u-----v   ';
      const says = '     -----x---sa';
      const expected1 = '-----#     ';
      const expected3 = '----------a';
      const refused = failure('AgentError', 'invalid-filter', {
        message: 'Invalid event filter',
        command: 'stream',
      });

      const payloads$ = payloads(client.stream('user'));
      expectObservable(payloads$, sub1).toBe(expected1, undefined, refused);
      expectObservable(payloads$, sub2).toBe(expected1, undefined, refused);
      expectObservable(payloads$, sub3).toBe(expected3);
      agent.says(says, {
        x: refuse('stream', 'Invalid event filter'),
        s: reply('stream'),
        ...records('stream', 'a', userEvent),
      });
      agent.expectSent(sent, { u: user, v: request('stream', 2, { Type: 'user' }) });
    },
  );

  marbles(
    'errors for whoever has waited 10 s for it to be accepted; others go on waiting',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '     ^                 ';
      const sub2 = '     -- 5s ^           ';
      const sub3 = '     -- 5s ^           ';
      const sent = '     -u                ';
      const says = '     -- 9998ms ----sa  ';
      const expected1 = '-- 9998ms #       ';
      const expected2 = '-- 9998ms -----a  ';
      const expected3 = '-- 5300ms #       ';
      const timedOut = (timeout: number) =>
        failure('RequestTimeoutError', 'request-timeout', { command: 'stream', timeout });

      expectObservable(client.stream('user'), sub1).toBe(expected1, undefined, timedOut(10_000));
      expectObservable(payloads(client.stream('user')), sub2).toBe(expected2);
      expectObservable(client.stream('user', { timeout: 300 }), sub3).toBe(
        expected3,
        undefined,
        timedOut(300),
      );
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      agent.expectSent(sent, { u: user });
    },
  );

  marbles(
    'that is accepted too late for all is stopped when it has been silent for 1 s',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -u 9998ms ---- 1s s  ';
      const says = '     -- 9998ms ----s 1s t ';
      const expected = ' -- 9998ms #          ';

      expectObservable(client.stream('user')).toBe(
        expected,
        undefined,
        failure('RequestTimeoutError', 'request-timeout', { command: 'stream', timeout: 10_000 }),
      );
      agent.says(says, { s: reply('stream'), t: reply('stop') });
      agent.expectSent(sent, { u: user, s: stop });
    },
  );

  marbles('has no end of time once it is accepted', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---s 60s a';
    const expected = ' ---- 60s a';

    expectObservable(payloads(client.stream('user'))).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
  });

  marbles(
    'is not asked for by a subscriber that has gone already, but by the next one',
    ({ agent, connect, acts, expectObservable }) => {
      const client = connect();
      const sub = '      ---^----!          ';
      const sent = '     ----u--- 1s s      ';
      const says = '     ------sa 1s -t     ';
      const expected = ' -------a           ';

      acts('-x', {
        x: () => {
          const gone = new Subscriber<unknown>();
          gone.unsubscribe();
          client.stream('user').subscribe(gone);
        },
      });
      expectObservable(payloads(client.stream('user')), sub).toBe(expected);
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent), t: reply('stop') });
      agent.expectSent(sent, { u: user, s: stop });
    },
  );
});

describe('streams with the same filter', () => {
  marbles('are one, whoever joins or leaves', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^-------!            ';
    const sub2 = '     --^-------!          ';
    const sub3 = '     -------^----!        ';
    const sent = '     -u---------- 1s s    ';
    const says = '     ---sa-b-c-d- 1s -t   ';
    const expected1 = '----a-b---           ';
    const expected2 = '----a-b-c-           ';
    const expected3 = '--------c-d-         ';

    const payloads$ = payloads(client.stream('user'));
    expectObservable(payloads$, sub1).toBe(expected1);
    expectObservable(payloads$, sub2).toBe(expected2);
    expectObservable(payloads$, sub3).toBe(expected3);
    agent.says(says, { s: reply('stream'), ...records('stream', 'abcd', userEvent), t: reply('stop') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles('are one, however the filter is written', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u     ';
    const says = '     ---sa-b';
    const expected = ' ----a-b';

    expectObservable(payloads(client.stream('user,query:load') as never)).toBe(expected);
    expectObservable(payloads(client.stream('query:load,user') as never)).toBe(expected);
    expectObservable(payloads(client.stream(['user', 'query:load', 'user:deploy']) as never)).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'ab', userEvent) });
    agent.expectSent(sent, { u: request('stream', 1, { Type: 'query:load,user' }) });
  });

  marbles('are others than streams with another one', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^---------!            ';
    const sub2 = '     ^                      ';
    const sent = '     -(uv)----- 1s s        ';
    const says = '     ----(st)a-b- 1s -x     ';
    const expected1 = '--------a-             ';
    const expected2 = '----------b            ';

    expectObservable(payloads(client.stream('user')), sub1).toBe(expected1);
    expectObservable(payloads(client.stream('user:deploy')), sub2).toBe(expected2);
    agent.says(says, {
      s: reply(1),
      t: reply(2),
      a: record(1, userEvent('a')),
      b: record(2, userEvent('b')),
      x: reply('stop'),
    });
    agent.expectSent(sent, {
      u: user,
      v: request('stream', 2, { Type: 'user:deploy' }),
      s: request('stop', 3, { Stop: 1 }),
    });
  });

  marbles('give the same event object to all with the same codec', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sa ';
    const expected = ' ----v ';
    const other = utf8();
    const seen: unknown[] = [];
    const noted = (events$: Observable<SerfEvent<unknown>>) => events$.pipe(tap((event) => seen.push(event)));

    expectObservable(noted(client.stream('user'))).toBe(expected, { v: expect.anything() });
    expectObservable(noted(client.stream('user', { codec: other }))).toBe(expected, { v: expect.anything() });
    expectObservable(noted(client.stream('user'))).toBe(expected, { v: expect.anything() });
    expectObservable(
      noted(client.stream('user', { codec: other })).pipe(
        map(() => seen.map((event) => seen.indexOf(event))),
      ),
    ).toBe(expected, { v: [0, 0, 2, 2] });
    agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
  });
});

describe('a stream that nobody listens to any more', () => {
  marbles('is stopped when it has been silent for 1 s', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^-------!               ';
    const sent = '     -u------ 1s s           ';
    const says = '     ---s-a-- 1s -t          ';
    const expected = ' -----a--                ';

    expectObservable(payloads(client.stream('user')), sub).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent), t: reply('stop') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles('is kept, and silenced, while it is busy', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^-------!                                ';
    const sent = '     -u------ 3s                s             ';
    const says = '     ---s-a-- 500ms b 998ms c 2s t            ';
    const expected = ' -----a--                                 ';

    expectObservable(payloads(client.stream('user')), sub).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'abc', userEvent), t: reply('stop') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles('is taken up by the next subscriber, without a request', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^----!                       ';
    const sub2 = '     ----- 999ms ^--!             ';
    const sent = '     -u--- 999ms --- 1s s         ';
    const says = '     ---sa 500ms b 498ms -c- 1s -t';
    const expected1 = '----a                        ';
    const expected2 = '----- 999ms -c-              ';

    const payloads$ = payloads(client.stream('user'));
    expectObservable(payloads$, sub1).toBe(expected1);
    expectObservable(payloads$, sub2).toBe(expected2);
    agent.says(says, { s: reply('stream'), ...records('stream', 'abc', userEvent), t: reply('stop') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles('is asked for anew by a subscriber after that', ({ agent, connect, expectObservable }) => {
    const client = connect({ linger: 5 });
    const sub1 = '     ^----!          ';
    const sub2 = '     -----------^    ';
    const sent = '     -u--------sv    ';
    const says = '     ---sa-------t-rb';
    const expected1 = '----a           ';
    const expected2 = '---------------b';

    const payloads$ = payloads(client.stream('user'));
    expectObservable(payloads$, sub1).toBe(expected1);
    expectObservable(payloads$, sub2).toBe(expected2);
    agent.says(says, {
      s: reply('stream'),
      t: reply('stop'),
      r: reply('stream'),
      ...records('stream', 'ab', userEvent),
    });
    agent.expectSent(sent, { u: user, s: stop, v: request('stream', 3, { Type: 'user' }) });
  });

  marbles('may have records after its stop: they are swallowed', ({ agent, connect, expectObservable }) => {
    const client = connect({ linger: 5 });
    const sub1 = '     ^---!           ';
    const sub2 = '     ----------^     ';
    const sent = '     -u-------sm     ';
    const says = '     ---s--------x   ';
    const expected1 = '----            ';
    const expected2 = '------------(m|)';

    expectObservable(client.stream('user'), sub1).toBe(expected1);
    expectObservable(client.members(), sub2).toBe(expected2, { m: [member('n1')] });
    agent.says(says, {
      s: reply('stream'),
      x: together(
        record(1, userEvent('a')),
        reply('stop'),
        record(1, memberEvent('member-join', 'n1')),
        record(1, userEvent('b')),
        reply('members', members('n1')),
      ),
    });
    agent.expectSent(sent, { u: user, s: stop, m: request('members', 3) });
  });

  marbles('is stopped only after it was accepted', ({ agent, connect, expectObservable }) => {
    const client = connect({ linger: 5 });
    const sub = '      ^---!           ';
    const sent = '     -u-------------s ';
    const says = '     ----------s-----t';
    const expected = ' ----------------';

    expectObservable(client.stream('user'), sub).toBe(expected);
    agent.says(says, { s: reply('stream'), t: reply('stop') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marblesWith({ greets: false })(
    'is not even asked for if there is no connection yet',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub = '      ^---!          ';
      const sent = '     h              ';
      const connected = '^---!          ';
      const expected = ' ---------------';

      expectObservable(client.stream('user'), sub).toBe(expected);
      agent.expectSent(sent, { h: request('handshake', 0, { Version: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('a record', () => {
  marbles('that makes no sense is reported, and ends nothing', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sa-x-y-z-b';
    const expected = ' ----a-------b';
    const dropped = '  ------x-y-z--';
    const report = {
      cause: 'malformed',
      count: 1,
      subject: 'user',
      error: failure('ProtocolError', 'unexpected-shape'),
    };

    expectObservable(payloads(client.stream('user'))).toBe(expected);
    expectObservable(payloads(client.stream('user', { codec: json() }))).toBe(expected, {
      a: undefined,
      b: undefined,
    });
    expectObservable(client.dropped$).toBe(dropped, { x: report, y: report, z: report });
    agent.says(says, {
      s: reply('stream'),
      ...records('stream', 'ab', userEvent),
      x: record('stream', 'not a map'),
      y: record('stream', { Event: 'solar-eclipse' }),
      z: record('stream', { ...userEvent('c'), Name: 5 }),
    });
  });

  marbles(
    'whose payload does not decode is an event all the same',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---sa-b';
      const expected1 = '----a-b';
      const expected2 = '----x-y';
      const rawPayload = new TextEncoder().encode('a');
      const payloadError = failure('SerfError', 'payload-undecodable', { cause: expect.any(SyntaxError) });
      const event = { event: 'user', name: 'deploy', ltime: 1, coalesce: false };

      expectObservable(payloads(client.stream('user'))).toBe(expected1, { a: 'a', b: '{}' });
      expectObservable(client.stream('user', { codec: json() })).toBe(expected2, {
        x: { ...event, payload: undefined, payloadError, rawPayload },
        y: { ...event, payload: {} },
      });
      agent.says(says, {
        s: reply('stream'),
        a: record('stream', userEvent('a')),
        b: record('stream', userEvent('{}')),
      });
    },
  );
});

describe('a subscriber, when an event comes,', () => {
  marbles('may unsubscribe', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u-- 1s s  ';
    const says = '     ---sa 1s -t';
    const expected = ' ----(a|)   ';

    expectObservable(payloads(client.stream('user')).pipe(take(1))).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent), t: reply('stop') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles(
    'may unsubscribe another: that one hears nothing more',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect();
      const sub = '      ab     ';
      const says = '     ---sa-b';
      const expected = ' ----a-b';

      const payloads$ = payloads(client.stream('user'));
      const other = new Subscription();
      const heard: unknown[] = [];
      expectObservable(payloads$.pipe(tap(() => other.unsubscribe()))).toBe(expected);
      acts(sub, { a: () => {}, b: () => other.add(payloads$.subscribe((payload) => heard.push(payload))) });
      agent.says(says, { s: reply('stream'), ...records('stream', 'ab', userEvent) });
      acts('             -------x', { x: () => expect(heard).toEqual([]) });
    },
  );

  marbles('may subscribe: the new one begins with the next event', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u       ';
    const says = '     ---sa-b-c';
    const expected = ' ------b-c';

    const payloads$ = payloads(client.stream('user'));
    expectObservable(
      payloads$.pipe(
        take(1),
        switchMap(() => payloads$),
      ),
    ).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'abc', userEvent) });
    agent.expectSent(sent, { u: user });
  });

  marbles('may throw: the others go on', ({ agent, acts, connect, expectObservable, expectThrown }) => {
    const client = connect();
    const sub = '      a      ';
    const sent = '     -u     ';
    const says = '     ---sa-b';
    const expected = ' ----a-b';
    const bugs = [new Error('at a'), new Error('at b')];
    const payloads$ = payloads(client.stream('user'));
    const throws = (payload: unknown) => {
      throw payload === 'a' ? bugs[0] : bugs[1];
    };

    acts(sub, { a: () => payloads$.subscribe({ next: throws, error: () => {} }) });
    expectObservable(payloads$).toBe(expected);
    agent.says(says, { s: reply('stream'), ...records('stream', 'ab', userEvent) });
    agent.expectSent(sent, { u: user });
    expectThrown(...bugs);
  });

  marbles('may fail in an operator, and take the stream up again', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u       ';
    const says = '     ---sa-b-c';
    const expected1 = '----a---c';
    const expected2 = '----a-b-c';

    const payloads$ = payloads(client.stream('user'));
    const picky$ = payloads$.pipe(
      tap((payload) => {
        if (payload === 'b') throw new Error('no');
      }),
    );
    expectObservable(picky$.pipe(retry(1))).toBe(expected1);
    expectObservable(payloads$).toBe(expected2);
    agent.says(says, { s: reply('stream'), ...records('stream', 'abc', userEvent) });
    agent.expectSent(sent, { u: user });
  });
});
