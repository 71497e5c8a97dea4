import { concatMap, from, lastValueFrom, of, Subject, toArray } from 'rxjs';
import { type Received, type StandardResult, validatePayload } from 'rxserf';
import { failure, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug } from '../kit/index.ts';
import { issue, received, schemaOf, validated } from './validated.ts';

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
