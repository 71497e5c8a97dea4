import { map } from 'rxjs';
import type { ConnectOptions } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  failure,
  manual,
  marbles,
  members,
  records,
  refuse,
  reply,
  request,
  SOON,
  soon,
  userEvent,
} from './kit/index.ts';

// A client has several connections, for commands that would be in each other's way. They all lead to one agent: a
// `leave` is for the one that `status$` names.

const moved = failure('ConnectionLostError', 'connection-lost', { command: 'join', outcome: 'unknown' });
const events = { s: reply('stream'), ...records('stream', 'ab', userEvent) };

describe('the connections of a client with several agents', () => {
  manual('lead to the main one’s, though it refuses another at first', ({ connection, connect, ...kit }) => {
    const { acts, expectObservable } = kit;
    const client = connect(soon, 'a,b');
    const sub1 = '    ^                  ';
    const sub2 = '    -----^             ';
    const says1 = '   -hs                ';
    const says2 = '   ------#            ';
    const says3 = '   ------------h--l   ';
    const looks = '   ---------------x   ';
    const expected = '---------------(v|)';

    expectObservable(client.stream('user'), sub1).toBe('');
    expectObservable(client.leave(), sub2).toBe(expected, { v: undefined });
    connection(0).says(says1, { h: reply('handshake'), s: reply('stream') });
    connection(1).says(says2);
    connection(2).says(says3, { h: reply('handshake'), l: reply('leave') });
    acts(looks, {
      x: () =>
        expect([0, 1, 2].map((index) => connection(index).address)).toEqual(['a:7373', 'a:7373', 'a:7373']),
    });
  });

  marbles('go along when it moves', ({ connection, connect, acts, expectObservable }) => {
    const client = connect(soon, 'a,b');
    const sub1 = '     ^                     ';
    const sub2 = '     ---^                  ';
    const sub3 = '     -----------------^    ';
    const says1 = '    ---sa----#            ';
    const says3 = '    ----------------sb    ';
    const says4 = '    --------------------l ';
    const looks = '    --------------------x ';
    const expected1 = '----a------------b    ';
    const expected2 = '---------------#      ';
    const expected3 = '--------------------(v|)';

    expectObservable(client.stream('user').pipe(map(({ payload }) => payload)), sub1).toBe(expected1);
    expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, undefined, moved);
    expectObservable(client.leave(), sub3).toBe(expected3, { v: undefined });
    connection(0).says(says1, events);
    connection(1).says('');
    connection(2).says(says3, events);
    connection(3).says(says4, { l: reply('leave') });
    acts(looks, {
      x: () =>
        expect([0, 1, 2, 3].map((index) => connection(index).address)).toEqual([
          'a:7373',
          'a:7373',
          'b:7373',
          'b:7373',
        ]),
    });
  });

  manual(
    'lead to the main one’s, though another address has the same text',
    ({ connection, connect, expectObservable }) => {
      const client = connect(soon, 'a?AuthKey=old,a?AuthKey=new');
      const sub2 = '    --------^             ';
      const says1 = '   -hx                   ';
      const says2 = '   ---hks                ';
      const says3 = '   ---------hkj          ';
      const sent1 = '   hk                    ';
      const sent2 = '   --hkm                 ';
      const sent3 = '   --------hkj           ';
      const expected1 = '-----(v|)            ';
      const expected2 = '-----------(n|)      ';
      const hello = request('handshake', 0, { Version: 1 });
      const key = (AuthKey: string) => request('auth', 1, { AuthKey });

      expectObservable(client.members()).toBe(expected1, { v: [] });
      expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, { n: 1 });
      connection(0).says(says1, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
      connection(0).expectSent(sent1, { h: hello, k: key('old') });
      const accepts = { h: reply('handshake'), k: reply('auth') };
      connection(1).says(says2, { ...accepts, s: reply('members', members()) });
      connection(1).expectSent(sent2, { h: hello, k: key('new'), m: request('members', 2) });
      connection(2).says(says3, { ...accepts, j: reply('join', { Num: 1 }) });
      connection(2).expectSent(sent3, {
        h: hello,
        k: key('new'),
        j: request('join', 3, { Existing: ['10.0.0.9'], Replay: false }),
      });
    },
  );

  const policies: [string, NonNullable<ConnectOptions['reconnect']>][] = [
    ['reconnect: false', false],
    ['attempts: 1', { ...SOON, attempts: 1 }],
    ['attempts: 2', { ...SOON, attempts: 2 }],
  ];
  for (const [title, reconnect] of policies) {
    manual(`wait while it goes on to the next address: ${title}`, ({ connection, connect, ...kit }) => {
      const { expectObservable, acts } = kit;
      const client = connect({ reconnect }, 'a,b');
      const says1 = '    -#             ';
      const says2 = '    --hm           ';
      const says3 = '    -----hj        ';
      const expected1 = '---(v|)        ';
      const expected2 = '------(n|)     ';

      expectObservable(client.members()).toBe(expected1, { v: [] });
      expectObservable(client.join('10.0.0.9')).toBe(expected2, { n: 1 });
      connection(0).says(says1);
      connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      connection(2).says(says3, { h: reply('handshake'), j: reply('join', { Num: 1 }) });
      acts('             ------x', { x: () => expect(connection(2).address).toBe('b:7373') });
    });
  }

  manual(
    'go where they can while it is at rest, and where it leads as soon as it leads somewhere',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false }, 'a,b');
      const sub2 = '    -^             ';
      const says1 = '   --#            ';
      const says2 = '   ---hm          ';
      const says3 = '   -----hj        ';
      const expected1 = '------(n|)     ';
      const expected2 = '----(v|)       ';

      // It has begun before there was a main connection, at an address that fails while the main one goes on.
      expectObservable(client.join('10.0.0.9')).toBe(expected1, { n: 1 });
      expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
      connection(0).says(says1);
      connection(1).says('--#');
      connection(2).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      connection(3).says(says3, { h: reply('handshake'), j: reply('join', { Num: 1 }) });
    },
  );
});

describe('an address that accepts and drops', () => {
  marbles('is passed over, also when nobody waits', ({ connection, connect, acts, expectObservable }) => {
    const client = connect(soon, 'a,b');
    const sub2 = '    -------^      ';
    const says1 = '   ---#          ';
    const says2 = '   ---------e    ';
    const expected1 = '---#          ';
    const expected2 = '---------(v|) ';
    const lost = failure('ConnectionLostError', 'connection-lost', { address: 'a:7373' });

    expectObservable(client.event('e')).toBe(expected1, undefined, lost);
    expectObservable(client.event('e'), sub2).toBe(expected2, { v: undefined });
    connection(0).says(says1);
    connection(1).says(says2, { e: reply('event') });
    acts('             ---------x', { x: () => expect(connection(1).address).toBe('b:7373') });
  });
});
