import { filter, map, type Observable } from 'rxjs';
import type { ConnectionStatus, ReconnectOptions } from 'rxserf';
import { describe } from 'vitest';
import { manual, marbles, reply, soon } from '../kit/index.ts';
import { unreachable } from './letters.ts';

describe('the delay before an attempt', () => {
  const nobody = () => {
    throw new Error('ECONNREFUSED');
  };
  const delays = (options: Partial<ReconnectOptions>) => {
    return { socket: nobody, reconnect: { firstConnect: 'keep-trying', ...options } } as const;
  };
  const patient = { timeout: 60_000 };
  const until = '^ 28s !';
  /** The delays in ms, as letters. */
  function delayed(status$: Observable<ConnectionStatus>, now: () => number) {
    return status$.pipe(
      filter((status) => status.state === 'waiting'),
      map(({ retryAt }) => retryAt - now()),
    );
  }

  marbles(
    'is random between nothing and a bound that doubles from 100 ms to 10 s',
    ({ connect, expectObservable, scheduler }) => {
      const client = connect(delays({ random: () => 0.5 }));
      const expected =
        'a 49ms b 99ms c 199ms d 399ms e 799ms f 1599ms g 3199ms h 4999ms h 4999ms h 4999ms h 4999ms h';
      const values = { a: 50, b: 100, c: 200, d: 400, e: 800, f: 1600, g: 3200, h: 5000 };

      expectObservable(client.members({}, patient), until).toBe('');
      expectObservable(
        delayed(client.status$, () => scheduler.now()),
        until,
      ).toBe(expected, values);
    },
  );

  marbles('may be as long as the bound', ({ connect, expectObservable, scheduler }) => {
    const client = connect(delays({ random: () => 0.999 }));
    const expected = 'a 99ms b 199ms c 399ms d 798ms e 1597ms f 3196ms g 6393ms h 9989ms h';
    const values = { a: 100, b: 200, c: 400, d: 799, e: 1598, f: 3197, g: 6394, h: 9990 };

    expectObservable(client.members({}, patient), until).toBe('');
    expectObservable(
      delayed(client.status$, () => scheduler.now()),
      until,
    ).toBe(expected, values);
  });

  manual('may be nothing: it tries again at once', ({ connection, connect, expectObservable }) => {
    const client = connect({ reconnect: { random: () => 0, attempts: 4, firstConnect: 'keep-trying' } });
    const says = ['-#', '--#', '---#', '----#'];
    const status = '  1234i';
    const expected = '----#';

    expectObservable(client.members()).toBe(expected, undefined, unreachable);
    expectObservable(
      client.status$.pipe(map((status) => (status.state === 'connecting' ? `${status.attempt}` : 'i'))),
    ).toBe(status);
    says.forEach((each, index) => {
      connection(index).says(each);
    });
  });

  marbles('has other bounds where it is told so', ({ connect, expectObservable, scheduler }) => {
    const client = connect(delays({ random: () => 0.5, minDelay: 8, maxDelay: 20 }));
    const until = '   ^-------------------------------------!';
    const expected = 'a---b-------c---------c---------c----- ';

    expectObservable(client.members(), until).toBe('');
    expectObservable(
      delayed(client.status$, () => scheduler.now()),
      until,
    ).toBe(expected, { a: 4, b: 8, c: 10 });
  });

  marbles(
    'grows from loss to loss while no connection lasts 5 s',
    ({ connection, connect, expectObservable, scheduler }) => {
      const client = connect(soon);
      const says1 = '   ---#                                     ';
      const says2 = '   ----------#                              ';
      const says3 = '   -------------------- 4998ms --#          ';
      const says4 = '   -------------------- 4998ms -------------';
      const never = '   -------------------- 4998ms -------------';
      const expected = '---a------b--------- 4998ms --c----------';

      expectObservable(client.stream('user'), `^------------------- 4998ms ------------!`).toBe(never);
      expectObservable(delayed(client.status$, () => scheduler.now())).toBe(expected, { a: 5, b: 10, c: 20 });
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says);
      });
    },
  );

  marbles(
    'starts anew after a connection that lasted 5 s',
    ({ connection, connect, expectObservable, scheduler }) => {
      const client = connect(soon);
      const says1 = '   ---#                                     ';
      const says2 = '   ----------#                              ';
      const says3 = '   ----------------------s 4998ms #         ';
      const says4 = '   ----------------------- 4998ms -------s--';
      const never = '   ----------------------- 4998ms ----------';
      const expected = '---a------b------------ 4998ms c---------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(delayed(client.status$, () => scheduler.now())).toBe(expected, { a: 5, b: 10, c: 5 });
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says, { s: reply('stream') });
      });
    },
  );

  marbles(
    'starts anew after nobody has needed one',
    ({ connection, connect, expectObservable, scheduler }) => {
      const client = connect(soon);
      const sub = '     ^-----------!                 ';
      const sub2 = '    ------------------^           ';
      const says1 = '   --s#                          ';
      const says2 = '   ----------#                   ';
      const says3 = '   --------------------s#        ';
      const says4 = '   ----------------------------s-';
      const never = '   ------------------------------';
      const expected = '---a------b----------a--------';

      expectObservable(client.stream('user'), sub).toBe(never);
      expectObservable(client.stream('user'), sub2).toBe(never);
      expectObservable(delayed(client.status$, () => scheduler.now())).toBe(expected, { a: 5, b: 10 });
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says, { s: reply('stream') });
      });
    },
  );
});
