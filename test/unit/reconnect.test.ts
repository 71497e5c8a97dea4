import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AuthenticationError, ConnectError, ConnectionLostError, ProtocolError } from '../../src/errors.ts';
import { afterFailure, DEFAULT_RECONNECT, type Failures, type ReconnectPolicy } from '../../src/reconnect.ts';

const unreachable = (address = 'a:7373') =>
  new ConnectError('connect-failed', `could not connect to ${address}: ECONNREFUSED`, { address });
const lost = (address = 'a:7373') =>
  new ConnectionLostError(`lost the connection to ${address}`, { address, outcome: 'unknown' });
const wrongKey = (address = 'a:7373') =>
  new AuthenticationError('auth-invalid', 'Invalid authentication token', { address });
const noKey = (address = 'a:7373') =>
  new AuthenticationError('auth-required', 'Authentication required', { address });
const noAgent = (address = 'a:7373') => new ProtocolError('not-msgpack', 'not an agent', { address });

/** After the `count`-th failure in a row of a client with one address that has been connected. */
function failures(count: number, more: Partial<Failures> = {}): Failures {
  return { count, errors: [unreachable()], addresses: 1, everConnected: true, freshKeys: false, ...more };
}

/** The defaults, without chance: each delay is half of its bound. */
const policy: ReconnectPolicy = { ...DEFAULT_RECONNECT, random: () => 0.5 };
const stubborn: ReconnectPolicy = { ...policy, firstConnect: 'keep-trying' };

describe('the first round over the addresses', () => {
  const first = (count: number) => failures(count, { addresses: 3, everConnected: false });

  test('tries the next address at once', () => {
    expect(afterFailure(first(1), policy)).toEqual({ retryIn: 0 });
    expect(afterFailure(first(2), policy)).toEqual({ retryIn: 0 });
  });

  test('does so whatever was wrong: another agent may have another key', () => {
    const errors = [wrongKey('a:1'), wrongKey('b:1')];
    expect(afterFailure({ ...first(2), errors }, policy)).toEqual({ retryIn: 0 });
  });

  test('is not bounded by attempts', () => {
    expect(afterFailure(first(2), { ...policy, attempts: 1 })).toEqual({ retryIn: 0 });
  });

  test("is the only one with 'fail-fast'", () => {
    const error = unreachable('c:1');
    expect(afterFailure({ ...first(3), errors: [error] }, policy)).toEqual({ giveUp: error });
  });

  test("is followed by a delay with 'keep-trying'", () => {
    expect(afterFailure(first(3), stubborn)).toEqual({ retryIn: 200 });
    expect(afterFailure(first(4), stubborn)).toEqual({ retryIn: 400 });
  });
});

describe('once there has been a connection', () => {
  test.each([
    [1, 50],
    [2, 100],
    [3, 200],
    [4, 400],
    [5, 800],
    [6, 1_600],
    [7, 3_200],
    [8, 5_000],
    [9, 5_000],
    [100, 5_000],
    [100_000, 5_000],
  ])(
    'the delay after failure %i is a part of a bound that doubles: half of it is %i ms',
    (count, retryIn) => {
      expect(afterFailure(failures(count), policy)).toEqual({ retryIn });
    },
  );

  test.each([
    [0, 0],
    [0.25, 100],
    [0.999, 400],
  ])('chance %d of a bound of 400 ms makes %i ms', (chance, retryIn) => {
    expect(afterFailure(failures(3), { ...policy, random: () => chance })).toEqual({ retryIn });
  });

  test('each address is worth a delay: there is no round any more', () => {
    expect(afterFailure(failures(1, { addresses: 3 }), policy)).toEqual({ retryIn: 50 });
  });

  test.each([
    ['the connection lost', [lost()]],
    ['an agent that is none', [noAgent(), noAgent()]],
    ['one refused key', [wrongKey()]],
    ['one refused key, after something else', [unreachable(), wrongKey()]],
    ['something else, after a refused key', [wrongKey(), unreachable()]],
    ['a refused key, and then none asked for', [wrongKey(), noKey()]],
  ])('%s is no reason to give up', (_, errors) => {
    expect(afterFailure(failures(2, { errors }), policy)).toEqual({ retryIn: 100 });
  });

  test('the same refusal of a key by every address is', () => {
    const errors = [wrongKey('a:1'), wrongKey('b:1'), wrongKey('c:1')];
    expect(afterFailure(failures(9, { errors, addresses: 3 }), policy)).toEqual({ giveUp: errors[0] });
  });

  test('a refusal by all but one, which cannot be reached, is not: that one may come back', () => {
    const errors = [unreachable('a:1'), wrongKey('b:1'), wrongKey('c:1')];
    expect(afterFailure(failures(9, { errors, addresses: 3 }), policy)).toHaveProperty('retryIn');
  });

  test('so many attempts in a row are', () => {
    const error = lost();
    const three = { ...policy, attempts: 3 };
    expect(afterFailure(failures(2), three)).toEqual({ retryIn: 100 });
    expect(afterFailure(failures(3, { errors: [error] }), three)).toEqual({ giveUp: error });
  });
});

describe('who gives up', () => {
  const givenUp = (errors: Failures['errors']) => {
    const verdict = afterFailure(failures(3, { errors, addresses: 3, everConnected: false }), policy);
    return 'giveUp' in verdict ? verdict.giveUp : undefined;
  };

  test('says what was wrong, where that is one thing', () => {
    const error = noAgent();
    expect(givenUp([error])).toBe(error);
  });

  test('says what was wrong with each address, the newest of each', () => {
    const last = noAgent('b:1');
    expect(givenUp([unreachable('a:1'), unreachable('b:1'), unreachable('c:1'), last])).toMatchObject({
      name: 'ConnectError',
      code: 'connect-failed',
      message:
        'no agent could be reached: could not connect to a:1: ECONNREFUSED; not an agent; could not connect to c:1: ECONNREFUSED',
      address: 'b:1',
      cause: last,
    });
  });

  test('says that a key was refused, above all', () => {
    const refused = wrongKey('b:1');
    expect(givenUp([unreachable('a:1'), refused, unreachable('c:1')])).toBe(refused);
  });
});

describe('any delay', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const delay = fc.oneof(fc.constant(0), fc.nat(60_000), fc.double({ min: 0, max: 1e6, noNaN: true }));
  const count = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 1_000_000_000 }));

  test('is a whole number of ms between 0 and its bounds', () => {
    fc.assert(
      fc.property(count, delay, delay, chance, (count, minDelay, maxDelay, random) => {
        const verdict = afterFailure(failures(count), {
          ...policy,
          minDelay,
          maxDelay,
          random: () => random,
        });
        const { retryIn } = verdict as { retryIn: number };
        expect(Number.isInteger(retryIn)).toBe(true);
        expect(retryIn).toBeGreaterThanOrEqual(0);
        expect(retryIn).toBeLessThanOrEqual(Math.round(maxDelay));
        if (count === 1) expect(retryIn).toBeLessThanOrEqual(Math.round(minDelay));
      }),
      { numRuns: 1_000 },
    );
  });

  test('never shrinks from failure to failure, for the same chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        delay,
        delay,
        chance,
        (count, minDelay, maxDelay, random) => {
          const options = { ...policy, minDelay, maxDelay, random: () => random };
          const [before, after] = [count, count + 1].map((n) => afterFailure(failures(n), options));
          expect((after as { retryIn: number }).retryIn).toBeGreaterThanOrEqual(
            (before as { retryIn: number }).retryIn,
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('is spread over all of its bound', () => {
    const options = { ...DEFAULT_RECONNECT };
    const delays = Array.from({ length: 10_000 }, () => afterFailure(failures(8), options)) as {
      retryIn: number;
    }[];
    for (let tenth = 0; tenth < 10; tenth++) {
      const within = delays.filter(({ retryIn }) => Math.floor(retryIn / 1_000) === tenth);
      expect(within.length).toBeGreaterThan(500);
    }
  });
});
