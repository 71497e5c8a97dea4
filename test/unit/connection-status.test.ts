import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConnectionChange, nextStatus } from '../../src/client/connection/connection-status.ts';
import { ConnectError } from '../../src/errors.ts';
import type { ConnectionStatus } from '../../src/model.ts';

const error = new ConnectError('connect-failed', 'refused', { address: 'a:1' });
const address = 'a:1';

const idle: ConnectionStatus = { state: 'idle' };
const connecting: ConnectionStatus = { state: 'connecting', address, attempt: 1 };
const connected: ConnectionStatus = { state: 'connected', address };
const waiting: ConnectionStatus = { state: 'waiting', address, attempt: 1, retryAt: 50, error };
const closed: ConnectionStatus = { state: 'closed' };

const attempt: ConnectionChange = { type: 'try', address, attempt: 1 };
const accept: ConnectionChange = { type: 'accept', address };
const silence: ConnectionChange = { type: 'silence', since: 5 };
const wait: ConnectionChange = { type: 'wait', address, attempt: 1, retryAt: 50, error };
const rest: ConnectionChange = { type: 'rest' };
const fail: ConnectionChange = { type: 'rest', error };
const close: ConnectionChange = { type: 'close' };

test.each([
  ['the first attempt', idle, attempt, connecting],
  ['the agent accepts', connecting, accept, connected],
  [
    'the first attempt fails: the next one',
    connecting,
    { ...attempt, address: 'b:1', attempt: 2 },
    { ...connecting, address: 'b:1', attempt: 2 },
  ],
  ['the attempt fails, the next one is due', connecting, wait, waiting],
  ['the connection is lost, an attempt is due', connected, wait, waiting],
  ['the agent is silent', connected, silence, { ...connected, silentSince: 5 }],
  ['it is heard again', { ...connected, silentSince: 5 }, { type: 'silence', since: undefined }, connected],
  ['it is lost after a silence', { ...connected, silentSince: 5 }, wait, waiting],
  ['it is due now', waiting, { ...attempt, attempt: 2 }, { ...connecting, attempt: 2 }],
  ['nobody waits any more', waiting, rest, idle],
  ['nobody waits any more, while connecting', connecting, rest, idle],
  ['the last attempt has failed', connecting, fail, { ...idle, error }],
  ['the connection is lost, and nobody needs another one', connected, fail, { ...idle, error }],
  ['it is tried again after that', { ...idle, error }, attempt, connecting],
  ['the client is closed, having done nothing', idle, close, closed],
  ['the client is closed while it connects', connecting, close, closed],
  ['the client is closed while it waits', waiting, close, closed],
  ['the client is closed', connected, close, closed],
] satisfies [string, ConnectionStatus, ConnectionChange, ConnectionStatus][])(
  '%s',
  (_, before, change, after) => {
    // Strictly: no field is left over, and none is there with the value `undefined`.
    expect(nextStatus(before, change)).toStrictEqual(after);
  },
);

test('to rest where it rests already is no change: the same object', () => {
  expect(nextStatus(idle, rest)).toBe(idle);
});

describe('whatever happens', () => {
  const text = fc.string();
  const number = fc.nat();
  const changes: fc.Arbitrary<ConnectionChange> = fc.oneof(
    fc.record({ type: fc.constant('try'), address: text, attempt: number }),
    fc.record({ type: fc.constant('accept'), address: text }),
    fc.record({ type: fc.constant('silence'), since: fc.option(number, { nil: undefined }) }),
    fc.record({
      type: fc.constant('wait'),
      address: text,
      attempt: number,
      retryAt: number,
      error: fc.constant(error),
    }),
    fc.record(
      { type: fc.constant('rest'), error: fc.constantFrom(error, undefined) },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('close') }),
  );
  const histories = fc.array(changes, { maxLength: 30 });
  const reached = (history: readonly ConnectionChange[]) => history.reduce(nextStatus, idle);

  test('closed is final: the same object for ever', () => {
    fc.assert(
      fc.property(histories, changes, (history, change) => {
        const end = nextStatus(reached(history), close);
        expect(end).toEqual(closed);
        expect(nextStatus(end, change)).toBe(end);
      }),
    );
  });

  test('it is pure: what goes in is not touched, and gives the same again', () => {
    fc.assert(
      fc.property(histories, changes, (history, change) => {
        const before = Object.freeze(reached(history));
        const frozen = Object.freeze({ ...change });
        expect(nextStatus(before, frozen)).toStrictEqual(nextStatus(before, frozen));
      }),
    );
  });

  test('a state has its own fields, and no others', () => {
    const fields = {
      idle: [['state'], ['error', 'state']],
      connecting: [['address', 'attempt', 'state']],
      connected: [
        ['address', 'state'],
        ['address', 'silentSince', 'state'],
      ],
      waiting: [['address', 'attempt', 'error', 'retryAt', 'state']],
      closed: [['state']],
    };
    fc.assert(
      fc.property(histories, (history) => {
        const status = reached(history);
        expect(fields[status.state]).toContainEqual(Object.keys(status).sort());
      }),
    );
  });
});
