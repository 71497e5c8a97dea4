import { take } from 'rxjs';
import { describe } from 'vitest';
import {
  done,
  failure,
  marbles,
  marblesWith,
  members,
  phantom,
  record,
  refuse,
  reply,
  request,
  response,
  stop,
  together,
} from '../kit/index.ts';
import { answers, load, replies } from './letters.ts';

describe('a query that is not waited for to the end', () => {
  marbles('is stopped; what still comes is swallowed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^------!        ';
    const sub2 = '     ---------^      ';
    const sent = '     -q-----s-m      ';
    const says = '     ---q-r------x   ';
    const expected1 = '-----r--        ';
    const expected2 = '------------(v|)';

    expectObservable(client.query('load'), sub1).toBe(expected1, replies);
    expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    agent.says(says, {
      ...answers,
      x: together(
        record(1, response('n2')),
        reply('stop'),
        record(1, phantom('ack')),
        record(1, done),
        reply('members', members()),
      ),
    });
    agent.expectSent(sent, { q: load(1), s: stop, m: request('members', 3) });
  });

  marbles('is stopped by take, too', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q---s   ';
    const says = '     ---q-r-t ';
    const expected = ' -----(r|)';

    expectObservable(client.query('load').pipe(take(1))).toBe(expected, replies);
    agent.says(says, answers);
    agent.expectSent(sent, { q: load(1), s: stop });
  });

  marbles(
    'is stopped once it is accepted, if that was not so yet',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub = '      ^--!      ';
      const sent = '     -q----s   ';
      const says = '     ------q-rt';
      const expected = ' ----------';

      expectObservable(client.query('load'), sub).toBe(expected);
      agent.says(says, answers);
      agent.expectSent(sent, { q: load(1), s: stop });
    },
  );

  marbles('is not stopped if it is refused', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^--!      ';
    const sent = '     -q        ';
    const says = '     ------x   ';
    const expected = ' ----------';

    expectObservable(client.query('load'), sub).toBe(expected);
    agent.says(says, { x: refuse('query', 'no') });
    agent.expectSent(sent, { q: load(1) });
  });

  marblesWith({ greets: false })(
    'is not even asked if there is no connection yet',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub = '      ^--!      ';
      const sent = '     h         ';
      const connected = '^--!      ';
      const expected = ' ----------';

      expectObservable(client.query('load'), sub).toBe(expected);
      agent.expectSent(sent, { h: request('handshake', 0, { Version: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('has 10 s to be accepted', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q 9998ms ----s  ';
    const says = '     -- 9998ms ----qrt';
    const expected = ' -- 9998ms #      ';

    expectObservable(client.query('load', undefined, { timeout: 60_000 })).toBe(
      expected,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'query', timeout: 10_000 }),
    );
    agent.says(says, answers);
    agent.expectSent(sent, { q: load(1, { Timeout: 60e9 }), s: stop });
  });

  marbles('has 10 s more than its own time for the end to come', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q-- 14999ms s   ';
    const says = '     ---q r 14998ms -t';
    const expected = ' ---- r 14998ms # ';

    expectObservable(client.query('load', undefined, { timeout: 5_000 })).toBe(
      expected,
      replies,
      failure('RequestTimeoutError', 'request-timeout', { command: 'query', timeout: 15_000 }),
    );
    agent.says(says, answers);
    agent.expectSent(sent, { q: load(1, { Timeout: 5e9 }), s: stop });
  });

  marbles('has 130 s for that when the agent sets its time', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---q 129999ms -t';
    const expected = ' ---- 129999ms # ';

    expectObservable(client.query('load')).toBe(
      expected,
      replies,
      failure('RequestTimeoutError', 'request-timeout'),
    );
    agent.says(says, answers);
  });

  marbles(
    'does not suffer when a subscriber throws',
    ({ agent, acts, connect, expectObservable, expectThrown }) => {
      const client = connect();
      const asks = '     x       ';
      const says = '     ---xyrsd';
      const expected = ' ------s|';
      const bug = new Error('in the application');

      acts(asks, {
        x: () =>
          client.query('load').subscribe(() => {
            throw bug;
          }),
      });
      expectObservable(client.query('load')).toBe(expected, replies);
      agent.says(says, {
        x: reply(1),
        y: reply(2),
        r: record(1, response('n1')),
        s: record(2, response('n2')),
        d: together(record(1, done), record(2, done)),
      });
      expectThrown(bug);
    },
  );
});
