import { map } from 'rxjs';
import { describe } from 'vitest';
import { failure, manual, members, reply, SOON, soon } from '../kit/index.ts';
import { connected, connecting, stubborn, tried, unreachable, waiting } from './letters.ts';

describe('before the first connection', () => {
  manual(
    'a client fails fast: it tries each address once, and tells all who wait',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon, 'a,b');
      const says1 = '   --#   ';
      const says2 = '   -----#';
      const expected = '-----#';
      const status = '  c-d--i';

      const failed = failure('ConnectError', 'connect-failed', { address: 'b:7373' });
      expectObservable(client.members()).toBe(expected, undefined, failed);
      expectObservable(client.stream('user')).toBe(expected, undefined, failed);
      expectObservable(client.status$).toBe(status, {
        c: connecting('a:7373'),
        d: connecting('b:7373', 2),
        i: { state: 'idle', error: failed },
      });
      agent.says(says1);
      connection(1).says(says2);
    },
  );

  manual(
    'it keeps trying where it is told to, the addresses round and round, with time between rounds',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(stubborn, 'a,b');
      const says1 = ' --#                                    ';
      const says2 = ' -----#                                 ';
      const says3 = ' ----------------#                      ';
      const says4 = ' -------------------------------------hs';
      const never = ' ---------------------------------------';
      const status = 'c-d--w---------ex-------------------fy ';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.status$).toBe(status, {
        c: connecting('a:7373', 1),
        d: connecting('b:7373', 2),
        w: waiting('b:7373', 2, 15, unreachable),
        e: connecting('a:7373', 3),
        x: waiting('a:7373', 3, 36, unreachable),
        f: connecting('b:7373', 4),
        y: connected('b:7373'),
      });
      agent.says(says1);
      connection(1).says(says2);
      connection(2).says(says3);
      connection(3).says(says4, { h: reply('handshake'), s: reply('stream') });
    },
  );

  manual('a request that came later shares its fate', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon, 'a,b');
    const sub1 = '    ^      ';
    const sub2 = '    ----^  ';
    const says1 = '   --#    ';
    const says2 = '   ------#';
    const expected = '------#';

    expectObservable(client.members(), sub1).toBe(expected, undefined, unreachable);
    expectObservable(client.members(), sub2).toBe(expected, undefined, unreachable);
    agent.says(says1);
    connection(1).says(says2);
  });
});

describe('once there has been a connection', () => {
  manual(
    'a client keeps trying, also for those who come later',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^                   ';
      const sub2 = '     -------^            ';
      const says1 = '    -hm--|              ';
      const says2 = '    --------#           ';
      const says3 = '    --------------h-m   ';
      const expected1 = '--(m|)              ';
      const expected2 = '----------------(m|)';
      const status = '   cy---i-dw----ey     ';
      const letters = {
        c: 'connecting',
        d: 'connecting',
        e: 'connecting',
        y: 'connected',
        w: 'waiting',
        i: 'idle',
      };

      expectObservable(client.members(), sub1).toBe(expected1, { m: [] });
      expectObservable(client.members(), sub2).toBe(expected2, { m: [] });
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, letters);
      const all = { h: reply('handshake'), m: reply('members', members()) };
      agent.says(says1, all);
      connection(1).says(says2);
      connection(2).says(says3, all);
    },
  );

  manual(
    'it begins with the address that worked last, and goes round and round',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, maxDelay: 10 } }, 'a,b,c');
      const says = [
        '              -#                                    ',
        '              --hs 5s #                             ',
        '              ---- 5s ------#                       ',
        '              ---- 5s ------------#                 ',
        '              ---- 5s ------------------#           ',
        '              ---- 5s ------------------------hs    ',
      ];
      const status = 'ab-- 5s -----b-----c-----a-----b------';
      const never = ' ---- 5s ------------------------------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(tried(client.status$)).toBe(status);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
      });
    },
  );

  manual(
    'it passes over an address that accepts and drops again',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, maxDelay: 10 } }, 'a,b');
      const says = [
        '              -hs#                       ',
        '              ---------h#                ',
        '              ----------------hs#        ',
        '              ------------------------hs ',
      ];
      const status = 'a-------b------a-------b--';
      const never = ' --------------------------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(tried(client.status$)).toBe(status);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
      });
    },
  );
});
