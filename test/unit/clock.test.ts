import { asyncScheduler, Subscription, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { dateBy, monotonicScheduler } from '../../src/clock.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The scheduler's time before and after this many ms of real time. */
async function around(ms: number): Promise<[before: number, after: number]> {
  const before = monotonicScheduler.now();
  await new Promise<void>((resolve) => monotonicScheduler.schedule(() => resolve(), ms));
  return [before, monotonicScheduler.now()];
}

describe('elapsed time', () => {
  test('is in whole ms', () => {
    expect(Number.isInteger(monotonicScheduler.now())).toBe(true);
  });

  test('goes on when the date stands still', async () => {
    vi.setSystemTime(new Date('2020-01-01'));
    const [before, after] = await around(20);

    expect(Date.now()).toBe(Date.parse('2020-01-01'));
    expect(after - before).toBeGreaterThanOrEqual(19);
  });

  test.each([-3_600_000, 3_600_000])('does not jump when the date is set by %i ms', (by) => {
    const before = monotonicScheduler.now();
    vi.setSystemTime(Date.now() + by);

    expect(monotonicScheduler.now() - before).toBeGreaterThanOrEqual(0);
    expect(monotonicScheduler.now() - before).toBeLessThan(60_000);
  });

  test('is what fake timers say', () => {
    vi.useFakeTimers();
    const before = monotonicScheduler.now();
    const fired: number[] = [];
    monotonicScheduler.schedule(() => fired.push(monotonicScheduler.now() - before), 5_000);
    vi.advanceTimersByTime(4_999);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);

    expect(fired).toEqual([5_000]);
  });

  test('is virtual while a TestScheduler runs, as asyncScheduler is', () => {
    const scheduler = new TestScheduler(() => {});
    const times: number[] = [];
    scheduler.run(({ flush }) => {
      for (const delay of [0, 7, 10_000]) {
        monotonicScheduler.schedule(() => times.push(monotonicScheduler.now()), delay);
      }
      flush();
    });

    expect(times).toEqual([0, 7, 10_000]);
  });

  test('without a `performance`, is the date, which then never goes back', () => {
    vi.stubGlobal('performance', undefined);
    const before = monotonicScheduler.now();
    vi.setSystemTime(Date.now() - 3_600_000);

    expect(before).toBeGreaterThan(1e12);
    expect(monotonicScheduler.now()).toBe(before);
  });

  test('is a scheduler: what is scheduled can be cancelled, or scheduled again', async () => {
    const done: number[] = [];
    const cancelled = new Subscription();
    cancelled.add(monotonicScheduler.schedule(() => done.push(0), 5));
    cancelled.unsubscribe();
    await new Promise<void>((resolve) =>
      monotonicScheduler.schedule<number>(
        function (count) {
          done.push(count as number);
          if (count === 3) resolve();
          else this.schedule((count as number) + 1, 5);
        },
        5,
        1,
      ),
    );

    expect(done).toEqual([1, 2, 3]);
  });
});

describe('the date', () => {
  test("is the system's by the default scheduler, however it is set", () => {
    vi.setSystemTime(new Date('2020-01-01'));

    expect(dateBy(monotonicScheduler)).toBe(Date.parse('2020-01-01'));
    expect(dateBy(asyncScheduler)).toBe(Date.parse('2020-01-01'));
  });

  test('is virtual time by a virtual scheduler', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = 1_234;

    expect(dateBy(scheduler)).toBe(1_234);
  });
});
