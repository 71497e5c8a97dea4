import { filter, map } from 'rxjs';
import { binary } from 'rxserf';
import { describe } from 'vitest';
import {
  failure,
  marbles,
  marblesWith,
  members,
  payloads,
  piece,
  record,
  records,
  reply,
  request,
  SOON,
  together,
  user,
  userEvent,
} from './kit/index.ts';

/** A ping stops its own number, which is no stream's: the agent says "ok", and nothing else happens. */
const ping = (seq: number) => request('stop', seq, { Stop: seq });
const pings = { p: ping(2), q: ping(3), r: ping(4), s: ping(5), t: ping(6), u: ping(7), v: ping(8) };
const pong = reply('stop');

/** Pings every 10 ms, the first one 10 ms after the agent has accepted the connection, which it does at 1 ms. */
const quick = { heartbeat: 10, reconnect: false } as const;

const silentFor = (time: number) =>
  failure('ConnectionLostError', 'connection-lost', {
    message: `lost the connection to 127.0.0.1:7373: no sign of life in ${time} ms`,
  });

describe('a connection', () => {
  marbles(
    'is pinged every 10 s, and is dead when two pings in a row are missed',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ heartbeat: 10_000, reconnect: false });
      const sent = '     -x-------- 9991ms p 9999ms q 9999ms r 9999ms s           ';
      const says = '     --o------- 9991ms -a 9998ms -a                           ';
      const connected = '^--------- 9991ms -- 9998ms -- 9998ms - 9999ms - 4999ms !';
      const expected = ' ---------- 9991ms -- 9998ms -- 9998ms - 9999ms - 4999ms #';

      expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25_000));
      agent.says(says, { o: reply('stream'), a: pong });
      agent.expectSent(sent, { x: user, ...pings });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'is dead at the latest 2.5 periods after the last sign of life',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(quick);
      const sent = '     -x---------p---------q---------r     ';
      const says = '     --o---------a                        ';
      const connected = '^-----------------------------------!';
      const expected = ' ------------------------------------#';

      expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25));
      agent.says(says, { o: reply('stream'), a: pong });
      agent.expectSent(sent, { x: user, ...pings });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('may be silent from the beginning', ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect(quick);
    const sent = '     -x---------p---------q     ';
    const connected = '^-------------------------!';
    const expected = ' --------------------------#';

    expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25));
    agent.expectSent(sent, { x: user, ...pings });
    expectSubscriptions(agent.subscriptions).toBe(connected);
  });

  marbles('lives as long as its agent answers', ({ agent, connect, expectObservable }) => {
    const client = connect(quick);
    const sent = '    -x---------p---------q---------r---------s---------t---------u---------v     ';
    const says = '    --o---------a------------a------a---------a---------a-b----------------------';
    const expected = '------------------------------------------------------b---------------------#';

    expectObservable(payloads(client.stream('user'))).toBe(expected, undefined, silentFor(25));
    agent.says(says, { o: reply('stream'), a: pong, ...records('stream', 'b', userEvent) });
    agent.expectSent(sent, { x: user, ...pings });
  });

  marbles('may miss one ping, now and then', ({ agent, connect, expectObservable }) => {
    const client = connect(quick);
    const sent = '    -x---------p---------q---------r---------s---------t---------u     ';
    const says = '    --o-------------------(aa)-------------------(aa)----------------  ';
    const expected = '------------------------------------------------------------------#';

    expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25));
    agent.says(says, { o: reply('stream'), a: pong });
    agent.expectSent(sent, { x: user, ...pings });
  });

  marbles('lives by whatever message it hears, be it no answer', ({ agent, connect, expectObservable }) => {
    const client = connect(quick);
    const says = '    --o---------a---------b---------c------------------------';
    const expected = '------------a---------b---------c-----------------------#';

    expectObservable(payloads(client.stream('user'))).toBe(expected, undefined, silentFor(25));
    agent.says(says, { o: reply('stream'), ...records('stream', 'abc', userEvent) });
  });

  marbles('does not live by bytes that make no message', ({ agent, connect, expectObservable }) => {
    const client = connect(quick);
    const says = '    --o---------x---------y----';
    const expected = '--------------------------#';

    const event = record('stream', userEvent('c'));
    expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25));
    agent.says(says, { o: reply('stream'), x: piece(event, 0, 1), y: piece(event, 1, 2) });
  });

  marbles(
    'lives by what it hears at any time: also between a missed ping and the next one',
    ({ agent, connect, expectObservable }) => {
      const client = connect(quick);
      const sub = '     ^--------------------------------!';
      const says = '    --o-------a---------b-------(xxc)-';
      const expected = '----------a---------b-------c-----';

      expectObservable(payloads(client.stream('user')), sub).toBe(expected);
      agent.says(says, { o: reply('stream'), x: pong, ...records('stream', 'abc', userEvent) });
    },
  );

  marbles(
    'tells in status$ since when a ping is unanswered, until there is a sign of life',
    ({ agent, connect, expectObservable }) => {
      const client = connect(quick);
      const sub = '     ^------------------------------------------------!';
      const says = '    --o----------------a---a--------------b-----------';
      const events = '  --------------------------------------b-----------';
      const expected = '-c--------------p--n----------------r----n----s---';
      const connected = { state: 'connected', address: '127.0.0.1:7373' };

      expectObservable(client.status$.pipe(filter(({ state }) => state === 'connected')), sub).toBe(
        expected,
        {
          c: connected,
          p: { ...connected, silentSince: 11 },
          n: connected,
          r: { ...connected, silentSince: 31 },
          s: { ...connected, silentSince: 41 },
        },
      );
      expectObservable(payloads(client.stream('user')), sub).toBe(events);
      agent.says(says, { o: reply('stream'), a: pong, ...records('stream', 'b', userEvent) });
    },
  );

  marbles(
    'fails what waits on it when it dies',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(quick);
      const sub = '      -------^                   ';
      const sent = '     -x-----e---p---------q     ';
      const connected = '^-------------------------!';
      const expected = ' --------------------------#';

      const lost = failure('ConnectionLostError', 'connection-lost', {
        command: 'event',
        outcome: 'unknown',
        cause: silentFor(25),
      });
      expectObservable(client.stream('user')).toBe(
        expected,
        undefined,
        failure('ConnectionLostError', 'connection-lost'),
      );
      expectObservable(client.event('e'), sub).toBe(expected, undefined, lost);
      agent.expectSent(sent, {
        x: user,
        e: request('event', 2, { Name: 'e', Payload: new Uint8Array(0), Coalesce: false }),
        p: ping(3),
        q: ping(4),
      });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'that dies is followed by another one, where streams and reads go on',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ heartbeat: 10, reconnect: SOON }, 'a,b');
      const sub1 = '      ^-------------------------------------!';
      const says1 = '     --o                                    ';
      const connected1 = '^-------------------------!            ';
      const says2 = '     ----------------------------------oma  ';
      const expected1 = ' ------------------------------------a- ';
      const expected2 = ' -----------------------------------(m|)';

      expectObservable(payloads(client.stream('user')), sub1).toBe(expected1);
      expectObservable(client.members()).toBe(expected2, { m: [] });
      agent.says(says1, { o: reply('stream') });
      connection(1).says(says2, {
        o: reply('stream'),
        m: reply('members', members()),
        ...records('stream', 'a', userEvent),
      });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marblesWith({ greets: false })(
    'is not pinged before the agent has accepted it',
    ({ agent, connect, expectObservable }) => {
      const client = connect({ ...quick, connectTimeout: 30 });
      const sent = '    h                              ';
      const expected = '------------------------------#';

      expectObservable(client.stream('user')).toBe(
        expected,
        undefined,
        failure('ConnectError', 'connect-timeout'),
      );
      agent.expectSent(sent, { h: request('handshake', 0, { Version: 1 }) });
    },
  );

  marbles(
    'is not pinged any more when it is closed',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(quick);
      const sent = '     -m---------p----| ';
      const says = '     ---m--------a     ';
      const closes = '   ----------------x ';
      const connected = '^----------------!';
      const expected = ' ---(m|)           ';

      expectObservable(client.members()).toBe(expected, { m: [] });
      acts(closes, { x: () => client.close() });
      agent.says(says, { m: reply('members', members()), a: pong });
      agent.expectSent(sent, { m: request('members', 1), ...pings });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marblesWith({ hangsUp: false })(
    'is not pinged behind its end, while the agent has not closed its half',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect(quick);
      const sent = '    -m---------p----|';
      const says = '    ---m--------a    ';
      const closes = '  ----------------x';
      const expected = '---(m|)          ';

      expectObservable(client.members()).toBe(expected, { m: [] });
      acts(closes, { x: () => client.close() });
      agent.says(says, { m: reply('members', members()), a: pong });
      agent.expectSent(sent, { m: request('members', 1), ...pings });
    },
  );

  marbles('is never pinged with heartbeat: 0, and may be silent', ({ agent, connect, expectObservable }) => {
    const client = connect({ heartbeat: 0 });
    const sent = '    -x        ';
    const says = '    --o 120s a';
    const expected = '--- 120s a';

    expectObservable(payloads(client.stream('user'))).toBe(expected);
    agent.says(says, { o: reply('stream'), ...records('stream', 'a', userEvent) });
    agent.expectSent(sent, { x: user });
  });
});

describe('a connection whose agent is busy with a slow command', () => {
  marbles('may be silent until that is done', ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect(quick);
    const sent = '     -x---------p---------q---------r---------s---------t---------u---------v     ';
    const says = '     ------------------------------------------------------ja                     ';
    const connected = '^---------------------------------------------------------------------------!';
    const expected = ' ------------------------------------------------------(n|)                   ';

    expectObservable(client.join('10.0.0.9')).toBe(expected, { n: 1 });
    agent.says(says, { j: reply('join', { Num: 1 }), a: together(pong, pong, pong, pong, pong) });
    agent.expectSent(sent, { x: request('join', 1, { Existing: ['10.0.0.9'], Replay: false }), ...pings });
    expectSubscriptions(agent.subscriptions).toBe(connected);
  });

  marbles(
    'may not be silent for longer than that',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(quick);
      const says = '     ------------j                        ';
      const connected = '^-----------------------------------!';
      const expected = ' ------------(n|)                     ';

      expectObservable(client.join('10.0.0.9')).toBe(expected, { n: 1 });
      agent.says(says, { j: reply('join', { Num: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'does not excuse another one, which is not busy',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(quick);
      const says1 = '     --o                                   ';
      const says2 = '     ----------------------------------j   ';
      const connected1 = '^-------------------------!           ';
      const expected1 = ' --------------------------#           ';
      const expected2 = ' ----------------------------------(n|)';

      expectObservable(client.stream('user')).toBe(expected1, undefined, silentFor(25));
      expectObservable(client.join('10.0.0.9')).toBe(expected2, { n: 1 });
      agent.says(says1, { o: reply('stream') });
      connection(1).says(says2, { j: reply('join', { Num: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );
});

describe('a message that takes longer than a heartbeat', () => {
  // 4 pieces of 1,024 bytes, 10 ms apart: the first ends at byte 1,024, and only then are there answers to pings.
  const large = record('stream', userEvent(new Uint8Array(4_096)));
  const bit = (index: number, size: number) => piece(large, index * size, (index + 1) * size);
  const pieces = (size: number) => ({
    o: reply('stream'),
    a: bit(0, size),
    b: bit(1, size),
    c: bit(2, size),
    d: bit(3, size),
    e: piece(large, 4 * size),
  });

  marbles('keeps the connection alive by large pieces', ({ agent, connect, expectObservable }) => {
    const client = connect({ ...quick, codec: binary() as never });
    const says = '    --o 6ms a 11ms b 11ms c 11ms d 11ms e';
    const expected = '--- 6ms - 11ms - 11ms - 11ms - 11ms v';

    const sizes$ = client
      .stream('user')
      .pipe(map(({ payload }) => (payload as unknown as Uint8Array).length));
    expectObservable(sizes$, '^ 60ms !').toBe(expected, { v: 4_096 });
    agent.says(says, pieces(1_024));
  });

  marbles('does not by small ones: their length may be a mistake', ({ agent, connect, expectObservable }) => {
    const client = connect(quick);
    const says = '    --o 6ms a 11ms b';
    const expected = '- 25ms #';

    expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25));
    agent.says(says, pieces(1_023));
  });
});
