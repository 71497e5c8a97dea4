import { EMPTY, from, NEVER, type Observable, of, Subject } from 'rxjs';
import {
  InvalidArgumentError,
  type Received,
  type SerfError,
  type StandardIssue,
  type StandardSchema,
  validatePayload,
} from 'rxserf';
import { failure, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';
import { invalid, issue, payloadError, received, schemaOf, validated } from './validated.ts';

/** Takes versions, and gives the next one. */
const next = schemaOf((value) => {
  const version = (value as { version?: unknown } | undefined)?.version;
  return typeof version === 'number' ? { value: version + 1 } : { issues: [issue] };
});
/** A schema with these issues for whatever there is. */
const refusing = (...issues: StandardIssue[]) => schemaOf<number>(() => ({ issues }));

/** The message of the error for a payload. */
function messageOf(schema: StandardSchema): string | undefined {
  let message: string | undefined;
  of(received.a)
    .pipe(validatePayload(schema))
    .subscribe((event) => (message = event.payloadError?.message));
  return message;
}

describe('validatePayload()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--m--|';
    const expected = '--x--y--m--|';

    const values = { x: validated.a, y: validated.b, m: received.m };
    expectObservable(cold(source, received).pipe(validatePayload(next))).toBe(expected, values);
  });

  marbles('validates queries and responses too, and nothing else', ({ cold, expectObservable }) => {
    const source = '  -a-q-r-s-(kmg)-|';
    const expected = '-a-q-r-s-(kmg)-|';

    const source$: Observable<Received> = cold(source, received);
    expectObservable(source$.pipe(validatePayload(next))).toBe(expected, validated);
  });

  it('passes what carries no payload as it is, the same object', () => {
    for (const value of [received.m, received.g, received.k]) {
      const given: unknown[] = [];
      of<Received>(value)
        .pipe(validatePayload(next))
        .subscribe((each) => given.push(each));
      expect(given[0]).toBe(value);
    }
  });

  marbles('does not validate what has failed before', ({ cold, expectObservable }) => {
    const source = '  -e-|';
    const expected = '-e-|';

    // It would say that no payload is fine.
    const lenient = schemaOf(() => ({ value: 'fine' }));
    expectObservable(cold(source, received).pipe(validatePayload(lenient))).toBe(expected, received);
  });

  marbles('never, and empty', ({ expectObservable }) => {
    expectObservable(NEVER.pipe(validatePayload(next))).toBe('-');
    expectObservable(EMPTY.pipe(validatePayload(next))).toBe('|');
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    const source = '  -a-#';
    const expected = '-a-#';

    const validated$ = cold(source, { a: received.a }, bug).pipe(validatePayload(next));
    expectObservable(validated$).toBe(expected, validated, bug);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a---b---';
    const sub = '     ^--!     ';
    const expected = '-a--     ';

    const source$ = cold(source, received);
    expectObservable(source$.pipe(validatePayload(next)), sub).toBe(expected, validated);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   -a-b---a----';
    const sub1 = '     ^---!       ';
    const sub2 = '     --^         ';
    const expected1 = '-a-b-       ';
    const expected2 = '---b---a----';

    const validated$ = hot(source, received).pipe(validatePayload(next));
    expectObservable(validated$, sub1).toBe(expected1, validated);
    expectObservable(validated$, sub2).toBe(expected2, validated);
  });

  it('takes schemas that are functions', () => {
    const callable = Object.assign(() => 'no', next);
    const given: unknown[] = [];
    of(received.a)
      .pipe(validatePayload(callable))
      .subscribe(({ payload }) => given.push(payload));

    expect(given).toEqual([2]);
  });
});

describe('onError', () => {
  marbles('takes what does not fit or has failed before, as it came', ({ cold, expectObservable }) => {
    const source = '  -a-b-e-m-|';
    const failing = ' ---b-e----';
    const expected = '-a-----m-|';

    const failures = new Subject<unknown>();
    const onError = (error: SerfError, value: unknown) => failures.next({ error, value });
    expectObservable(failures).toBe(failing, {
      b: { error: invalid, value: received.b },
      e: { error: payloadError, value: received.e },
    });
    expectObservable(cold(source, received).pipe(validatePayload(next, { onError }))).toBe(
      expected,
      validated,
    );
  });

  marbles('ends the stream with what it throws', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a-b-a-|';
    const taken = '   ^--!    ';
    const expected = '-a-#    ';

    const source$ = cold(source, received);
    const onError = () => {
      throw bug;
    };
    expectObservable(source$.pipe(validatePayload(next, { onError }))).toBe(expected, validated, bug);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });
});

describe('the message', () => {
  it('tells up to three issues, and how many more there are', () => {
    const what = 'the payload does not fit the schema';
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((message) => ({ message })) as [
      StandardIssue,
      StandardIssue,
      StandardIssue,
      StandardIssue,
      StandardIssue,
    ];

    expect(messageOf(refusing())).toBe(what);
    expect(messageOf(refusing(a))).toBe(`${what}: a`);
    expect(messageOf(refusing(a, b, c))).toBe(`${what}: a; b; c`);
    expect(messageOf(refusing(a, b, c, d, e))).toBe(`${what}: a; b; c; and 2 more`);
  });

  it('tells paths, of keys and of segments', () => {
    const at = (...path: NonNullable<StandardIssue['path']>) =>
      messageOf(refusing({ message: 'no', path }))?.split('schema: ')[1];

    expect(at()).toBe('no');
    expect(at('nodes', 0, { key: 'name' })).toBe('nodes.0.name: no');
    expect(at('__proto__', Symbol('tag'))).toBe('__proto__.Symbol(tag): no');
  });

  it('takes arrays of a kind of their own', () => {
    // As arktype has them: what their `map` and `slice` make has the length as its only item.
    class Own<T> extends Array<T> {
      static of2<T>(...items: T[]): Own<T> {
        const own = new Own<T>();
        own.push(...items);
        return own;
      }
      override map(): never {
        throw bug;
      }
      override slice(): never {
        throw bug;
      }
    }
    const issues = Own.of2({ message: 'no', path: Own.of2('a') });

    expect(messageOf(schemaOf(() => ({ issues })))).toBe('the payload does not fit the schema: a: no');
  });

  it('is no longer for what a sender can make long', () => {
    const long = 'x'.repeat(100_000);
    const issues = Array.from({ length: 10_000 }, () => ({ message: long, path: [long, long] }));

    const message = messageOf(refusing(...issues)) ?? '';
    expect(message.length).toBeLessThan(700);
    expect(message).toMatch(/x…: x+…; x+…: x+…; x+…: x+…; and 9997 more$/);
  });
});

describe('a schema', () => {
  const could = 'the schema could not validate the payload: ';

  it('that throws refuses that payload only', () => {
    const throwing = schemaOf((value) => {
      if ((value as { version: unknown }).version !== 1) throw bug;
      return { value: 'fine' };
    });
    const given: unknown[] = [];
    from([received.b, received.a])
      .pipe(validatePayload(throwing))
      .subscribe((event) => given.push(event));

    expect(given).toEqual([
      {
        ...userEvent('deploy', undefined),
        payloadError: failure('payload-invalid', { message: `${could}in the application`, cause: bug }),
      },
      userEvent('deploy', 'fine', { ltime: 7 }),
    ]);
  });

  it('may throw and say anything at all', () => {
    const throwing = (what: unknown) =>
      schemaOf(() => {
        throw what;
      });
    expect(messageOf(throwing('text'))).toBe(`${could}text`);
    expect(messageOf(throwing(Object.create(null)))).toBe(`${could}object`);
    expect(messageOf(throwing(undefined))).toBe(`${could}undefined`);
    expect(messageOf(throwing(Object.assign(new Error(), { message: 1 })))).toBe(`${could}number`);
    expect(messageOf(throwing(new Error('x'.repeat(1_000_000))))?.length).toBeLessThan(200);

    for (const said of [undefined, null, 1, 'text', { issues: 1 }, { issues: [null] }, { issues: [{}] }])
      expect(messageOf(schemaOf(() => said as never))).toMatch(could);
  });

  it('is called as what it belongs to', () => {
    const self = { ...next['~standard'], output: 5 };
    const schema = {
      '~standard': {
        ...self,
        validate(this: typeof self) {
          return { value: this.output };
        },
      },
    };
    const given: unknown[] = [];
    of(received.a)
      .pipe(validatePayload(schema))
      .subscribe(({ payload }) => given.push(payload));

    expect(given).toEqual([5]);
  });
});

describe('what it is called with', () => {
  it('is refused at the call when it is no schema', () => {
    for (const bad of [
      undefined,
      null,
      () => true,
      {},
      { '~standard': {} },
      { '~standard': { validate: 1 } },
    ])
      expect(() => validatePayload(bad as unknown as StandardSchema)).toThrow(
        expect.objectContaining({
          code: 'invalid-argument',
          message: expect.stringMatching(/^validatePayload: schema should be a Standard Schema, not /),
        }),
      );
  });

  it('is refused at the call when it is no option', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, '1' as unknown as number])
      expect(() => validatePayload(next, { capacity })).toThrow(InvalidArgumentError);
    expect(() => validatePayload(next, { capacity: 0 })).toThrow(
      'validatePayload: capacity should be a positive integer, not 0',
    );
    expect(() => validatePayload(next, { onError: {} as () => void })).toThrow(
      'validatePayload: onError should be a function, not object',
    );
  });
});
