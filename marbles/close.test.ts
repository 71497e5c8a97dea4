import { catchError, map, of } from 'rxjs';
import { describe, expect } from 'vitest';
import {
  closed as closedError,
  failure,
  marbles,
  marblesWith,
  members,
  reply,
  request,
  stop,
  user,
} from './kit/index.ts';

// The end of a client: requests under way fail, streams complete and are stopped in a quiet moment, connections are ended,
// and nothing is left.
//
// In what the client sends, `|` is where it ends its half of the connection. The agent ends its own a frame later.

describe('a client that is closed', () => {
  marbles(
    'has nothing to do when it was never connected',
    ({ agent, acts, connect, expectObservable, expectSubscriptions, timers }) => {
      const client = connect();
      const closes = '   --x';
      const expected = ' s-(c|)';

      client.stream('user');
      acts(closes, {
        x: () => {
          client.close();
          expect(timers()).toBe(0);
        },
      });
      expectObservable(client.status$).toBe(expected, { s: { state: 'idle' }, c: { state: 'closed' } });
      expectSubscriptions(agent.subscriptions).toBe([]);
    },
  );

  marbles(
    'ends its connections, and leaves nothing behind',
    ({ agent, connection, acts, connect, expectObservable, expectSubscriptions, timers }) => {
      const client = connect();
      const closes = '     -----x  ';
      const sent1 = '      -m---|  ';
      const sent2 = '      -j---|  ';
      const says1 = '      ---m    ';
      const says2 = '      ---j    ';
      const connected = '  ^-----! ';
      const looks = '      -------x';
      const expected1 = '  ---(v|) ';
      const expected2 = '  ---(n|) ';

      expectObservable(client.members()).toBe(expected1, { v: [] });
      expectObservable(client.join('10.0.0.9')).toBe(expected2, { n: 1 });
      acts(closes, { x: () => client.close() });
      agent.says(says1, { m: reply('members', members()) });
      agent.expectSent(sent1, { m: request('members', 1) });
      connection(1).says(says2, { j: reply('join', { Num: 1 }) });
      connection(1).expectSent(sent2, { j: request('join', 2, { Existing: ['10.0.0.9'], Replay: false }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
      expectSubscriptions(connection(1).subscriptions).toBe(connected);
      acts(looks, { x: () => expect(timers()).toBe(0) });
    },
  );

  marbles(
    'fails what is under way, at once',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub = '       -^        ';
      const closes = '    ------x   ';
      const sent = '      --(mq)(s|)';
      const says = '      -----q   ';
      const connected = ' -^-----! ';
      const expected = '  ------#   ';

      expectObservable(client.members(), sub).toBe(expected, undefined, closedError);
      expectObservable(client.query('load'), sub).toBe(expected, undefined, closedError);
      acts(closes, { x: () => client.close() });
      agent.says(says, { q: reply('query') });
      agent.expectSent(sent, {
        m: request('members', 1),
        q: expect.objectContaining({ command: 'query' }),
        s: request('stop', 3, { Stop: 2 }),
      });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('never has its agent leave', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const closes = '   -----x ';
    const sent = '     -m---| ';
    const says = '     ---m   ';
    const expected = ' ---(v|)';

    expectObservable(client.members()).toBe(expected, { v: [] });
    acts(closes, { x: () => client[Symbol.asyncDispose]() });
    agent.says(says, { m: reply('members', members()) });
    agent.expectSent(sent, { m: request('members', 1) });
  });

  marbles(
    'may be closed again, with nothing more to do',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    -----x-y-z';
      const sent = '      -m---|    ';
      const says = '      ---m      ';
      const connected = ' ^-----!   ';
      const expected = '  ---(v|)   ';
      const closings: unknown[] = [];
      const close = () => closings.push(client.close());

      expectObservable(client.members()).toBe(expected, { v: [] });
      acts(closes, { x: close, y: close, z: () => expect(closings[0]).toBe(closings[1]) });
      agent.says(says, { m: reply('members', members()) });
      agent.expectSent(sent, { m: request('members', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'takes no more requests, of whatever kind',
    ({ agent, acts, connect, expectObservable, expectSubscriptions, timers }) => {
      const client = connect();
      const closes = '     -----x       ';
      const sub = '        -------^     ';
      const sent = '       -m---|       ';
      const says = '       ---m         ';
      const looks = '      --------x    ';
      const connected = '  ^-----!      ';
      const expected1 = '  ---(v|)      ';
      const expected2 = '  -------#     ';

      expectObservable(client.members()).toBe(expected1, { v: [] });
      acts(closes, { x: () => client.close() });
      const all = [
        client.members(),
        client.members({ name: 'n1' }),
        client.join('10.0.0.9'),
        client.query('load'),
        client.stream('user'),
        client.monitor(),
        client.monitor('debug'),
      ];
      for (const any$ of all) expectObservable<unknown>(any$, sub).toBe(expected2, undefined, closedError);
      agent.says(says, { m: reply('members', members()) });
      agent.expectSent(sent, { m: request('members', 1) });
      acts(looks, { x: () => expect(timers()).toBe(0) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('tells of it in status$ and dropped$, which end', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const sub2 = '     -------^    ';
    const closes = '   -----x      ';
    const says = '     ---m        ';
    const expected = ' xy---(c|)   ';
    const dropped = '  -----|      ';
    const late = '     -------(c|) ';
    const status = client.status$.pipe(map(({ state }) => state));
    const states = { x: 'connecting', y: 'connected', c: 'closed' };

    acts('             x', { x: () => client.members().subscribe() });
    expectObservable(status).toBe(expected, states);
    expectObservable(status, sub2).toBe(late, states);
    expectObservable(client.dropped$).toBe(dropped);
    acts(closes, { x: () => client.close() });
    agent.says(says, { m: reply('members', members()) });
  });

  marblesWith({ name: null })(
    'does not suffer when a subscriber throws at that',
    ({ agent, acts, connect, expectObservable, expectThrown, expectSubscriptions }) => {
      const client = connect();
      const asks = '      x       ';
      const closes = '    -----x  ';
      const connected = ' ^-----! ';
      const expected = '  -----#  ';
      const bug = new Error('in the application');
      const throws = () => {
        throw bug;
      };

      acts(asks, { x: () => client.members().subscribe({ error: throws }) });
      expectObservable(client.stats()).toBe(expected, undefined, closedError);
      acts(closes, { x: () => client.close() });
      expectSubscriptions(agent.subscriptions).toBe(connected);
      expectThrown(bug);
    },
  );
});

describe('a client that is closed while it connects', () => {
  marblesWith({ greets: false })(
    'gives that up at once',
    ({ agent, acts, connect, expectObservable, expectSubscriptions, timers }) => {
      const client = connect({}, '127.0.0.1:7371,127.0.0.2:7372');
      const closes = '    ---x';
      const looks = '     ---y';
      const sent = '      h   ';
      const connected = ' ^--!';
      const failed = '    ---#';
      const completed = ' ---|';

      expectObservable(client.members()).toBe(failed, undefined, closedError);
      expectObservable(client.query('load')).toBe(failed, undefined, closedError);
      expectObservable(client.stream('user')).toBe(completed);
      acts(closes, { x: () => client.close() });
      acts(looks, { y: () => expect(timers()).toBe(0) });
      agent.expectSent(sent, { h: request('handshake', 0, { Version: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('an agent', () => {
  marblesWith({ hangsUp: false })(
    'that does not end its half is left after 1 s',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    -----x     ';
      const sent = '      -m---|     ';
      const says = '      ---m       ';
      const connected = ' ^---- 1s ! ';
      const expected = '  ---(v|)    ';

      expectObservable(client.members()).toBe(expected, { v: [] });
      acts(closes, { x: () => client.close() });
      agent.says(says, { m: reply('members', members()) });
      agent.expectSent(sent, { m: request('members', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('a client that drains', () => {
  marbles(
    'lets requests finish, refuses new ones at once, and then closes',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^              ';
      const sub2 = '      -------^       ';
      const drains = '    -----x         ';
      const sent = '      -m--------|    ';
      const says = '      ----------m    ';
      const connected = ' ^----------!   ';
      const expected1 = ' ----------(v|) ';
      const expected2 = ' -------#       ';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(client.stats(), sub2).toBe(expected2, undefined, closedError);
      acts(drains, { x: () => client.drain() });
      agent.says(says, { m: reply('members', members()) });
      agent.expectSent(sent, { m: request('members', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'waits for no request longer than that one has time',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ timeout: 9 });
      const drains = '    -----x     ';
      const sent = '      -m-------| ';
      const connected = ' ^---------!';
      const expected = '  ---------# ';

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('RequestTimeoutError', 'request-timeout'),
      );
      acts(drains, { x: () => client.close({ drain: true }) });
      agent.expectSent(sent, { m: request('members', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('completes its streams at once', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const drains = '   -----x            ';
    const sent = '     -u--- 100ms (s|)  ';
    const says = '     ---s              ';
    const expected = ' -----|            ';

    expectObservable(client.stream('user')).toBe(expected);
    acts(drains, { x: () => client.drain() });
    agent.says(says, { s: reply('stream') });
    agent.expectSent(sent, { u: user, s: stop });
  });
});

describe('a client that is closed as a connection is lost', () => {
  marbles(
    'keeps nobody waiting: not those either who would have been asked again',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     -----#';
      const expected1 = '-----#';
      const expected2 = '-----(x|)';

      expectObservable(client.members()).toBe(expected1, undefined, closedError);
      const closing$ = client.event('e').pipe(
        catchError(() => {
          void client.close();
          return of('closed');
        }),
      );
      expectObservable(closing$).toBe(expected2, { x: 'closed' });
      agent.says(says);
    },
  );
});
