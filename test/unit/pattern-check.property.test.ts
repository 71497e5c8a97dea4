import fc from 'fast-check';
import { RE2JS } from 're2js';
import { defer, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { ConnectionLostError, InvalidArgumentError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { PatternCheck } from '../../src/client/calls/pattern-check.ts';

type Ask = ConstructorParameters<typeof PatternCheck>[0];

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

/** An agent: puts `^` and `$` around each pattern, and hangs up on one that is not RE2. */
const agent: Ask = ({ Name, Status }) =>
  isRe2(`^${Name}$`) && isRe2(`^${Status}$`)
    ? of([])
    : throwError(() => new InvalidArgumentError('invalid-pattern', 'hung up', { address: 'agent:7373' }));

/** What came of a check, so far. */
function outcome(check$: Observable<never>): unknown {
  let end: unknown = 'nothing';
  check$.subscribe({
    error: (error) => {
      end = error.code;
    },
    complete: () => {
      end = 'valid';
    },
  });
  return end;
}

/** Texts of what patterns are made of. */
const pieces = fc.constantFrom(
  ...[
    'a',
    'b',
    '.',
    '*',
    '+',
    '?',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '|',
    '^',
    '$',
    '\\',
    ',',
    '-',
    '2',
    ':',
    'é',
  ],
  ...[
    '(?:',
    '(?=',
    '(?i)',
    '(?P<n>',
    '\\Q',
    '\\E',
    '\\d',
    '\\pL',
    '\\x',
    '\\1',
    '[[:alpha:]]',
    '{2,3}',
    '\n',
  ],
);
const pattern = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));

describe('a check', () => {
  test('completes for what is RE2, and errors for what is not', () => {
    fc.assert(
      fc.property(pattern, (text) => {
        const expected = isRe2(text) ? 'valid' : 'invalid-pattern';
        expect(outcome(new PatternCheck(agent).check({ role: text }))).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each(['*a', 'a\\', ')(', 'a{2}{3}**', '(', '[', '(?=a)', '\\1', '\\', '(?i'])(
    'does not take %j',
    (text) => {
      expect(isRe2(text)).toBe(false);
      expect(outcome(new PatternCheck(agent).check({ role: text }))).toBe('invalid-pattern');
    },
  );

  test('asks for bytes that are not UTF-8, which an agent takes for no pattern', () => {
    const asked: string[] = [];
    new PatternCheck(({ Name }) => {
      asked.push(Name);
      return NEVER;
    })
      .check({ role: 'web\udc80' })
      .subscribe();

    expect(asked).toHaveLength(1);
  });

  test('asks for no text that has no operators to speak of', () => {
    const nobody: Ask = (body) => throwError(() => new Error(JSON.stringify(body)));
    const asked: string[] = [];
    const asking = new PatternCheck((body) => {
      asked.push(body.Name);
      return nobody(body);
    });
    for (const text of ['', 'web', 'web.*', '^web$', '^10\\.0\\.0\\.1$', 'a+b?', 'é ⚓', 'eu-west-1']) {
      expect(outcome(asking.check({ role: text }))).toBe('valid');
      expect(isRe2(text)).toBe(true);
    }
    expect(asked).toEqual([]);
  });

  test('says which tag it was, and keeps the cause', () => {
    let error: unknown;
    new PatternCheck(agent).check({ zone: 'a|b', role: '(' }).subscribe({
      error: (thrown) => {
        error = thrown;
      },
    });

    expect(error).toMatchObject({
      name: 'InvalidArgumentError',
      code: 'invalid-pattern',
      command: 'query',
      address: 'agent:7373',
      message: 'not valid RE2 (no look-around, no back-references): tag "role" "("',
      cause: { message: 'hung up' },
    });
  });
});

describe('each pattern is asked for', () => {
  /** Counts what an agent is asked. */
  function counting(answer: (name: string) => Observable<unknown>) {
    const asked: string[] = [];
    const check = new PatternCheck(({ Name }) =>
      defer(() => {
        asked.push(Name);
        return answer(Name);
      }),
    );
    return { asked, check };
  }

  test('once, whether it is valid or not', () => {
    const { asked, check } = counting((name) => agent({ Name: name, Status: '', Tags: {} }));
    for (let i = 0; i < 3; i++) {
      expect(outcome(check.check({ role: '(' }))).toBe('invalid-pattern');
      expect(outcome(check.check({ role: 'a|b', zone: 'a|b' }))).toBe('valid');
    }

    expect(asked).toHaveLength(2);
  });

  test('once by all who ask at the same time', () => {
    const answer = new Subject<unknown>();
    const { asked, check } = counting(() => answer);
    const ends: string[] = [];
    for (const name of ['first', 'second'])
      check.check({ role: 'a|b' }).subscribe({ complete: () => ends.push(name) });
    answer.next([]);
    answer.complete();

    expect(ends).toEqual(['first', 'second']);
    expect(asked).toHaveLength(1);
  });

  test('again where nothing was found out; that is no fault of the pattern', () => {
    const lost = new ConnectionLostError('gone', { outcome: 'unknown' });
    const { asked, check } = counting(() => throwError(() => lost));
    expect(outcome(check.check({ role: 'a|b' }))).toBe('valid');
    expect(outcome(check.check({ role: 'a|b' }))).toBe('valid');

    expect(asked).toHaveLength(2);
  });

  test('again where nobody waited for it', () => {
    const { asked, check } = counting(() => NEVER);
    check.check({ role: 'a|b' }).subscribe().unsubscribe();
    check.check({ role: 'a|b' }).subscribe();

    expect(asked).toHaveLength(2);
  });

  test('again when 256 others have been asked for since', () => {
    const { asked, check } = counting(() => of([]));
    const many = Array.from({ length: 256 }, (_, i) => `a|${i}`);
    for (const text of ['a|b', ...many.slice(1), 'a|b', 'a|c']) outcome(check.check({ role: text }));
    expect(asked).toHaveLength(257);
    for (const text of many) outcome(check.check({ role: text }));
    outcome(check.check({ role: 'a|b' }));

    expect(asked).toHaveLength(257 + 256 + 1);
  });
});
