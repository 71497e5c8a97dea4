import { map, type Observable, tap } from 'rxjs';
import { type SerfEvent, utf8 } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  marbles,
  marblesWith,
  member,
  memberEvent,
  members,
  payloads,
  record,
  records,
  reply,
  request,
  stop,
  together,
  user,
  userEvent,
} from './kit/index.ts';

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
