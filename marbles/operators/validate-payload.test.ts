import { concatMap, EMPTY, from, lastValueFrom, NEVER, type Observable, of, Subject, toArray } from 'rxjs';
import {
  InvalidArgumentError,
  type Received,
  SerfError,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
  validatePayload,
} from 'rxserf';
import { ack, failure, memberEvent, queryEvent, response, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const bug = new Error('in the application');
const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;
const payloadError = new SerfError('payload-undecodable', 'no JSON');

/** A schema made by hand. */
function schemaOf<Output>(
  validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>,
): StandardSchema<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'rxserf-test', validate } };
}

const issue: StandardIssue = { message: 'expected a number', path: ['version'] };
/** Takes versions, and gives the next one. */
const next = schemaOf((value) => {
  const version = (value as { version?: unknown } | undefined)?.version;
  return typeof version === 'number' ? { value: version + 1 } : { issues: [issue] };
});
/** A schema with these issues for whatever there is. */
const refusing = (...issues: StandardIssue[]) => schemaOf<number>(() => ({ issues }));
const invalid = failure('payload-invalid', {
  name: 'SerfError',
  message: 'the payload does not fit the schema: version: expected a number',
  cause: { issues: [issue] },
});

const received = {
  a: userEvent('deploy', { version: 1 }, { ltime: 7 }),
  b: userEvent('deploy', { version: 'one' }),
  e: { ...userEvent('deploy', undefined), payloadError, rawPayload: Uint8Array.of(1) },
  q: queryEvent('load', { version: 2 }),
  r: response('n1', { version: 3 }),
  s: response('n1', 'fine'),
  k: ack('n1'),
  m: memberEvent('member-join', 'n1'),
  g: gap,
};
const validated = {
  ...received,
  a: userEvent('deploy', 2, { ltime: 7 }),
  b: { ...userEvent('deploy', undefined), payloadError: invalid },
  q: { ...received.q, payload: 3 },
  r: response('n1', 4),
  s: { ...response('n1', undefined), payloadError: invalid },
};

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

describe('a schema that answers later', () => {
  /** One whose answers the test gives. */
  function later() {
    const answers: ((result: StandardResult<string>) => void)[] = [];
    const schema = schemaOf(() => new Promise<StandardResult<string>>((resolve) => answers.push(resolve)));
    return { answers, schema };
  }
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('keeps the order, of what carries no payload too', async () => {
    const { answers, schema } = later();
    const given: unknown[] = [];
    const complete = () => given.push('complete');
    from<Received[]>([received.a, received.m, received.b, received.q])
      .pipe(validatePayload(schema))
      .subscribe({ next: (value) => given.push(value), complete });

    expect({ given, asked: answers.length }).toEqual({ given: [], asked: 1 });
    answers[0]?.({ value: 'first' });
    await settled();
    expect(given).toEqual([userEvent('deploy', 'first', { ltime: 7 }), received.m]);
    answers[1]?.({ issues: [issue] });
    await settled();
    answers[2]?.({ value: 'last' });
    await settled();
    expect(given.slice(2)).toEqual([validated.b, { ...received.q, payload: 'last' }, 'complete']);
  });

  it('may answer some at once', async () => {
    const schema = schemaOf((value) => {
      const result = { value };
      return value === 1 ? Promise.resolve(result) : result;
    });
    const given$ = from([0, 1, 2, 1, 3]).pipe(
      concatMap((payload) => of(userEvent('deploy', payload))),
      validatePayload(schema),
      concatMap(({ payload }) => of(payload)),
      toArray(),
    );

    await expect(lastValueFrom(given$)).resolves.toEqual([0, 1, 2, 1, 3]);
  });

  it('refuses a payload by rejecting', async () => {
    const schema = schemaOf<string>(() => Promise.reject(bug));
    const given = await lastValueFrom(of(received.a).pipe(validatePayload(schema), toArray()));

    const error = failure('payload-invalid', {
      message: `the schema could not validate the payload: ${bug.message}`,
    });
    expect(given).toEqual([{ ...received.a, payload: undefined, payloadError: error }]);
  });

  it('ends with what onError throws', async () => {
    const schema = schemaOf<string>(() => Promise.reject(new Error('schema')));
    const onError = () => {
      throw bug;
    };
    await expect(lastValueFrom(of(received.a).pipe(validatePayload(schema, { onError })))).rejects.toBe(bug);
  });

  it('is not heard any more after unsubscribing', async () => {
    const { answers, schema } = later();
    const given: unknown[] = [];
    const source = new Subject<Received>();
    const subscription = source.pipe(validatePayload(schema)).subscribe((value) => given.push(value));
    source.next(received.a);
    subscription.unsubscribe();
    answers[0]?.({ value: 'late' });
    await settled();

    expect(given).toEqual([]);
    expect(source.observed).toBe(false);
  });

  it('lets only so many wait: a further one ends the stream', () => {
    const { schema } = later();
    const outcome: unknown[] = [];
    const source = new Subject<Received>();
    source
      .pipe(validatePayload(schema, { capacity: 2 }))
      .subscribe({ error: (error) => outcome.push(error) });
    // One that is worked on, two that wait.
    for (const value of [received.a, received.a, received.m]) source.next(value);
    expect(outcome).toEqual([]);
    source.next(received.a);

    expect(outcome).toEqual([
      failure('overflow', { message: 'validatePayload: 2 values are waiting already' }),
    ]);
    expect(source.observed).toBe(false);
  });

  it('lets 1,024 wait where nothing is said', () => {
    const { schema } = later();
    const outcome: unknown[] = [];
    const source = new Subject<Received>();
    source.pipe(validatePayload(schema)).subscribe({ error: (error) => outcome.push(error) });
    for (let i = 0; i <= 1_024; i++) source.next(received.a);
    expect(outcome).toEqual([]);
    source.next(received.a);

    expect(outcome).toEqual([failure('overflow')]);
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
