import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SLICE, SlicedWork } from '../../dashboard/src/model/sliced-work.ts';
import type { Steps } from '../../dashboard/src/model/steps.ts';

interface Job {
  readonly name: string;
  readonly steps: number;
}

/** Each step takes a millisecond. */
function working() {
  const made: string[] = [];
  const begun: string[] = [];
  let steps = 0;
  const work = new SlicedWork(
    function* ({ name, steps: count }: Job): Steps<string> {
      begun.push(name);
      for (let step = 0; step < count; step++) {
        now++;
        steps++;
        yield;
      }
      return name;
    },
    (name) => made.push(name),
  );
  return { work, made, begun, steps: () => steps };
}

let now = 0;
beforeEach(() => {
  now = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
const LONG = 3 * SLICE;

describe('work in slices', () => {
  test('what is done within the first slice is there at once', () => {
    const { work, made } = working();
    work.take({ name: 'a', steps: SLICE - 1 });
    expect(made).toEqual(['a']);
    work.take({ name: 'b', steps: 0 });
    expect(made).toEqual(['a', 'b']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('what takes long gives way after each slice', () => {
    const { work, made, steps } = working();
    work.take({ name: 'a', steps: LONG });
    for (let slice = 1; slice <= 3; slice++) {
      expect([steps(), made]).toEqual([slice * SLICE, []]);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersToNextTimer();
    }
    expect(made).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('an input that comes meanwhile waits for its turn; of several, the latest has it', () => {
    const { work, made, begun } = working();
    work.take({ name: 'a', steps: LONG });
    work.take({ name: 'b', steps: 1 });
    vi.advanceTimersToNextTimer();
    work.take({ name: 'c', steps: LONG });
    expect(begun).toEqual(['a']);
    vi.advanceTimersToNextTimer();
    vi.advanceTimersToNextTimer();
    // In a slice of its own: the one before has had its time.
    expect([made, begun]).toEqual([['a'], ['a']]);
    vi.runAllTimers();
    expect([made, begun]).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ]);
    work.take({ name: 'd', steps: 1 });
    expect(made).toEqual(['a', 'c', 'd']);
  });

  test('one that comes before the next has begun takes its turn', () => {
    const { work, made } = working();
    work.take({ name: 'a', steps: SLICE });
    work.take({ name: 'b', steps: 1 });
    vi.advanceTimersToNextTimer();
    expect(made).toEqual(['a']);
    work.take({ name: 'c', steps: 1 });
    vi.runAllTimers();
    expect(made).toEqual(['a', 'c']);
  });

  test('stopped, it makes nothing more', () => {
    const { work, made, steps } = working();
    work.take({ name: 'a', steps: LONG });
    work.take({ name: 'b', steps: 1 });
    work.stop();
    vi.runAllTimers();
    expect([made, steps()]).toEqual([[], SLICE]);
  });
});
