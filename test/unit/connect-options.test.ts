import { connect } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { any, exactly, expectThrown, offline } from './calls.ts';

describe('options of connect', () => {
  const times = ['connectTimeout', 'timeout', 'linger', 'idleTimeout', 'heartbeat', 'resync'] as const;

  describe.each(times)('%s', (option) => {
    test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, any('1'), any(1n), any({})])(
      '%s',
      (value) => {
        const message = exactly(`${option} should be 0 to ${2 ** 31 - 1} ms, not ${String(value)}`);
        expectThrown(() => offline({ [option]: value }), 'invalid-argument', message);
      },
    );

    test.each([0, 0.5, 2 ** 31 - 1, undefined])('%s is fine', (value) => {
      offline({ [option]: value });
    });
  });

  test.each([
    [{ payloadLimit: -1 }, 'payloadLimit should be a number from 0 up, not -1'],
    [{ payloadLimit: Number.NaN }, 'payloadLimit should be a number from 0 up, not NaN'],
    [{ payloadLimit: any('1 kB') }, 'payloadLimit should be a number from 0 up, not 1 kB'],
    [{ limits: { frameBytes: 0 } }, 'limits.frameBytes should be a number from 1 up, not 0'],
    [{ limits: { depth: -1 } }, 'limits.depth should be a number from 1 up, not -1'],
    [{ limits: { values: Number.NaN } }, 'limits.values should be a number from 1 up, not NaN'],
  ])('%o', (options, message) => {
    expectThrown(() => offline(options), 'invalid-argument', exactly(message));
  });

  test.each<[string, unknown, RegExp]>([
    ['codec', {}, /^a codec should have two functions, encode and decode$/],
    ['authKey', 12345, /^authKey should be a text or a function, not number$/],
    ['scheduler', {}, /^scheduler should be one of RxJS's, or like one, not \[object Object\]$/],
    [
      'reconnect',
      { firstConnect: 'x' },
      /^reconnect.firstConnect should be 'fail-fast' or 'keep-trying', not x$/,
    ],
    ['reconnect', { random: 5 }, /^reconnect.random should be a function, not 5$/],
  ])('%s: %o', (name, value, message) => {
    expectThrown(() => offline({ [name]: value }), 'invalid-argument', message);
  });

  test('socket is a function', () => {
    expectThrown(
      () => connect('a', { socket: any(5) }),
      'invalid-argument',
      /^socket should be a function, not 5$/,
    );
  });

  test('are an object, and the address is a text', () => {
    expectThrown(
      () => connect('a', any(null)),
      'invalid-argument',
      /^connect: the options should be an object$/,
    );
    expectThrown(
      () => connect(any(null)),
      'invalid-address',
      /^an address should be a text, or a list of texts$/,
    );
  });

  test('a limit may be infinite', () => {
    const most = Number.POSITIVE_INFINITY;
    offline({ payloadLimit: most, limits: { frameBytes: most, depth: most, values: most } });
  });

  test.each(['serf', 'serfs', 'unix:/run/serf.sock', 'ws', 'wss'])('%s:// has a socket on Node', (scheme) => {
    expect(() => connect(scheme.includes(':') ? scheme : `${scheme}://agent`)).not.toThrow();
  });

  test('an unknown scheme is refused, with a socket too', () => {
    const message = exactly(
      'not an address: "foo://agent" (use one of serf, tcp, serfs, tls, unix, ws, wss as the scheme)',
    );
    expectThrown(() => connect('foo://agent'), 'invalid-address', message);
    expectThrown(() => connect('foo://agent', { socket: offline().socket }), 'invalid-address', message);
  });
});
