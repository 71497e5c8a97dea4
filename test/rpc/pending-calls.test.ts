import { type Observer, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ClosedError, ConnectionLostError, RequestTimeoutError, SerfError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Deadlines } from '../../src/rpc/deadlines.ts';
import { lostConnection, PendingCalls } from '../../src/rpc/pending-calls.ts';

/** Calls in virtual time, what was sent, and what subscribers were told. */
function world({ limit = 10, firstId = 0 } = {}) {
  const scheduler = new TestScheduler(() => true);
  const deadlines = new Deadlines(scheduler);
  const calls = new PendingCalls<string>({ firstId, limit, deadlines });
  const sent: number[] = [];
  const log: string[] = [];
  const call = (method: string, timeout = 0) =>
    calls.call({ method, timeout, send: (id) => void sent.push(id) });
  const listener = (name: string): Observer<string> => ({
    next: (value) => log.push(`${name}: ${value}`),
    error: (error) => log.push(`${name}: ${error.code}${error.outcome ? ` ${error.outcome}` : ''}`),
    complete: () => log.push(`${name}: |`),
  });
  return { scheduler, deadlines, calls, sent, log, call, listener };
}

describe('PendingCalls', () => {
  test('a call is sent per subscription, with an id of its own', () => {
    const { call, sent } = world({ firstId: 1 });
    const sum$ = call('sum');

    expect(sent).toEqual([]);
    sum$.subscribe();
    sum$.subscribe();
    expect(sent).toEqual([1, 2]);
  });

  test('an answer goes to whom it is for, once', () => {
    const { calls, call, listener, log } = world();
    call('a').subscribe(listener('a'));
    call('b').subscribe(listener('b'));

    expect(calls.answer(1, 'second')).toBe(true);
    expect(calls.answer(1, 'again')).toBe(false);
    expect(calls.fail(1, new Error('late'))).toBe(false);
    expect(log).toEqual(['b: second', 'b: |']);
    expect(calls.size).toBe(1);
  });

  test.each(['0', 0.5, null, undefined, true, [], {}, '__proto__', Number.NaN])(
    'an answer with the id %j is nobody’s',
    (id) => {
      const { calls, call, listener, log } = world();
      call('a').subscribe(listener('a'));

      expect(calls.answer(id, 'x')).toBe(false);
      expect(log).toEqual([]);
    },
  );

  test('an answer may come while the call is being sent', () => {
    const { calls, listener, log, deadlines } = world();
    calls
      .call({ method: 'a', timeout: 5, send: (id) => void calls.answer(id, 'at once') })
      .subscribe(listener('a'));

    expect(log).toEqual(['a: at once', 'a: |']);
    expect(calls.size).toBe(0);
    deadlines.close();
  });

  test('unsubscribing forgets a call', () => {
    const { calls, call, listener, log, scheduler } = world();
    const subscription = call('a', 10).subscribe(listener('a'));
    subscription.unsubscribe();

    expect(calls.size).toBe(0);
    expect(calls.answer(0, 'late')).toBe(false);
    scheduler.flush();
    expect(log).toEqual([]);
  });

  test('each at its own deadline', () => {
    const { call, listener, log, scheduler } = world();
    scheduler.run(({ flush }) => {
      const at = tap<string>({ error: () => log.push(`${scheduler.now()}`) });
      call('slow', 20).pipe(at).subscribe(listener('slow'));
      call('quick', 10).pipe(at).subscribe(listener('quick'));
      call('for ever').subscribe(listener('for ever'));
      flush();
    });

    expect(log).toEqual(['10', 'quick: request-timeout', '20', 'slow: request-timeout']);
  });

  test('the error says which call, and how long', () => {
    const { call, scheduler } = world();
    let error: unknown;
    scheduler.run(() => call('sum', 10).subscribe({ error: (e) => (error = e) }));

    expect(error).toBeInstanceOf(RequestTimeoutError);
    expect(error).toMatchObject({ command: 'sum', timeout: 10, message: 'sum: no answer within 10 ms' });
  });

  test('the end of the connection ends all of them within the call, each once, and nothing is left', () => {
    const { calls, call, listener, log, scheduler, sent } = world({ limit: 1_000 });
    for (let n = 0; n < 1_000; n++) call('x', 10).subscribe(listener(`${n}`));

    calls.end(lostConnection('gone'));

    expect(log).toEqual(Array.from({ length: 1_000 }, (_, n) => `${n}: connection-lost unknown`));
    expect(calls.size).toBe(0);
    calls.end(lostConnection('again'));
    scheduler.flush();
    expect(log).toHaveLength(1_000);
    call('later').subscribe(listener('later'));
    expect(log.at(-1)).toBe('later: connection-lost not-sent');
    expect(sent).toHaveLength(1_000);
  });

  test('who calls again when told of the end is told at once', () => {
    const { calls, call, listener, log } = world();
    call('a').subscribe({ error: () => call('again').subscribe(listener('again')) });
    call('b').subscribe(listener('b'));

    calls.end(lostConnection('gone'));

    expect(log).toEqual(['again: connection-lost not-sent', 'b: connection-lost unknown']);
  });

  test('a call that is being sent when the connection ends was not sent', () => {
    const { calls, listener, log } = world();
    calls
      .call({ method: 'a', timeout: 0, send: () => calls.end(lostConnection('gone', new Error('reset'))) })
      .subscribe(listener('a'));

    expect(log).toEqual(['a: connection-lost not-sent']);
  });

  test('what cannot be sent fails alone', () => {
    const { calls, call, listener, log } = world();
    call('a').subscribe(listener('a'));
    const send = () => {
      throw new SerfError('invalid-payload', 'a circle');
    };
    calls.call({ method: 'b', timeout: 10, send }).subscribe(listener('b'));

    expect(log).toEqual(['b: invalid-payload']);
    expect(calls.size).toBe(1);
  });

  test('one too many', () => {
    const { calls, call, listener, log } = world({ limit: 1 });
    call('a').subscribe(listener('a'));
    call('b').subscribe(listener('b'));
    expect(log).toEqual(['b: overflow']);

    calls.answer(0, 'x');
    call('c').subscribe(listener('c'));
    expect(log).toEqual(['b: overflow', 'a: x', 'a: |']);
  });

  test('the reason may be any error', () => {
    const { calls, call } = world();
    const errors: unknown[] = [];
    call('a').subscribe({ error: (error) => errors.push(error) });
    calls.end(() => new ClosedError('the session is closed'));
    call('b').subscribe({ error: (error) => errors.push(error) });

    expect(errors).toEqual([expect.any(ClosedError), expect.any(ClosedError)]);
    expect(lostConnection('gone', 'why')('m', 'unknown')).toBeInstanceOf(ConnectionLostError);
    expect(lostConnection('gone', 'why')('m', 'unknown')).toMatchObject({ command: 'm', cause: 'why' });
  });
});
