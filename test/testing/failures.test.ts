import { of, throwError, timer } from 'rxjs';
import { AgentError, ConnectionLostError, utf8 } from 'rxserf';
import {
  failure,
  member,
  memberEvent,
  type SerfMarbles,
  SerfTestError,
  serfMarbles,
  userEvent,
} from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// What a test says when it fails: both diagrams, in the letters of the test.

type Texts = string | undefined;

/** The error of a story that should fail. */
function failed(tell: (kit: SerfMarbles<Texts>) => void): SerfTestError {
  try {
    serfMarbles(tell, { codec: utf8() });
  } catch (error) {
    expect(error).toBeInstanceOf(SerfTestError);
    return error as SerfTestError;
  }
  throw new Error('the story did not fail');
}

const v1 = userEvent('deploy', 'v1');
const v2 = userEvent('deploy', 'v2');
const shown = (payload: string) =>
  `{ event: "user", name: "deploy", ltime: 1, coalesce: false, payload: "${payload}" }`;

describe('an observation', () => {
  test('at another time, with another value', () => {
    const { message, actual, expected, stack } = failed(({ serf, events, expectObservable }) => {
      events('--d----e', { d: v1, e: v2 });
      expectObservable(serf.stream('user')).toBe('--d--x', { d: v1, x: v1 });
    });

    expect(actual).toBe(`--d----e\nd = ${shown('v1')}\ne = ${shown('v2')}`);
    expect(expected).toBe(`--d--d\nd = ${shown('v1')}`);
    expect(message).toBe(
      `what was observed is not as expected\n\nactual:\n${actual}\n\nexpected:\n${expected}`,
    );
    expect(stack).toContain('failures.test.ts');
  });

  test('an error or an end', () => {
    const { actual, expected } = failed(({ expectObservable }) => {
      const error = new AgentError('payload-too-large', 'too much');
      expectObservable(throwError(() => error)).toBe('--|');
    });

    expect(actual).toBe('#\n# = AgentError (payload-too-large): too much');
    expect(expected).toBe('--|');
  });

  test('another error than expected', () => {
    const { actual, expected } = failed(({ expectObservable }) => {
      const error = new ConnectionLostError('gone', { outcome: 'not-sent' });
      expectObservable(throwError(() => error)).toBe(
        '#',
        undefined,
        failure('connection-lost', { outcome: 'unknown' }),
      );
    });

    expect(actual).toBe('#\n# = ConnectionLostError (connection-lost): gone { outcome: "not-sent" }');
    expect(expected).toBe('#\n# = an error with { outcome: "unknown", code: "connection-lost" }');
  });

  test('groups and long pauses', () => {
    const { actual, expected } = failed(({ expectObservable }) => {
      expectObservable(timer(1_000).pipe(() => of('x', 'y'))).toBe('-(xy|)');
      expectObservable(timer(1_000)).toBe('5s (a|)', { a: 0 });
    });

    expect(actual).toBe('(xy|)');
    expect(expected).toBe('-(xy|)');
    const second = failed(({ expectObservable }) => expectObservable(timer(1_000)).toBe('5s (a|)', { a: 0 }));
    expect(second.actual).toBe('1000ms (a|)\na = 0');
    expect(second.expected).toBe('5000ms (a|)\na = 0');
  });

  test('nothing at all', () => {
    const { actual, expected } = failed(({ serf, expectObservable }) => {
      expectObservable(serf.stream('user')).toBe('a', { a: 1 });
    });

    expect(actual).toBe('(nothing)');
    expect(expected).toBe('a\na = 1');
  });

  test('members as a test writes them', () => {
    const { actual, expected } = failed(({ serf, events, expectObservable }) => {
      const f = memberEvent('member-failed', 'n1', member('n2', { tags: { role: 'web' } }));
      events('f', { f });
      expectObservable(serf.stream('*')).toBe('a', { a: memberEvent('member-failed', 'n1') });
    });

    expect(actual).toContain(
      'members: [member("n1", { status: "failed" }), member("n2", { tags: { role: "web" } })]',
    );
    expect(expected).toContain(
      'a = { event: "member-failed", members: [member("n1", { status: "failed" })] }',
    );
  });

  test('values that are no plain ones', () => {
    const { actual } = failed(({ expectObservable }) => {
      const values = [
        new Map([['k', new Set([1n])]]),
        new Uint8Array(17),
        () => 1,
        null,
        { a: { b: { c: { d: { e: { f: { of: 'it' } } } } } }, gone: undefined },
        [],
        {},
      ];
      expectObservable(of(...values)).toBe('|');
    });

    expect(actual).toContain('a = Map {"k" => Set {1n}}');
    expect(actual).toContain('b = bytes [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …]');
    expect(actual).toContain('c = [function]');
    expect(actual).toContain('d = null');
    expect(actual).toContain('e = { a: { b: { c: { d: { e: { f: … } } } } } }');
    expect(actual).toContain('f = []');
    expect(actual).toContain('g = {}');
  });
});

describe('commands', () => {
  test('another one, another time, one too many', () => {
    const { message, actual, expected } = failed(({ serf, on, expectObservable, expectCommands }) => {
      on('event', 'k');
      expectObservable(serf.stream('user'), '--^--!').toBe('-');
      expectObservable(serf.event('deploy', 'v1'), '---^').toBe('---(k|)', { k: undefined });
      expectCommands('--s-e', {
        s: { command: 'stream', filter: 'user' },
        e: { command: 'event', name: 'deploy', payload: 'v2' },
      });
    });

    expect(message).toContain('what was sent is not as expected');
    expect(actual).toBe(
      [
        '--sa-b',
        's = { command: "stream", filter: "user" }',
        'a = { command: "event", name: "deploy", payload: "v1" }',
        'b = { command: "stop", subject: "user" }',
      ].join('\n'),
    );
    expect(expected).toBe(
      [
        '--s-e',
        's = { command: "stream", filter: "user" }',
        'e = { command: "event", name: "deploy", payload: "v2" }',
      ].join('\n'),
    );
  });

  test('more than a group has room for', () => {
    const { actual } = failed(({ serf, expectObservable, expectCommands }) => {
      expectObservable(serf.stream('user')).toBe('-');
      expectObservable(serf.stream('query')).toBe('-');
      expectObservable(serf.monitor(), '-^').toBe('-');
      expectCommands('s', { s: { command: 'stats' } });
    });

    expect(actual).toMatch(/^\(ab\) @1ms:c\n/);
  });
});

test('subscriptions', () => {
  const { actual, expected } = failed(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('---a');
    expectObservable(source, '--^----!').toBe('-----a');
    expectSubscriptions(source.subscriptions).toBe(['--^---!', '-(^!)']);
  });

  expect(actual).toBe('--^----!');
  expect(expected).toBe('--^---!\n-(^!)');
});

describe('a runner', () => {
  test('that shows fields shows nothing twice, and may change them', () => {
    const error = failed(({ expectObservable }) => expectObservable(of('x')).toBe('y'));

    expect(Object.keys(error)).toEqual(['name']);
    expect(Object.assign(error, { actual: 'x', expected: 'y' })).toMatchObject({
      actual: 'x',
      expected: 'y',
    });
  });
});
