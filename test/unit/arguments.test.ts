import { ClosedError, type Codec, InvalidArgumentError, json, type SerfClient, utf8 } from 'rxserf';
import { describe, expect, test, vi } from 'vitest';
import { any as anything, bytes, exactly, expectThrown, KEY, offline } from './calls.ts';
import { thrownBy } from './shown.ts';

// Titles show calls as they are written, and what is imported as Vite makes it.
const any = anything;

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
    ['addresses', (client) => client.join(['a', '']), /^join: an address to join is empty$/],
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
