import fc from 'fast-check';
import {
  binary,
  ClosedError,
  type Codec,
  type ConnectOptions,
  connect,
  InvalidArgumentError,
  json,
  type SerfClient,
  type SerfErrorCode,
  utf8,
} from 'rxserf';
import { describe, expect, test, vi } from 'vitest';
import { shown, thrownBy } from './shown.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const bytes = (...values: number[]) => Uint8Array.from(values);

/** A client whose sockets must never be made. */
function offline(options: ConnectOptions = {}) {
  const socket = vi.fn<NonNullable<ConnectOptions['socket']>>(() => {
    throw new Error('a call was sent');
  });
  return { socket, client: connect('127.0.0.1:7373', { codec: binary(), ...options, socket }) };
}

/** Has `call` throw at the call, before anything is subscribed to or sent. */
function expectThrown(
  call: (client: SerfClient) => unknown,
  code: SerfErrorCode,
  message: string | RegExp,
  options?: ConnectOptions,
) {
  const { client, socket } = offline(options);
  const error = thrownBy(() => call(client));

  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect(error).toMatchObject({
    code,
    name: 'InvalidArgumentError',
    message: expect.stringMatching(message),
  });
  expect(socket).not.toHaveBeenCalled();
  return error as InvalidArgumentError;
}

const any = (value: unknown) => value as never;
/** The text itself, as a pattern for all of a message. */
const exactly = (text: string) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

describe('names', () => {
  test.each<[string, (client: SerfClient) => unknown, string]>([
    ['event', (client) => client.event(''), 'event: the name is empty'],
    ['event', (client) => client.event(any(undefined)), 'event: the name should be a text, not undefined'],
    ['event', (client) => client.event(any(7)), 'event: the name should be a text, not number'],
    ['query', (client) => client.query(''), 'query: the name is empty'],
    ['query', (client) => client.query(any(null)), 'query: the name should be a text, not null'],
    ['forceLeave', (client) => client.forceLeave(''), 'force-leave: the node is empty'],
    [
      'forceLeave',
      (client) => client.forceLeave(any({})),
      'force-leave: the node should be a text, not object',
    ],
    ['coordinate', (client) => client.coordinate(''), 'get-coordinate: the node is empty'],
    [
      'coordinate',
      (client) => client.coordinate(any(1n)),
      'get-coordinate: the node should be a text, not bigint',
    ],
    [
      'monitor',
      (client) => client.monitor(any(3)),
      'monitor: the level should be one of trace, debug, info, warn, err, not 3',
    ],
    [
      'members',
      (client) => client.members({ name: any(/a/) }),
      'members-filtered: name should be a text, not object',
    ],
    [
      'members',
      (client) => client.members({ status: any(1) }),
      'members-filtered: status should be a text, not number',
    ],
  ])('%s: %s', (_, call, message) => {
    const error = expectThrown(call, 'invalid-argument', exactly(message));

    expect(error.command).toBe(message.split(':', 1)[0]);
  });
});

describe('lists and tables', () => {
  test.each<[string, (client: SerfClient) => unknown, string]>([
    ['join nowhere', (client) => client.join([]), 'join: no address to join'],
    ['join a number', (client) => client.join(any(7946)), 'join: addresses should be a list of texts'],
    [
      'join a list of anything',
      (client) => client.join(['a', any(1)]),
      'join: addresses should be a text, not number',
    ],
    ['tags without a change', (client) => client.tags({}), 'tags: nothing to set or delete'],
    [
      'tags with empty changes',
      (client) => client.tags({ set: {}, delete: [] }),
      'tags: nothing to set or delete',
    ],
    [
      'tags set to a number',
      (client) => client.tags({ set: { a: any(1) } }),
      'tags: set.a should be a text, not number',
    ],
    [
      'tags set to nothing',
      (client) => client.tags({ set: { a: any(undefined) } }),
      'tags: set.a should be a text, not undefined',
    ],
    [
      'tags set by a text',
      (client) => client.tags({ set: any('a=b') }),
      'tags: set should be a plain object of texts',
    ],
    [
      'tags set by null',
      (client) => client.tags({ set: any(null) }),
      'tags: set should be a plain object of texts',
    ],
    [
      'tags deleted by a text',
      (client) => client.tags({ delete: any('role') }),
      'tags: delete should be a list of texts',
    ],
    [
      'tags deleted by null',
      (client) => client.tags({ delete: any([null]) }),
      'tags: delete should be a text, not null',
    ],
    [
      'members by a tag that is no text',
      (client) => client.members({ tags: { role: any(/web/) } }),
      'members-filtered: tags.role should be a text, not object',
    ],
    [
      'query to a node that is no list',
      (client) => client.query('q', undefined, { filterNodes: any('n1') }),
      'query: filterNodes should be a list of texts',
    ],
    [
      'query to a node that is no text',
      (client) => client.query('q', undefined, { filterNodes: [any(1)] }),
      'query: filterNodes should be a text, not number',
    ],
    [
      'query to a tag that is no text',
      (client) => client.query('q', undefined, { filterTags: { role: any(true) } }),
      'query: filterTags.role should be a text, not boolean',
    ],
    [
      'query to tags that are no object',
      (client) => client.query('q', undefined, { filterTags: any('web') }),
      'query: filterTags should be a plain object of texts',
    ],
  ])('%s', (_, call, message) => {
    expectThrown(call, 'invalid-argument', exactly(message));
  });
});

describe('choices', () => {
  test.each<[string, (client: SerfClient) => unknown, string]>([
    ['event', (client) => client.event('e', undefined, { coalesce: any('yes') }), 'event: coalesce'],
    ['query', (client) => client.query('q', undefined, { requestAck: any(1) }), 'query: requestAck'],
    ['join', (client) => client.join('a', { replay: any({}) }), 'join: replay'],
    ['forceLeave', (client) => client.forceLeave('n', { prune: any(null) }), 'force-leave: prune'],
  ])('%s', (_, call, message) => {
    expectThrown(call, 'invalid-argument', new RegExp(`^${message} should be true or false, not \\w+$`));
  });
});

describe('options', () => {
  test.each<[string, (client: SerfClient) => unknown]>([
    ['stream', (client) => client.stream('user', any(null))],
    ['monitor', (client) => client.monitor('info', any(null))],
    ['query', (client) => client.query('q', undefined, any(null))],
    ['event', (client) => client.event('e', undefined, any('now'))],
    ['respond', (client) => client.respond(1, undefined, any(null))],
    ['members', (client) => client.members(any(null))],
    ['members', (client) => client.members({}, any(null))],
    ['tags', (client) => client.tags(any(undefined))],
    ['join', (client) => client.join('a', any(null))],
    ['leave', (client) => client.leave(any(7))],
    ['stats', (client) => client.stats(any(null))],
  ])('of %s are an object', (_, call) => {
    expectThrown(
      call,
      'invalid-argument',
      /^[a-z-]+: the (options|filter|change) should be an object, not \w+$/,
    );
  });

  test.each<[string, (client: SerfClient) => unknown, RegExp]>([
    [
      'onGap',
      (client) => client.stream('user', { onGap: any(5) }),
      /^stream: onGap should be a function, not number$/,
    ],
    [
      'onAccepted',
      (client) => client.query('q', undefined, { onAccepted: any(null) }),
      /^query: onAccepted .* not null$/,
    ],
    [
      'codec',
      (client) => client.event<unknown>('e', 1, { codec: any({}) }),
      /^a codec should have two functions/,
    ],
    ['codec', (client) => client.stream('user', { codec: any(null) }), /^a codec should have two functions/],
    ['addresses', (client) => client.join(['a', '']), /^join: no address to join$/],
  ])('%s', (_, call, message) => {
    expectThrown(call, 'invalid-argument', message);
  });
});

describe('numbers', () => {
  const bad = [-1, Number.NaN, Number.POSITIVE_INFINITY, any('1'), any(null), any({}), any(1n)];

  // null is as good as nothing there.
  test.each([...bad.filter((value) => value !== null), 256, 1.5])('relayFactor: %s', (relayFactor) => {
    const message = exactly(
      `query: relayFactor should be an integer from 0 to 255, not ${String(relayFactor)}`,
    );
    expectThrown((client) => client.query('q', undefined, { relayFactor }), 'invalid-argument', message);
  });

  test.each([...bad, any(undefined), 1.5, 2 ** 53])('the id of a query: %s', (id) => {
    const message = exactly(
      `respond: the id should be an integer from 0 to ${2 ** 53 - 1}, not ${String(id)}`,
    );
    expectThrown((client) => client.respond(id), 'invalid-argument', message);
  });

  describe.each([...bad, 2 ** 31])('a timeout of %s', (timeout) => {
    const message = exactly(`timeout should be 0 to ${2 ** 31 - 1} ms, not ${String(timeout)}`);

    test.each<[string, (client: SerfClient) => unknown]>([
      ['stream', (client) => client.stream('*', { timeout })],
      ['monitor', (client) => client.monitor('info', { timeout })],
      ['query', (client) => client.query('q', undefined, { timeout })],
      ['respond', (client) => client.respond(1, undefined, { timeout })],
      ['event', (client) => client.event('e', undefined, { timeout })],
      ['members', (client) => client.members({}, { timeout })],
      ['members by pattern', (client) => client.members({ name: 'a' }, { timeout })],
      ['tags', (client) => client.tags({ delete: ['a'] }, { timeout })],
      ['join', (client) => client.join('a', { timeout })],
      ['leave', (client) => client.leave({ timeout })],
      ['forceLeave', (client) => client.forceLeave('a', { timeout })],
      ['stats', (client) => client.stats({ timeout })],
      ['coordinate', (client) => client.coordinate('a', { timeout })],
      ['installKey', (client) => client.installKey(KEY, { timeout })],
      ['useKey', (client) => client.useKey(KEY, { timeout })],
      ['removeKey', (client) => client.removeKey(KEY, { timeout })],
      ['listKeys', (client) => client.listKeys({ timeout })],
    ])('%s', (_, call) => {
      expectThrown(call, 'invalid-argument', message);
    });
  });
});

describe('payloads', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const failing: Codec<unknown> = {
    encode() {
      throw new RangeError('out of everything');
    },
    decode: () => undefined,
  };

  test.each<[string, (client: SerfClient) => unknown, RegExp]>([
    ['a text, to binary', (client) => client.event('e', any('text')), /the binary codec takes a Uint8Array$/],
    ['an array, to binary', (client) => client.query('q', any([1])), /the binary codec takes a Uint8Array$/],
    [
      'a text, to binary, as an answer',
      (client) => client.respond(1, any('no')),
      /the binary codec takes a Uint8Array$/,
    ],
    [
      'a number, to utf8',
      (client) => client.event('e', any(1), { codec: utf8() }),
      /the utf8 codec takes a string$/,
    ],
    ['a circle, to json', (client) => client.event('e', circle, { codec: json() }), /circular/i],
    [
      'a function, to json',
      (client) => client.query('q', () => 1, { codec: json() }),
      /JSON has no form for a function$/,
    ],
    [
      'anything, to a codec that throws',
      (client) => client.respond(1, 1, { codec: failing }),
      /out of everything$/,
    ],
    [
      'anything, to a codec that gives no bytes',
      (client) => client.event('e', 1, { codec: { ...failing, encode: () => any('1') } }),
      /encode gave no Uint8Array$/,
    ],
  ])('%s', (_, call, message) => {
    const error = expectThrown(call, 'invalid-payload', message);

    expect(error.message).toMatch(/^the codec cannot encode this payload: /);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.command).toMatch(/^(event|query|respond)$/);
  });

  test.each<[string, (client: SerfClient) => unknown, string]>([
    ['event', (client) => client.event('e', bytes(1, 2, 3)), 'event'],
    ['query', (client) => client.query('q', bytes(1, 2, 3)), 'query'],
    ['respond', (client) => client.respond(1, bytes(1, 2, 3)), 'respond'],
    ['the encoded form counts', (client) => client.event('e', '€', { codec: utf8() }), 'event'],
  ])('over payloadLimit: %s', (_, call, command) => {
    const message = exactly('the payload has 3 bytes, payloadLimit is 2');
    const error = expectThrown(call, 'payload-too-large', message, { payloadLimit: 2 });

    expect(error).toMatchObject({ command, limit: 2, size: 3 });
  });

  test('up to payloadLimit, and without one, no call throws', () => {
    offline({ payloadLimit: 3 }).client.event('e', bytes(1, 2, 3));
    offline({ payloadLimit: 0 }).client.event('e');
    offline().client.event('e', new Uint8Array(1_000_000));
  });
});

describe('encryption keys', () => {
  const commands = ['installKey', 'useKey', 'removeKey'] as const;
  const wire = { installKey: 'install-key', useKey: 'use-key', removeKey: 'remove-key' };
  const hint = 'a key is 16, 24 or 32 bytes in base64 (`serf keygen` makes one)';
  const base64 = (length: number) => Buffer.alloc(length, 0xfb).toString('base64');

  test.each(commands)('%s takes 16, 24 and 32 bytes', (command) => {
    for (const length of [16, 24, 32]) offline().client[command](base64(length));
  });

  describe.each(commands)('%s refuses', (command) => {
    test.each([
      ['the empty text', ''],
      ['15 bytes', base64(15)],
      ['17 bytes', base64(17)],
      ['33 bytes', base64(33)],
      ['16 bytes without padding', base64(16).replace(/=+$/, '')],
      ['32 bytes of URL-safe base64', Buffer.alloc(32, 0xfb).toString('base64url')],
      ['32 bytes in hex', Buffer.alloc(32, 0xfb).toString('hex').slice(0, 62)],
      ['a blank in front', ` ${base64(32)}`],
      ['a line end', `${base64(32)}\n`],
      ['a pass phrase', 'correct horse battery staple'],
    ])('%s', (_, key) => {
      expectThrown(
        (client) => client[command](key),
        'invalid-argument',
        exactly(`${wire[command]}: ${hint}`),
      );
    });

    test.each([undefined, null, 7, bytes(...Array(16).keys())])('%s', (key) => {
      const message = /^[a-z]+-key: the key should be a text, not \w+$/;
      expectThrown((client) => client[command](any(key)), 'invalid-argument', message);
    });
  });

  test('are never shown', () => {
    /** All that can be seen of a call with a key, and of its client. */
    const seen = (text: string, command: (typeof commands)[number]) => {
      const { client } = offline();
      let result: unknown;
      try {
        result = client[command](text);
      } catch (error) {
        result = error;
      }
      return shown(result) + shown(client);
    };
    const without = seen(KEY, 'useKey') + seen('', 'useKey');
    const key = fc.oneof(
      fc.base64String({ minLength: 8 }),
      fc.string({ minLength: 8 }),
      fc.uint8Array({ minLength: 8, maxLength: 64 }).map((some) => Buffer.from(some).toString('hex')),
    );
    fc.assert(
      fc.property(
        key.filter((text) => !without.includes(text)),
        fc.constantFrom(...commands),
        (text, command) => {
          const all = seen(text, command);
          // Not as it is, nor as a literal has it.
          expect(all).not.toContain(text);
          expect(all).not.toContain(JSON.stringify(text).slice(1, -1));
        },
      ),
    );
  });
});

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
    ['authKey', 12345, /^authKey should be a text, not number$/],
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

  test.each(['ws', 'wss'])('%s:// needs a socket of its own, and is told so', (scheme) => {
    const message = exactly(
      `there is no socket for ${scheme}:// on this platform: use tcp:// or tls://, or give one as the option socket`,
    );
    expectThrown(() => connect(`${scheme}://agent`), 'invalid-address', message);
    expectThrown(() => connect(['tcp://agent', `${scheme}://agent`]), 'invalid-address', message);
    expect(() => connect(`${scheme}://agent`, { socket: offline().socket })).not.toThrow();
  });

  test('an unknown scheme is refused, with a socket too', () => {
    const message = exactly(
      'not an address: "http://agent" (use one of serf, tcp, serfs, tls, ws, wss as the scheme)',
    );
    expectThrown(() => connect('http://agent'), 'invalid-address', message);
    expectThrown(() => connect('http://agent', { socket: offline().socket }), 'invalid-address', message);
  });
});

test('good calls throw nothing and send nothing before they are subscribed to', () => {
  const { client, socket } = offline();
  client.stream('user:deploy');
  client.stream(['member-join', 'query']);
  client.monitor();
  client.monitor('trace');
  client.query('load', bytes(1), {
    filterNodes: ['n1'],
    filterTags: {},
    relayFactor: 255,
    timeout: 0,
    requestAck: true,
  });
  client.respond(0);
  client.event('deploy', bytes(), { coalesce: true, timeout: 2 ** 31 - 1 });
  client.members();
  client.members({ name: '', status: 'alive', tags: { role: 'web.*' } });
  client.tags({ set: { role: '' } });
  client.tags({ delete: ['role'] });
  client.join('10.0.0.1');
  client.join(['10.0.0.1', 'n2:7946'], { replay: true });
  client.leave();
  client.forceLeave('n1', { prune: true });
  client.stats();
  client.coordinate('n1');
  client.listKeys();

  expect(socket).not.toHaveBeenCalled();
});

test('misuse throws on a closed client too; a good call ends with ClosedError', async () => {
  const { client, socket } = offline();
  await client.close();

  expect(thrownBy(() => client.event(''))).toBeInstanceOf(InvalidArgumentError);
  const error = vi.fn();
  client.event('e').subscribe({ error });
  expect(error.mock.lastCall?.[0]).toBeInstanceOf(ClosedError);
  expect(socket).not.toHaveBeenCalled();
});
