import { describe, expect, test } from 'vitest';
import { AgentError, AuthenticationError, type SerfErrorCode } from '../../src/errors.ts';
import type { Command } from '../../src/protocol/commands.ts';
import { type Refused, toError } from '../../src/protocol/refusals.ts';
import { wire } from './support/values.ts';

const refuse = (text: string, refused: Partial<Refused> = {}) =>
  toError(text, { command: 'event', address: '10.0.0.1:7373', ...refused });

// All of them seen on a real agent.
const SEEN: readonly [text: string, command: Command, code: SerfErrorCode][] = [
  ['user event exceeds configured limit of 512 bytes before encoding', 'event', 'payload-too-large'],
  ['encoded user event exceeds configured limit of 512 bytes after encoding', 'event', 'payload-too-large'],
  ['query exceeds limit of 1024 bytes', 'query', 'payload-too-large'],
  ['failed to respond to key query: response exceeds limit of 1024 bytes', 'respond', 'payload-too-large'],
  ['Encoded length of tags exceeds limit of 512 bytes', 'tags', 'payload-too-large'],
  ['failed to respond to key query: response already sent', 'respond', 'already-answered'],
  ['failed to respond to key query: response is past the deadline', 'respond', 'deadline-passed'],
  ['No pending queries matching ID', 'respond', 'unknown-query'],
  ['1/2 nodes reported success', 'use-key', 'nodes-failed'],
  ['2/2 nodes reported failure', 'list-keys', 'nodes-failed'],
  ['Unsupported command', 'get-coordinate', 'unsupported-command'],
  ['Invalid event filter', 'stream', 'invalid-filter'],
  // Of a gateway.
  ['Permission denied: force-leave (role viewer)', 'force-leave', 'permission-denied'],
];

test.each(SEEN)('%j, in answer to %s, is an AgentError with the code %s', (text, command, code) => {
  const error = refuse(text, { command });
  expect(error).toBeInstanceOf(AgentError);
  expect(error).toMatchObject({ name: 'AgentError', code, message: text, command, address: '10.0.0.1:7373' });
});

test.each<[string, SerfErrorCode]>([
  ['Authentication required', 'auth-required'],
  ['Invalid authentication token', 'auth-invalid'],
])('%j is an AuthenticationError with the code %s, the text and what to do', (text, code) => {
  const error = refuse(text, { command: 'auth' });
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ code, command: 'auth', address: '10.0.0.1:7373' });
  expect(error.message).toMatch(new RegExp(`^${text} \\(.+\\)$`));
});

test('a pattern that a gateway refuses is misuse, as one that an agent hangs up on', () => {
  const text = 'not valid RE2 (no look-around, no back-references): name "("';
  const error = refuse(text, { command: 'members-filtered', peer: 'gateway' });
  expect(error).toMatchObject({ name: 'InvalidArgumentError', code: 'invalid-pattern', message: text });
});

test.each<[NonNullable<Refused['peer']>, SerfErrorCode, RegExp, RegExp]>([
  ['agent', 'auth-required', /SERF_RPC_AUTH/, /gateway/],
  ['agent', 'auth-invalid', /rpc_auth/, /gateway/],
  ['gateway', 'auth-required', /gateway .* authKey/, /agent|SERF_RPC_AUTH/],
  ['gateway', 'auth-invalid', /gateway .* function/, /agent|rpc_auth/],
])('the hint is about the %s: %s', (peer, code, hint, never) => {
  const text = code === 'auth-required' ? 'Authentication required' : 'Invalid authentication token';
  const { message } = refuse(text, { command: 'auth', peer });
  expect(message).toMatch(hint);
  expect(message).not.toMatch(never);
});

test.each([
  'Monitor already exists',
  'A peer said: Permission denied: event',
  'Unknown log level: LOUD',
  'Handshake required',
  'Handshake already performed',
  'Unsupported version',
  '1 error occurred:\n\t* Failed to join 10.0.0.9: dial tcp 10.0.0.9:7946: connect: connection refused\n\n',
  // No limit, no text of the kind: only alike.
  'memberlist: the limit of nodes is reached',
  'Authentication required by a peer',
  'an error of a later version',
])('%j, which has no code of its own, is an agent-error, verbatim', (text) => {
  const error = refuse(text);
  expect(error).toBeInstanceOf(AgentError);
  expect(error).toMatchObject({ code: 'agent-error', message: text });
});

describe('a payload that is too large', () => {
  test('has the limit, read from the text, and the size that was sent', () => {
    const text = 'user event exceeds configured limit of 512 bytes before encoding';
    expect(refuse(text, { size: 600 })).toMatchObject({ limit: 512, size: 600 });
  });

  test('has no size where it is not known', () => {
    const error = refuse('Encoded length of tags exceeds limit of 512 bytes', { command: 'tags' });
    expect(error).toMatchObject({ limit: 512, size: undefined });
  });

  test('is the only one that has them', () => {
    expect(refuse('something else', { size: 600 })).toMatchObject({ limit: undefined, size: undefined });
  });
});

describe('a key command that failed on some nodes', () => {
  const body = wire({
    Messages: { n2: 'Keyring is empty (encryption not enabled)' },
    Keys: null,
    NumNodes: 2,
    NumErr: 1,
    NumResp: 2,
  });

  test('has the report that came with the error', () => {
    const error = refuse('1/2 nodes reported failure', { command: 'install-key', body });
    expect((error as AgentError).report).toEqual({
      nodes: 2,
      responses: 2,
      errors: 1,
      messages: { n2: 'Keyring is empty (encryption not enabled)' },
      keys: {},
    });
  });

  test.each([
    ['none', undefined],
    ['nil', null],
    ['no map', 'text'],
    ['one with other types', wire({ NumNodes: 'two' })],
  ])('is that error still, without a report, where the body is %s', (_, malformed) => {
    const error = refuse('2/2 nodes reported failure', { command: 'list-keys', body: malformed });
    expect(error).toMatchObject({
      code: 'nodes-failed',
      message: '2/2 nodes reported failure',
      report: undefined,
    });
  });

  test('is the only one that has a report', () => {
    expect(refuse('something else', { command: 'list-keys', body })).toMatchObject({ report: undefined });
  });
});

test('a text of any length takes no longer than it is long', () => {
  // Matched whole, this one would take minutes.
  expect(refuse('exceeds '.repeat(1_000_000))).toMatchObject({ code: 'agent-error' });
});
