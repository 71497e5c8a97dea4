import { map } from 'rxjs';
import { describe, expect } from 'vitest';
import { failure, marbles, marblesWith, records, reply, userEvent } from './kit/index.ts';

// A client has several connections, for commands that would be in each other's way. They all lead to one agent: a
// `leave` is for the one that `status$` names.

/** The first attempt after a loss follows 5 ms later. */
const soon = { reconnect: { minDelay: 10, random: () => 0.5 } };
const moved = failure('ConnectionLostError', 'connection-lost', { command: 'join', outcome: 'unknown' });
const events = { s: reply('stream'), ...records('stream', 'ab', userEvent) };

/** The agents of these stories acknowledge nothing by themselves. */
const manual = marblesWith({ greets: false });

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
});
