import { map } from 'rxjs';
import { describe } from 'vitest';
import { manual, members, reply, soon } from '../kit/index.ts';
import { connecting, HERE, hello, KEYED, key, stubborn, unauthorized, waiting, wrongKey } from './letters.ts';

describe('a key that is refused', () => {
  const greeted = { h: reply('handshake'), k: reply('auth'), x: wrongKey, s: reply('stream') };

  manual('twice in a row is final', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(stubborn, KEYED);
    const sub1 = '    ^           ';
    const sub2 = '    ------^     ';
    const says1 = '   -h-x        ';
    const says2 = '   ---------h-x';
    const sent1 = '   gk          ';
    const sent2 = '   --------gk  ';
    const expected = '-----------#';
    const status = '  c--w----d--i';

    expectObservable(client.stream('user'), sub1).toBe(expected, undefined, unauthorized);
    expectObservable(client.members(), sub2).toBe(expected, undefined, unauthorized);
    expectObservable(client.status$).toBe(status, {
      c: connecting(HERE),
      w: waiting(HERE, 1, 8, unauthorized),
      d: connecting(HERE, 2),
      i: { state: 'idle', error: unauthorized },
    });
    agent.says(says1, greeted);
    agent.expectSent(sent1, { g: hello, k: key });
    connection(1).says(says2, greeted);
    connection(1).expectSent(sent2, { g: hello, k: key });
  });

  manual(
    'once, may be a mishap: an agent that starts again, another address',
    ({ connection, connect, expectObservable }) => {
      const client = connect(stubborn, KEYED);
      const says = [
        '              -h-x                                       ',
        '              ---------#                                 ',
        '              --------------------h-x                    ',
        '              -------------------------------------------h-ks',
      ];
      const never = ' ------------------------------------------------';
      const status = 'c--w----cw---------c--w-------------------c--y--';
      const letters = { c: 'connecting', w: 'waiting', y: 'connected' };

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, letters);
      says.forEach((each, index) => {
        connection(index).says(each, greeted);
      });
    },
  );

  manual(
    'on two addresses is as final, before the first connection and after it',
    ({ connection, connect, expectObservable }) => {
      const client = connect(soon, 'a?AuthKey=s3cret,b');
      const says = [
        '               -h-ks-#              ',
        '               ------------h-x      ',
        '               -------------------------h-x',
      ];
      const expected = '---------------------------#';

      expectObservable(client.stream('user')).toBe(expected, undefined, unauthorized);
      says.forEach((each, index) => {
        connection(index).says(each, greeted);
      });
    },
  );

  manual('can be asked with again, by whoever wants to', ({ connection, connect, expectObservable }) => {
    const client = connect(soon, KEYED);
    const sub1 = '     ^             ';
    const sub2 = '     ------^       ';
    const says1 = '    -h-x          ';
    const says2 = '    -------h-km   ';
    const expected1 = '---#          ';
    const expected2 = '----------(m|)';

    expectObservable(client.members(), sub1).toBe(expected1, undefined, unauthorized);
    expectObservable(client.members(), sub2).toBe(expected2, { m: [] });
    connection(0).says(says1, greeted);
    connection(1).says(says2, { ...greeted, m: reply('members', members()) });
  });
});
