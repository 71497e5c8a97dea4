import { catchError, EMPTY, filter, ignoreElements, map, merge, mergeMap, skip, take, toArray } from 'rxjs';
import { describe } from 'vitest';
import {
  failure,
  lost,
  manual,
  marbles,
  members,
  payloads,
  records,
  reply,
  soon,
  userEvent,
} from '../kit/index.ts';
import { connected, connecting, cut, HERE, waiting } from './letters.ts';

describe('a connection that is lost', () => {
  marbles(
    'is followed by another one, for those who still need it',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says1 = '     ---sa----#          ';
      const says2 = '     -----------------s-b';
      const connected1 = '^--------!          ';
      const connected2 = '--------------^     ';
      const expected = '  ----a--------------b';
      const status = '    cy-------w----dz    ';

      expectObservable(payloads(client.stream('user'))).toBe(expected);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        w: waiting(HERE, 1, 14, failure('ConnectionLostError', 'connection-lost', { cause: cut })),
        d: connecting(HERE, 2),
        z: connected(HERE),
      });
      agent.says(says1, { s: reply('stream'), ...records('stream', 'a', userEvent) }, cut);
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'b', userEvent) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'is followed by none when nobody needs it: the client rests',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says = '      ---m-----|';
      const connected1 = '^--------!';
      const expected = '  ---(v|)   ';
      const status = '    cy-------i';

      expectObservable(client.members()).toBe(expected, { v: [] });
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        i: { state: 'idle', error: failure('ConnectionLostError', 'connection-lost') },
      });
      agent.says(says, { m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'is followed by another one when somebody asks again',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sub1 = '      ^                  ';
      const sub2 = '      ------------^      ';
      const says1 = '     ---m-----|         ';
      const says2 = '     ---------------m   ';
      const connected2 = '------------^      ';
      const expected1 = ' ---(v|)            ';
      const expected2 = ' ---------------(v|)';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
      agent.says(says1, { m: reply('members', members()) });
      connection(1).says(says2, { m: reply('members', members()) });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'takes no other along: each has its own fate',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says1 = '     ---s--a------b';
      const says2 = '     -----#        ';
      const connected1 = '^             ';
      const connected2 = '^----!        ';
      const expected1 = ' ------a------b';
      const expected2 = ' -----#        ';

      expectObservable(payloads(client.stream('user'))).toBe(expected1);
      expectObservable(client.join('10.0.0.9')).toBe(expected2, undefined, lost);
      agent.says(says1, { s: reply('stream'), ...records('stream', 'ab', userEvent) });
      connection(1).says(says2);
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});

describe('status$', () => {
  manual(
    'is in order for everybody, also when a subscriber acts on it',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false });
      const says1 = '   --#';
      const sub = '     ^----!';
      const expected = '--s';

      const again$ = client.status$.pipe(
        skip(1),
        filter(({ state }) => state === 'idle'),
        take(1),
        mergeMap(() => client.stream('user')),
        ignoreElements(),
      );
      const states$ = client.status$.pipe(
        map(({ state }) => state),
        take(4),
        toArray(),
      );
      const first$ = client.members().pipe(
        catchError(() => EMPTY),
        ignoreElements(),
      );
      expectObservable(merge(again$, states$, first$), sub).toBe(expected, {
        s: ['idle', 'connecting', 'idle', 'connecting'],
      });
      connection(0).says(says1);
      connection(1).says('');
    },
  );
});
