import { map } from 'rxjs';
import { ConnectError } from 'rxserf';
import { describe, expect } from 'vitest';
import { failure, manual, marbles, members, reply } from '../kit/index.ts';
import { KEYED, NOBODY } from './letters.ts';

describe('status$', () => {
  const idle = { state: 'idle' };
  const closed = { state: 'closed' };
  const connecting = (address: string, attempt = 1) => ({ state: 'connecting', address, attempt });
  const connected = (address: string) => ({ state: 'connected', address });

  manual(
    'tells the story of the connection, the present state first',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '      ^                ';
      const sub2 = '      -----------^     ';
      const sub3 = '      -----------------^';
      const requests = '  ---m             ';
      const says = '      -----h---m       ';
      const closes = '    --------------x  ';
      const expected1 = ' i--c-y--------(d|)';
      const expected2 = ' -----------y--(d|)';
      const expected3 = ' -----------------(d|)';
      const states = {
        i: idle,
        c: connecting('127.0.0.1:7373'),
        y: connected('127.0.0.1:7373'),
        d: closed,
      };

      expectObservable(client.status$, sub1).toBe(expected1, states);
      expectObservable(client.status$, sub2).toBe(expected2, states);
      expectObservable(client.status$, sub3).toBe(expected3, states);
      acts(requests, { m: () => client.members().subscribe() });
      agent.says(says, { h: reply('handshake'), m: reply('members', members()) });
      acts(closes, { x: () => client.close() });
    },
  );

  manual(
    'tells of each address that is tried, and of why none was reached',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({}, NOBODY);
      const sub = '       --^        ';
      const says1 = '     ---#       ';
      const says2 = '     -----|     ';
      const expected1 = ' -----#     ';
      const expected2 = ' i-cd-x     ';

      expectObservable(client.status$).toBe(expected2, {
        i: idle,
        c: connecting('127.0.0.1:7371'),
        d: connecting('127.0.0.2:7372', 2),
        x: { state: 'idle', error: expect.any(ConnectError) },
      });
      expectObservable(client.members(), sub).toBe(
        expected1,
        undefined,
        failure('ConnectError', 'connect-failed'),
      );
      agent.says(says1);
      connection(1).says(says2);
    },
  );

  manual(
    'is connected once the key is accepted, and never shows it',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect({}, KEYED);
      const requests = ' x      ';
      const says = '     --h--a ';
      const expected = ' c----y ';

      acts(requests, { x: () => client.members().subscribe({ error: () => {} }) });
      expectObservable(client.status$.pipe(map((status) => JSON.stringify(status)))).toBe(expected, {
        c: JSON.stringify(connecting('127.0.0.1:7373')),
        y: JSON.stringify(connected('127.0.0.1:7373')),
      });
      agent.says(says, { h: reply('handshake'), a: reply('auth') });
    },
  );

  marbles(
    'knows nothing of the connections that only some requests use',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---j   ';
      const expected1 = '---(n|)';
      const expected2 = 'i------';

      expectObservable(client.join('10.0.0.9')).toBe(expected1, { n: 1 });
      expectObservable(client.status$).toBe(expected2, { i: idle });
      agent.says(says, { j: reply('join', { Num: 1 }) });
    },
  );
});
