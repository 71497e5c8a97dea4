import { defer, map, type Observable, retry } from 'rxjs';
import { describe } from 'vitest';
import {
  closed,
  done,
  lost,
  marbles,
  marblesWith,
  member,
  members,
  record,
  reply,
  request,
  response,
  soon,
  states,
  timedOut,
} from './kit/index.ts';

describe('a client that drains, and has nothing to do,', () => {
  marbles('is closed at once, if it was never connected', ({ acts, connect, expectObservable }) => {
    const client = connect();
    const drains = '--x   ';
    const status = 'i-(d|)';

    expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
    acts(drains, { x: () => client.drain() });
  });

  marbles(
    'closes its connection at once, though that was kept',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     -m-----|   ';
      const says = '     ---m       ';
      const drains = '   -------x   ';
      const connected = '^-------!  ';
      const expected = ' ---(m|)    ';
      const status = '   cy-----(d|)';

      expectObservable(client.members()).toBe(expected, { m: [] });
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
      acts(drains, { x: () => client.drain() });
      agent.says(says, { m: reply('members', members()) });
      agent.expectSent(sent, { m: request('members', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('requests under way, when a client drains,', () => {
  marbles(
    'finish, on whatever connection they are; then all close',
    ({ agent, connection, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent1 = '    -m---------|   ';
      const says1 = '    -----m         ';
      const sent2 = '    -j---------|   ';
      const says2 = '    -----------j   ';
      const drains = '   ---x           ';
      const connected = '^-----------!  ';
      const expected1 = '-----(m|)      ';
      const expected2 = '-----------(n|)';
      const status = '   cy---------(d|)';

      expectObservable(client.members()).toBe(expected1, { m: [member('n1')] });
      expectObservable(client.join('10.0.0.9')).toBe(expected2, { n: 1 });
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
      acts(drains, { x: () => client.drain() });
      agent.says(says1, { m: reply('members', members('n1')) });
      agent.expectSent(sent1, { m: request('members', 1) });
      connection(1).says(says2, { j: reply('join', { Num: 1 }) });
      connection(1).expectSent(sent2, { j: request('join', 2, { Existing: ['10.0.0.9'], Replay: false }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
      expectSubscriptions(connection(1).subscriptions).toBe(connected);
    },
  );

  marbles('may be queries: those go on to their end', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const says = '    --q-r---s---d   ';
    const drains = '  -----x          ';
    const expected = '----r---s---|   ';
    const status = '  cy----------(d|)';

    expectObservable(client.query('load').pipe(map(({ from }) => from))).toBe(expected);
    expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
    acts(drains, { x: () => client.drain() });
    agent.says(says, {
      q: reply('query'),
      r: record('query', response('r')),
      s: record('query', response('s')),
      d: record('query', done),
    });
  });

  marblesWith({ name: null })(
    'may be unsubscribed: with the last one, the client is closed',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '     ^-----!    ';
      const sub2 = '     ^--------! ';
      const sent = '     -(ms)----| ';
      const drains = '   ---x       ';
      const connected = '^---------!';
      const never = '    -----------';

      expectObservable(client.members(), sub1).toBe(never);
      expectObservable(client.stats(), sub2).toBe(never);
      acts(drains, { x: () => client.drain() });
      agent.expectSent(sent, { m: request('members', 1), s: request('stats', 2) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marblesWith({ name: null })(
    'may never be answered: the client waits as long as they do',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     -(ms)- 3994ms -------| ';
      const drains = '   ---x                   ';
      const connected = '^----- 3994ms --------!';
      const expected1 = '------ 3994ms #        ';
      const expected2 = '------ 3994ms -------# ';

      expectObservable(client.members({}, { timeout: 4_000 })).toBe(expected1, undefined, timedOut);
      expectObservable(client.stats({ timeout: 4_007 })).toBe(expected2, undefined, timedOut);
      acts(drains, { x: () => client.drain() });
      agent.expectSent(sent, { m: request('members', 1), s: request('stats', 2) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'outlive their connection as ever: reads are asked again, the others fail',
    ({ agent, connection, acts, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '    -----#           ';
      const drains = '   ---x             ';
      const sent2 = '    -----------m-|   ';
      const says2 = '    -------------m   ';
      const expected1 = '-------------(m|)';
      const expected2 = '-----#           ';
      const status = '   cy---w----cy-(d|)';

      expectObservable(client.members()).toBe(expected1, { m: [] });
      expectObservable(client.event('e')).toBe(expected2, undefined, lost);
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
      acts(drains, { x: () => client.drain() });
      agent.says(says1);
      connection(1).says(says2, { m: reply('members', members()) });
      connection(1).expectSent(sent2, { m: request('members', 1) });
    },
  );

  marblesWith({ greets: false })(
    'may still wait for a connection: they are sent when there is one',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect();
      const sent = '     h---(me)--|   ';
      const says = '     ----h--m--e   ';
      const drains = '   --x           ';
      const expected1 = '-------(m|)   ';
      const expected2 = '----------(e|)';

      expectObservable(client.members()).toBe(expected1, { m: [] });
      expectObservable(client.event('e')).toBe(expected2, { e: undefined });
      acts(drains, { x: () => client.drain() });
      agent.says(says, { h: reply('handshake'), m: reply('members', members()), e: reply('event') });
      agent.expectSent(sent, {
        h: request('handshake', 0, { Version: 1 }),
        m: request('members', 1),
        e: request('event', 2, { Name: 'e', Payload: new Uint8Array(0), Coalesce: false }),
      });
    },
  );

  marbles(
    'may take two tries, as those with patterns do',
    ({ connection, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const drains = '    --x       ';
      const says1 = '     ---|      ';
      const says2 = '     ------m   ';
      const connected2 = '---^--!   ';
      const expected = '  ------(m|)';

      expectObservable(client.members({ name: 'n.*' })).toBe(expected, { m: [member('n1')] });
      acts(drains, { x: () => client.drain() });
      connection(0).says(says1);
      connection(1).says(says2, { m: reply('members-filtered', members('n1')) });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});

describe('new requests, when a client drains,', () => {
  marbles('are refused at once, whatever they are', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const sub = '     -----^       ';
    const sent = '    -m-------|   ';
    const says = '    ---------m   ';
    const drains = '  ---x         ';
    const expected = '---------(m|)';
    const refused = ' -----#       ';

    expectObservable(client.members()).toBe(expected, { m: [] });
    expectObservable(client.members(), sub).toBe(refused, undefined, closed);
    expectObservable(client.members({ name: 'n1' }), sub).toBe(refused, undefined, closed);
    expectObservable(client.event('e'), sub).toBe(refused, undefined, closed);
    expectObservable(client.join('10.0.0.9'), sub).toBe(refused, undefined, closed);
    expectObservable(client.query('load'), sub).toBe(refused, undefined, closed);
    expectObservable(client.stream('user'), sub).toBe(refused, undefined, closed);
    expectObservable(client.monitor(), sub).toBe(refused, undefined, closed);
    expectObservable(client.membership(), sub).toBe(refused, undefined, closed);
    acts(drains, { x: () => client.drain() });
    agent.says(says, { m: reply('members', members()) });
    agent.expectSent(sent, { m: request('members', 1) });
  });

  marbles('include those made only then, for which there is no connection yet', (kit) => {
    const client = kit.connect();
    const sub = '     -----^   ';
    const says = '    -------m ';
    const drains = '  ---x     ';
    const refused = ' -----#   ';

    kit.expectObservable(client.members()).toBe('-------(m|)', { m: [] });
    for (const call of [() => client.join('10.0.0.9'), () => client.members({ name: 'n1' })])
      kit.expectObservable(defer<Observable<unknown>>(call), sub).toBe(refused, undefined, closed);
    kit.acts(drains, { x: () => client.drain() });
    kit.agent.says(says, { m: reply('members', members()) });
  });

  marbles('include those that would be tried again', ({ agent, acts, connect, expectObservable }) => {
    const client = connect(soon);
    const says = '    -----#';
    const drains = '  ---x  ';
    const expected = '-----#';

    expectObservable(client.event('e').pipe(retry(1))).toBe(expected, undefined, closed);
    acts(drains, { x: () => client.drain() });
    agent.says(says);
  });
});

describe('a client that drains already', () => {
  marbles('may be told again: once is enough', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const sent = '    -m---------|   ';
    const says = '    -----------m   ';
    const drains = '  ---x--y        ';
    const expected = '-----------(m|)';

    expectObservable(client.members()).toBe(expected, { m: [] });
    acts(drains, { x: () => client.drain(), y: () => client.drain() });
    agent.says(says, { m: reply('members', members()) });
    agent.expectSent(sent, { m: request('members', 1) });
  });

  marbles('may be closed: then it waits for nothing more', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const sent = '    -m-----|';
    const drains = '  ---x---y';
    const expected = '-------#';

    expectObservable(client.members()).toBe(expected, undefined, closed);
    acts(drains, { x: () => client.drain(), y: () => client.close() });
    agent.expectSent(sent, { m: request('members', 1) });
  });
});
