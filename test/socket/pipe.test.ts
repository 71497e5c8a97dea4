import { map } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { pipe } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { bytes } from './harness.ts';

/** Longer than any chain of microtasks that a pipe starts. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Subscribes, and writes down what comes. */
function record(socket: ReturnType<typeof pipe>[number], log: unknown[] = []) {
  const subscription = socket.subscribe({
    next: (chunk) => log.push([...chunk]),
    error: (error) => log.push(String(error)),
    complete: () => log.push('end'),
  });
  return { log, close: () => subscription.unsubscribe() };
}

describe('pipe', () => {
  test('carries bytes both ways, in order, chunk for chunk', async () => {
    const [a, b] = pipe();
    const atA = record(a);
    const atB = record(b);
    a.next(bytes(1, 2));
    b.next(bytes(9));
    a.next(bytes());
    a.next(bytes(3));
    await settled();

    expect(atB.log).toEqual([[1, 2], [], [3]]);
    expect(atA.log).toEqual([[9]]);
  });

  test('carries texts, a message each, whatever they say', async () => {
    const [a, b] = pipe<string>();
    const log: string[] = [];
    b.subscribe((text) => log.push(text));
    a.subscribe();
    for (const text of ['close', '', 'ünï']) a.next(text);
    expect(b.bufferedAmount).toBe(0);
    expect(a.bufferedAmount).toBe(8);
    await settled();

    expect(log).toEqual(['close', '', 'ünï']);
  });

  test('delivers after the call that sent, never within it', async () => {
    const [a, b] = pipe();
    const log: string[] = [];
    b.subscribe(([value]) => {
      log.push(`b got ${value}`);
      b.next(bytes(value! + 1));
      log.push(`b answered ${value}`);
    });
    a.subscribe(([value]) => {
      log.push(`a got ${value}`);
      if (value! < 4) a.next(bytes(value! + 1));
      log.push(`a is done with ${value}`);
    });
    a.next(bytes(1));
    log.push('sent');
    expect(log).toEqual(['sent']);
    await settled();

    expect(log).toEqual([
      'sent',
      'b got 1',
      'b answered 1',
      'a got 2',
      'a is done with 2',
      'b got 3',
      'b answered 3',
      'a got 4',
      'a is done with 4',
    ]);
  });

  test('is not within the subscribing call either, when bytes wait', () => {
    const [a, b] = pipe();
    a.subscribe();
    a.next(bytes(1));

    expect(record(b).log).toEqual([]);
  });

  test('takes a copy: the sender may use its buffer again', async () => {
    const [a, b] = pipe();
    a.subscribe();
    const { log } = record(b);
    const buffer = bytes(1);
    a.next(buffer);
    buffer[0] = 2;
    await settled();

    expect(log).toEqual([[1]]);
  });

  describe('a late subscriber', () => {
    test('gets what waits for it, also the close', async () => {
      const [a, b] = pipe();
      const { close } = record(a);
      a.next(bytes(1));
      await settled();
      a.next(bytes(2));
      close();
      await settled();
      const { log } = record(b);
      await settled();

      expect(log).toEqual([[1], [2], 'end']);
    });

    test('gets what was sent before the sender was subscribed to', async () => {
      const [a, b] = pipe();
      const { log } = record(b);
      a.next(bytes(1));
      await settled();
      expect(log).toEqual([]);
      a.subscribe();
      await settled();

      expect(log).toEqual([[1]]);
    });
  });

  describe('closing', () => {
    test.each(['unsubscribe', 'complete', 'error'] as const)('%s: the other end completes', async (how) => {
      for (const [ours, theirs] of [pipe(), pipe().reverse() as ReturnType<typeof pipe>]) {
        const here = record(ours);
        const there = record(theirs);
        ours.next(bytes(1));
        if (how === 'unsubscribe') here.close();
        else if (how === 'complete') ours.complete();
        else ours.error(new Error('ours'));
        ours.next(bytes(2));
        await settled();

        expect(there.log).toEqual([[1], 'end']);
      }
    });

    test('complete() still takes what is on its way, and ends both', async () => {
      const [a, b] = pipe();
      const atA = record(a);
      const atB = record(b);
      b.next(bytes(7));
      a.complete();
      await settled();

      expect(atA.log).toEqual([[7], 'end']);
      expect(atB.log).toEqual(['end']);
    });

    test('complete() before the subscription closes after it', async () => {
      const [a, b] = pipe();
      const atB = record(b);
      a.next(bytes(1));
      a.complete();
      const atA = record(a);
      await settled();

      expect(atB.log).toEqual([[1], 'end']);
      expect(atA.log).toEqual(['end']);
    });

    test('half a message arrives, then the end', async () => {
      const [a, b] = pipe();
      const { log } = record(b);
      const { close } = record(a);
      const message = bytes(0x82, 0xa3, 0x53, 0x65, 0x71, 0x01);
      a.next(message.subarray(0, 3));
      close();
      a.next(message.subarray(3));
      await settled();

      expect(log).toEqual([[0x82, 0xa3, 0x53], 'end']);
    });

    test('error() ends both, and forgets what is on its way', async () => {
      const [a, b] = pipe();
      const atA = record(a);
      const atB = record(b);
      b.next(bytes(7));
      a.error(new Error('ours'));
      await settled();

      expect([atA.log, atB.log]).toEqual([['end'], ['end']]);
    });

    test('both at once is no trouble', async () => {
      const [a, b] = pipe();
      const atA = record(a);
      const atB = record(b);
      a.complete();
      b.complete();
      a.complete();
      await settled();

      expect([atA.log, atB.log]).toEqual([['end'], ['end']]);
    });

    test('with allowHalfOpen, an end sends on when the other is closed, until complete()', async () => {
      const [a, b] = pipe();
      b.allowHalfOpen = true;
      const atA = record(a);
      const atB = record(b);
      a.complete();
      await settled();
      b.next(bytes(1));
      await settled();
      expect([atA.log, atB.log]).toEqual([[[1]], ['end']]);
      b.next(bytes(2));
      b.complete();
      b.next(bytes(3));
      await settled();
      expect(atA.log).toEqual([[1], [2], 'end']);
    });

    test('with allowHalfOpen, error() closes it as ever', async () => {
      const [a, b] = pipe();
      b.allowHalfOpen = true;
      const atA = record(a);
      record(b);
      a.complete();
      await settled();
      b.error();
      b.next(bytes(1));
      await settled();
      expect(atA.log).toEqual(['end']);
    });

    test('an unsubscribed end is told nothing, and keeps nothing', async () => {
      const [a, b] = pipe();
      const { log, close } = record(a);
      record(b);
      b.next(bytes(1));
      close();
      b.next(bytes(2));
      await settled();

      expect(log).toEqual([]);
    });

    test('from within a value ends the values', async () => {
      const [a, b] = pipe();
      a.subscribe();
      const got: number[] = [];
      const subscription = b.subscribe((chunk) => {
        got.push(...chunk);
        subscription.unsubscribe();
      });
      a.next(bytes(1));
      a.next(bytes(2));
      await settled();

      expect(got).toEqual([1]);
    });
  });

  test('is one connection: a second subscription is refused', async () => {
    const [a, b] = pipe();
    const first = record(a);

    expect(record(a).log).toEqual(['Error: a socket is one connection: make another one to connect again']);
    b.subscribe();
    b.next(bytes(1));
    await settled();
    expect(first.log).toEqual([[1]]);
  });

  describe('in virtual time', () => {
    const values = { x: bytes(1), y: bytes(2), z: bytes(3) };
    const inVirtualTime = (run: (helpers: RunHelpers & { scheduler: TestScheduler }) => void) => {
      const scheduler = new TestScheduler((actual, expected) => {
        expect(actual).toEqual(expected);
      });
      scheduler.run((helpers) => run({ ...helpers, scheduler }));
    };

    test('bytes arrive in the frame they were sent in', () => {
      inVirtualTime(({ scheduler, hot, expectObservable }) => {
        const [a, b] = pipe(scheduler);
        const sent = hot('  -x--(yz)-|', values);
        const received = ' -x--(yz)-|';
        a.subscribe();
        sent.subscribe(a);
        expectObservable(b).toBe(received, values);
      });
    });

    test('a late subscriber, and one that leaves', () => {
      inVirtualTime(({ scheduler, hot, expectObservable }) => {
        const [a, b] = pipe(scheduler);
        const sent = hot('  -x--y--z-', values);
        const listening = ' --^----!-';
        const received = ' --x-y----';
        const other = '    -------|-';
        sent.subscribe(a);
        expectObservable(b, listening).toBe(received, values);
        expectObservable(a).toBe(other);
      });
    });

    test('an echo', () => {
      inVirtualTime(({ scheduler, hot, expectObservable }) => {
        const [a, b] = pipe(scheduler);
        b.pipe(map((chunk) => chunk.map((value) => value + 1))).subscribe((chunk) => b.next(chunk));
        hot('               -x-y--|', values).subscribe(a);
        expectObservable(a).toBe('-y-z--|', values);
      });
    });
  });
});

test('a pipe tells how many bytes the other end has not read yet', async () => {
  const [a, b] = pipe();
  a.next(bytes(1, 2));
  expect(a.bufferedAmount).toBe(2);
  const atA = record(a);
  a.next(bytes(3));
  expect(a.bufferedAmount).toBe(3);
  await settled();
  expect(a.bufferedAmount).toBe(3);
  const atB = record(b);
  await settled();
  expect(a.bufferedAmount).toBe(0);
  atB.close();
  a.next(bytes(4));
  expect(a.bufferedAmount).toBe(0);
  atA.close();
});
