import { filter, switchMap, take } from 'rxjs';
import { describe } from 'vitest';
import { failure, manual, marbles, members, reply, request, soon, timedOut } from '../kit/index.ts';
import { connecting, event, HERE, idle, stubborn, unreachable, user, waiting } from './letters.ts';

describe('a request that is made while there is no connection', () => {
  marbles(
    'waits for it, and is sent in order, behind what is resumed',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     -------^              ';
      const sub2 = '     ---------^            ';
      const sub3 = '     --------^             ';
      const sent1 = '    -(um)                 ';
      const says1 = '    ----s-#               ';
      const sent2 = '    ------------(umefv)   ';
      const says2 = '    -------------sm-f-ev  ';
      const never = '    --------------------- ';
      const expectedM = '--------------(m|)    ';
      const expectedE = '------------------(e|)';
      const expectedF = '----------------(f|)  ';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.members()).toBe(expectedM, { m: [] });
      expectObservable(client.event('e'), sub1).toBe(expectedE, { e: undefined });
      expectObservable(client.event('f'), sub3).toBe(expectedF, { f: undefined });
      expectObservable(client.stream('query'), sub2).toBe(never);
      agent.says(says1, { s: reply('stream') });
      agent.expectSent(sent1, { u: user(1), m: request('members', 2) });
      connection(1).says(says2, {
        s: reply(1),
        m: reply('members', members()),
        e: reply(3),
        f: reply(4),
        v: reply(5),
      });
      connection(1).expectSent(sent2, {
        u: user(1),
        m: request('members', 2),
        e: event(3, 'e'),
        f: event(4, 'f'),
        v: request('stream', 5, { Type: 'query' }),
      });
    },
  );

  marbles(
    'does not overtake them when it is made at the moment of connection',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---s-#            ';
      const sent2 = '   -----------(ue)   ';
      const says2 = '   -------------e    ';
      const never = '   ------------------';
      const expected = '-------------(e|) ';

      const hello$ = client.status$.pipe(
        filter(({ state }) => state === 'waiting'),
        switchMap(() => client.status$),
        filter(({ state }) => state === 'connected'),
        take(1),
        switchMap(() => client.event('hello')),
      );
      expectObservable(hello$).toBe(expected, { e: undefined });
      expectObservable(client.stream('user')).toBe(never);
      agent.says(says1, { s: reply('stream') });
      connection(1).says(says2, { e: reply('event') });
      connection(1).expectSent(sent2, { u: user(1), e: event(2, 'hello') });
    },
  );

  manual('waits no longer than it has time', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(stubborn);
    const sub2 = '     ------^                 ';
    const says1 = '    -----#                  ';
    const says2 = '    ------------------h-m   ';
    const expected1 = '--------------------(m|)';
    const expected2 = '-----------#            ';
    const sent2 = '    ----------h-------m     ';

    expectObservable(client.members()).toBe(expected1, { m: [] });
    expectObservable(client.event('e', undefined, { timeout: 5 }), sub2).toBe(expected2, undefined, timedOut);
    agent.says(says1);
    connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
    connection(1).expectSent(sent2, {
      h: request('handshake', 0, { Version: 1 }),
      m: request('members', 1),
    });
  });

  manual(
    'may be unsubscribed; with the last one that waits, the attempts end',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(stubborn);
      const sub1 = '      ^-------!    ';
      const sub2 = '      ---^--------!';
      const says1 = '     -----#       ';
      const connected2 = '----------^-!';
      const never = '     -------------';
      const status = '    c----w----d-i';

      expectObservable(client.members(), sub1).toBe(never);
      expectObservable(client.members(), sub2).toBe(never);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        w: waiting(HERE, 1, 10, unreachable),
        d: connecting(HERE, 2),
        i: idle,
      });
      agent.says(says1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  manual('fails when the client is closed meanwhile', ({ agent, acts, connect, expectObservable }) => {
    const client = connect(stubborn);
    const says = '     -----#      ';
    const closes = '   --------x   ';
    const expected1 = '--------#   ';
    const expected2 = '--------|   ';
    const status = '   c----w--(d|)';

    const closed = failure('ClosedError', 'closed');
    expectObservable(client.members()).toBe(expected1, undefined, closed);
    expectObservable(client.event('e')).toBe(expected1, undefined, closed);
    expectObservable(client.stream('user')).toBe(expected2);
    expectObservable(client.status$).toBe(status, {
      c: connecting(HERE),
      w: waiting(HERE, 1, 10, unreachable),
      d: { state: 'closed' },
    });
    acts(closes, { x: () => client.close() });
    agent.says(says);
  });
});
