import { retry, Subscriber, Subscription, switchMap, take, tap } from 'rxjs';
import { json } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  failure,
  marbles,
  member,
  memberEvent,
  payloads,
  queryEvent,
  record,
  records,
  refuse,
  reply,
  request,
  stop,
  user,
  userEvent,
} from './kit/index.ts';

// Events. Subscribers of the same filter share one stream of the agent's; because an agent can crash when it is told to
// stop a stream while events flow, one that nobody listens to is silenced here, and stopped when it has been silent for
// a second.

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

  marbles('has its queries answered in its own codec', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u---r   ';
    const says = '     ---s-q-a ';
    const expected = ' -------v ';

    const answers$ = client
      .stream('query', { codec: json() })
      .pipe(switchMap((query) => query.respond({ load: 3 })));
    expectObservable(answers$).toBe(expected, { v: undefined });
    agent.says(says, { s: reply('stream'), q: record('stream', queryEvent(7, '1')), a: reply('respond') });
    agent.expectSent(sent, {
      u: request('stream', 1, { Type: 'query' }),
      r: request('respond', 2, { ID: 7, Payload: new TextEncoder().encode('{"load":3}') }),
    });
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

describe('a record', () => {
  marbles(
    'that was not asked for is left out and reported, and ends nothing',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---smxyz-n';
      const expected = ' ----m----n';
      const dropped = '  -----xyz--';
      const report = {
        cause: 'malformed',
        count: 1,
        subject: 'member-join,user:deploy',
        error: failure('ProtocolError', 'unexpected-shape'),
      };

      expectObservable(client.stream('member-join,user:deploy')).toBe(expected, {
        m: { event: 'member-join', members: [member('n1')] },
        n: { event: 'user', name: 'deploy', ltime: 1, payload: 'a', coalesce: false },
      });
      expectObservable(client.dropped$).toBe(dropped, { x: report, y: report, z: report });
      agent.says(says, {
        s: reply('stream'),
        m: record('stream', memberEvent('member-join', 'n1')),
        x: record('stream', memberEvent('member-leave', 'n1')),
        y: record('stream', userEvent('a', 'rollback')),
        z: record('stream', queryEvent(1, 'a', 'deploy')),
        n: record('stream', userEvent('a', 'deploy')),
      });
    },
  );

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
