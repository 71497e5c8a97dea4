import { map, NEVER, of, throwError, timer } from 'rxjs';
import { describe, expect } from 'vitest';
import { WebSocketClosedError } from '../src/socket/close-codes.ts';
import { failure, manual, marbles, members, refuse, reply, request, soon, states } from './kit/index.ts';
import { hello, stubborn, unauthorized } from './reconnect/letters.ts';

// A gateway carries out side by side what a client asks for, so a client has one connection to it. Its key may be asked for
// anew for each connection, and when it closes one it says why.

const GATEWAY = 'wss://gate.example.org/serf';
const closed = (code: number, reason = '') => new WebSocketClosedError(code, reason, true);
const auth = (AuthKey: string) => request('auth', 1, { AuthKey });
const letters = {
  h: reply('handshake'),
  k: reply('auth'),
  s: reply('stream'),
  x: refuse('auth', 'Invalid authentication token'),
};

describe('a client of a gateway', () => {
  marbles('has one connection for everything', ({ agent, connect, expectObservable }) => {
    const client = connect({ accountForDrops: true }, GATEWAY);
    const sent = '   -(jpids)   ';
    const says = '   ---p--idsj ';
    const join = '   ---------(n|)';
    const pattern = '---(m|)    ';

    expectObservable(client.join('10.0.0.9')).toBe(join, { n: 1 });
    expectObservable(client.members({ name: 'a.*' })).toBe(pattern, { m: [] });
    expectObservable(client.monitor('info')).toBe('');
    expectObservable(client.monitor('debug')).toBe('');
    expectObservable(client.stream('user')).toBe('');
    agent.says(says, {
      p: reply('members-filtered', members()),
      i: reply('monitor'),
      d: reply('monitor'),
      s: reply('stream'),
      j: reply('join', { Num: 1 }),
    });
    agent.expectSent(sent, {
      j: request('join', 1, { Existing: ['10.0.0.9'], Replay: false }),
      p: request('members-filtered', 2, { Tags: {}, Status: '', Name: 'a.*' }),
      i: request('monitor', 3, { LogLevel: 'info' }),
      d: request('monitor', 4, { LogLevel: 'debug' }),
      s: request('stream', 5, { Type: 'user' }),
    });
  });

  marbles(
    'asks for members by pattern again when the connection was lost, and blames no pattern',
    ({ connection, connect, expectObservable }) => {
      const client = connect(soon, GATEWAY);
      const says1 = '  ---|          ';
      const says2 = '  -----------|  ';
      const expected = '-----------#  ';

      expectObservable(client.members({ name: 'a.*' })).toBe(
        expected,
        undefined,
        failure('ConnectionLostError', 'connection-lost', { outcome: 'unknown' }),
      );
      connection(0).says(says1);
      connection(1).says(says2);
    },
  );
});

describe('a close code', () => {
  marbles('4403 is final, and reaches who listens', ({ agent, connect, expectObservable }) => {
    const client = connect(soon, GATEWAY);
    const says = '    --s---#  ';
    const expected = '------#  ';
    const error = failure('ConnectionLostError', 'connection-lost', {
      closeCode: 4403,
      closeReason: 'you are a viewer now',
    });

    expectObservable(client.stream('user')).toBe(expected, undefined, error);
    expectObservable(client.status$.pipe(map(({ state }) => state))).toBe('cy----i', states);
    agent.says(says, letters, closed(4403, 'you are a viewer now'));
  });

  for (const code of [1001, 1006, 1009, 1012, 1013, 4401, 4000]) {
    marbles(`${code} is an interruption`, ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon, GATEWAY);
      const says1 = ' --s---#        ';
      const says2 = ' -------------s ';
      const expected = '-------------- ';
      const status = '  cy----w----cy ';

      expectObservable(client.stream('user')).toBe(expected);
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
      agent.says(says1, letters, closed(code));
      connection(1).says(says2, letters);
    });
  }

  // Whether the peer has ended it, or the network: nobody tells.
  marbles('1006 is no answer to a leave', ({ agent, connect, expectObservable }) => {
    const client = connect(soon, GATEWAY);
    const says = '    ----#';
    const expected = '----#';

    expectObservable(client.leave()).toBe(
      expected,
      undefined,
      failure('ConnectionLostError', 'connection-lost', { closeCode: 1006, outcome: 'unknown' }),
    );
    agent.says(says, letters, closed(1006));
  });

  marbles('stands in the error of a request', ({ agent, connect, expectObservable }) => {
    const client = connect(soon, GATEWAY);
    const says = '    ---#';
    const expected = '---#';

    expectObservable(client.event('deploy')).toBe(
      expected,
      undefined,
      failure('ConnectionLostError', 'connection-lost', { closeCode: 1013, closeReason: 'too slow' }),
    );
    agent.says(says, letters, closed(1013, 'too slow'));
  });

  manual('stands in the error of who could not connect', ({ agent, connect, expectObservable }) => {
    const client = connect({}, `${GATEWAY}?AuthKey=k1`);
    const says = '    -h-#';
    const expected = '---#';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('ConnectError', 'connect-failed', { closeCode: 1008, closeReason: 'busy' }),
    );
    agent.says(says, letters, closed(1008, 'busy'));
  });
});

describe('a key that is asked for', () => {
  /** Gives one after the other, and counts. */
  const giving = (...keys: string[]) => {
    let asked = 0;
    return () => keys[asked++] ?? 'asked too often';
  };

  manual('is asked for each connection', ({ agent, connection, connect, expectObservable }) => {
    const client = connect({ ...soon, authKey: giving('k1', 'k2') }, GATEWAY);
    const says1 = '   -h-ks--#              ';
    const sent1 = '   ga-s                  ';
    const sent2 = '   ------------ga-s      ';
    const says2 = '   -------------h-ks     ';
    const expected = '-----------------     ';

    expectObservable(client.stream('user')).toBe(expected);
    agent.says(says1, letters, closed(4401, 'token expired'));
    agent.expectSent(sent1, {
      g: hello,
      a: auth('k1'),
      s: request('stream', 2, { Type: 'user' }),
    });
    connection(1).says(says2, letters);
    connection(1).expectSent(sent2, {
      g: hello,
      a: auth('k2'),
      s: request('stream', 2, { Type: 'user' }),
    });
  });

  manual(
    'and refused when it is fresh is final, without a loop',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({ ...soon, authKey: giving('k1', 'k2') }, GATEWAY);
      const says1 = '   -h-ks--#         ';
      const says2 = '   -------------h-x ';
      const expected = '---------------# ';

      expectObservable(client.stream('user')).toBe(expected, undefined, unauthorized);
      agent.says(says1, letters, closed(4401, 'token expired'));
      connection(1).says(says2, letters);
    },
  );

  manual(
    'and refused when it is fresh is final on a further connection, too',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({ ...soon, authKey: giving('k1', 'k2') });
      const sub = '      -----^    ';
      const says1 = '    -h-ks     ';
      const says2 = '    ------h-x ';
      const expected = ' --------# ';

      expectObservable(client.stream('user')).toBe('');
      expectObservable(client.join('10.0.0.9'), sub).toBe(expected, undefined, unauthorized);
      agent.says(says1, letters);
      connection(1).says(says2, letters);
    },
  );

  manual(
    'and is still refused at the second address is final',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ ...stubborn, authKey: giving('k1', 'k2') }, 'wss://a,wss://b');
      const says1 = '   -h-x         ';
      const says2 = '   ----h-x      ';
      const expected = '------#      ';

      expectObservable(client.stream('user')).toBe(expected, undefined, unauthorized);
      connection(0).says(says1, letters);
      connection(1).says(says2, letters);
    },
  );

  manual(
    'later, is waited for before anything is opened',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ authKey: () => timer(5).pipe(map(() => 'k1')) }, GATEWAY);
      const says = '     ------h-km   ';
      const expected = ' ---------(m|)';
      const connected = '-----^      ';

      expectObservable(client.members()).toBe(expected, { m: [] });
      agent.says(says, { ...letters, m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual('and does not come counts as the time to connect', ({ connect, expectObservable }) => {
    const client = connect({ authKey: () => NEVER, connectTimeout: 20 }, GATEWAY);
    const expected = '20ms #';
    const message = 'authKey gave no key for wss://gate.example.org/serf in 20 ms';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('ConnectError', 'connect-timeout', { message }),
    );
  });

  manual('and is given up is not asked for any longer', ({ connect, expectObservable, timers, acts }) => {
    const client = connect({ authKey: () => timer(1_000).pipe(map(() => 'k1')) }, GATEWAY);
    const sub = '     ^--!  ';
    const expected = '-----';
    const after = '   ----x ';

    expectObservable(client.members(), sub).toBe(expected);
    acts(after, { x: () => expect(timers()).toBe(0) });
  });

  const broken = new Error('the session service is away');
  for (const [what, authKey] of [
    [
      'throws',
      () => {
        throw broken;
      },
    ],
    ['rejects', () => throwError(() => broken)],
    ['completes without one', () => of()],
  ] as const) {
    manual(
      `of a function that ${what} is a ConnectError, and asked for again`,
      ({ connect, expectObservable }) => {
        let asked = 0;
        const client = connect({ ...stubborn, authKey: () => (asked++ === 2 ? NEVER : authKey()) }, GATEWAY);
        const sub = '   ^---------------!';
        const status = 'w----(cw)------ci';

        expectObservable(client.members(), sub).toBe('');
        expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
      },
    );
  }

  manual('of a function that throws: why, and where to', ({ connect, expectObservable }) => {
    const client = connect({ authKey: () => throwError(() => broken) }, GATEWAY);
    const message = 'could not connect to wss://gate.example.org/serf: authKey gave no key';

    expectObservable(client.members()).toBe(
      '#',
      undefined,
      failure('ConnectError', 'connect-failed', {
        message,
        address: 'wss://gate.example.org/serf',
        cause: broken,
      }),
    );
  });

  manual('that is no text is misuse, and final', ({ connect, expectObservable }) => {
    const client = connect({ ...stubborn, authKey: () => of(5 as unknown as string) }, GATEWAY);
    const expected = '#';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('InvalidArgumentError', 'invalid-argument', {
        message: 'authKey should give a text, not number',
      }),
    );
  });
});

describe('reconnect()', () => {
  marbles('ends the wait for the next attempt', ({ agent, connection, connect, acts, expectObservable }) => {
    const client = connect({ reconnect: { minDelay: 10_000, random: () => 0.5 } });
    const says1 = ' --s---#      ';
    const now = '   ---------r   ';
    const says2 = ' -----------s ';
    const status = 'cy----w--cy  ';

    client.stream('user').subscribe();
    expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
    acts(now, { r: () => client.reconnect() });
    agent.says(says1, letters);
    connection(1).says(says2, letters);
  });

  marbles('does nothing where nobody waits', ({ agent, connect, acts, expectObservable }) => {
    const client = connect();
    const now = '     r--r--';
    const sub = '     -^    ';
    const says = '    ---s  ';
    const status = '  ic y  ';

    client.reconnect();
    expectObservable(client.stream('user'), sub).toBe('');
    expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
    acts(now, { r: () => client.reconnect() });
    agent.says(says, letters);
  });
});
