import { describe } from 'vitest';
import { failure, manual, reply, SOON } from '../kit/index.ts';
import { unreachable, wrongKey } from './letters.ts';

describe('reconnect.attempts', () => {
  manual(
    'bounds how many in a row may fail, a lost connection included',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, attempts: 3 } });
      const says = [
        '               -hs#                ',
        '               ---------#          ',
        '               --------------------#',
      ];
      const expected = '--------------------#';

      expectObservable(client.stream('user')).toBe(expected, undefined, unreachable);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
      });
    },
  );

  manual('counts anew after a connection that lasted 5 s', ({ connection, connect, expectObservable }) => {
    const client = connect({ reconnect: { ...SOON, attempts: 2 } });
    const says = [
      '               -hs#                         ',
      '               ---------hs 5s #             ',
      '               ----------- 5s ------#       ',
    ];
    const expected = '----------- 5s ------#       ';

    expectObservable(client.stream('user')).toBe(expected, undefined, unreachable);
    says.forEach((each, index) => {
      connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
    });
  });

  manual(
    'tells what was wrong in the end, not what was wrong before the last good connection',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, attempts: 1 } }, 'a?AuthKey=s3cret,b');
      const says1 = '   -h-x         ';
      const says2 = '   ----h-ks 5s #';
      const expected = '-------- 5s #';

      const ended = failure('ConnectionLostError', 'connection-lost', { address: 'b:7373' });
      expectObservable(client.stream('user')).toBe(expected, undefined, ended);
      const all = { h: reply('handshake'), k: reply('auth'), x: wrongKey, s: reply('stream') };
      connection(0).says(says1, all);
      connection(1).says(says2, all);
    },
  );
});
