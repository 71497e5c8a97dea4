import { describe, expect, test } from 'vitest';
import { COMMANDS, type Command, type CommandSpec, responseHasBody } from '../../src/protocol/commands.ts';

// Spelled here once more, by PROTOCOL.md: the table is what is tested.
const ALL = [
  'auth',
  'event',
  'force-leave',
  'get-coordinate',
  'handshake',
  'install-key',
  'join',
  'leave',
  'list-keys',
  'members',
  'members-filtered',
  'monitor',
  'query',
  'remove-key',
  'respond',
  'stats',
  'stop',
  'stream',
  'tags',
  'use-key',
] as const satisfies readonly Command[];

// With an error too: the Go client reads one then, whether the agent has ever had an error for it or not.
const WITH_BODY = [
  'get-coordinate',
  'install-key',
  'join',
  'list-keys',
  'members',
  'members-filtered',
  'remove-key',
  'stats',
  'use-key',
];

const specOf = (command: Command): CommandSpec => COMMANDS[command];
const having = (test: (spec: CommandSpec) => boolean) => ALL.filter((command) => test(specOf(command)));

test('there are exactly the 20 commands of the agent', () => {
  expect(ALL).toHaveLength(20);
  expect(Object.keys(COMMANDS).sort()).toEqual(ALL);
});

test('those without a request body are members, stats, leave and list-keys', () => {
  expect(having(({ request }) => !request)).toEqual(['leave', 'list-keys', 'members', 'stats']);
});

test('those that records follow are stream and monitor, until stopped, and query, until it is done', () => {
  expect(having(({ records }) => records === 'until-stop')).toEqual(['monitor', 'stream']);
  expect(having(({ records }) => records === 'until-done')).toEqual(['query']);
});

test('those that can block a connection, and only those, have a lane of their own and more time', () => {
  const blocking = ['force-leave', 'install-key', 'join', 'leave', 'list-keys', 'remove-key', 'use-key'];
  expect(having(({ lane }) => lane === 'control')).toEqual(blocking);
  // A join was seen to block for 10 s.
  expect(having(({ timeout }) => timeout > 10_000)).toEqual(blocking);
});

test('the one at which the agent may hang up has a lane of its own', () => {
  expect(having(({ lane }) => lane === 'pattern')).toEqual(['members-filtered']);
});

test('the end of the connection is success for leave only', () => {
  expect(having(({ onLoss }) => onLoss === 'done')).toEqual(['leave']);
});

test('those that are sent again on the next connection change nothing', () => {
  expect(having(({ onLoss }) => onLoss === 'resend')).toEqual([
    'get-coordinate',
    'list-keys',
    'members',
    'monitor',
    'stats',
    'stream',
  ]);
});

const ERRORS = [
  'Invalid authentication token',
  'Invalid event filter',
  'Monitor already exists',
  'Unknown log level: LOUD',
  'No pending queries matching ID',
  '1/1 nodes reported failure',
  'query exceeds limit of 1024 bytes',
  '1 error occurred:\n\t* Failed to join 127.0.0.1: connection refused\n\n',
  'authentication required',
];
const ERRORS_BEFORE_THE_COMMAND = ['Authentication required', 'Handshake required', 'Unsupported command'];

describe.each(ALL)('the first response to %s', (command) => {
  const expected = WITH_BODY.includes(command);
  test(`has ${expected ? 'a' : 'no'} body, with an error of its own or without`, () => {
    for (const error of ['', ...ERRORS]) expect(responseHasBody(command, error), error).toBe(expected);
  });

  test('has no body with an error that the agent gives before it looks at the command', () => {
    for (const error of ERRORS_BEFORE_THE_COMMAND) {
      expect(responseHasBody(command, error), error).toBe(false);
    }
  });
});

test('those with an effect are the ones that nobody may send to just any agent', () => {
  const acts = [
    'event',
    'force-leave',
    'install-key',
    'join',
    'leave',
    'query',
    'remove-key',
    'respond',
    'tags',
    'use-key',
  ];
  expect(having(({ effect }) => effect)).toEqual(acts);
  // What is sent again by itself has none.
  expect(having(({ effect, onLoss }) => effect && onLoss === 'resend')).toEqual([]);
});
