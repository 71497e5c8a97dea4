import type { SchedulerLike } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Deadlines, type Expiring } from '../../src/rpc/deadlines.ts';

/** Virtual time; every timer that is armed is counted. */
class CountingScheduler extends TestScheduler {
  armed = 0;

  override schedule: SchedulerLike['schedule'] = (...parameters) => {
    this.armed++;
    return super.schedule(...(parameters as Parameters<SchedulerLike['schedule']>));
  };
}

describe('Deadlines', () => {
  let scheduler: CountingScheduler;
  let deadlines: Deadlines;
  /** What expired, and when. */
  let log: string[];

  beforeEach(() => {
    scheduler = new CountingScheduler(() => true);
    deadlines = new Deadlines(scheduler);
    log = [];
  });

  /** Something that expires at `deadline`, and then does `more`. */
  const at = (deadline: number, name = `d${deadline}`, more = () => {}): Expiring => ({
    deadline,
    expire() {
      log.push(`${deadlines.now()} ${name}`);
      more();
    },
  });
  /** Does `action` at a time, then lets all virtual time pass. */
  const script = (actions: Record<number, () => void>) => {
    scheduler.run(({ flush }) => {
      for (const [time, action] of Object.entries(actions)) {
        TestScheduler.prototype.schedule.call(scheduler, action, Number(time));
      }
      flush();
    });
  };

  test('each expires at its deadline, once', () => {
    script({ 0: () => [30, 10, 20].map((time) => deadlines.add(at(time))) });

    expect(log).toEqual(['10 d10', '20 d20', '30 d30']);
  });

  test('those of one deadline expire in the order they were added', () => {
    script({ 0: () => ['a', 'b', 'c'].map((name) => deadlines.add(at(5, name))) });

    expect(log).toEqual(['5 a', '5 b', '5 c']);
  });

  test('no timer is left when one that expires ends all others', () => {
    const other = at(8_000);
    script({
      0: () => {
        deadlines.add(other);
        deadlines.add(at(500, 'first', () => deadlines.close()));
      },
    });

    expect(log).toEqual(['500 first']);
    expect(scheduler.frame).toBeLessThan(8_000);
  });

  test('one whose deadline has passed expires at once, but never within add', () => {
    script({
      50: () => {
        deadlines.add(at(20));
        expect(log).toEqual([]);
      },
    });

    expect(log).toEqual(['50 d20']);
  });

  test('many have one timer', () => {
    script({
      0: () => {
        for (let i = 0; i < 1_000; i++) deadlines.add(at(100 + (i % 3)));
        expect(scheduler.armed).toBe(1);
      },
    });

    expect(log).toHaveLength(1_000);
    expect(scheduler.armed).toBeLessThan(10);
  });

  test('an earlier deadline arms the timer anew', () => {
    script({
      0: () => deadlines.add(at(100)),
      10: () => deadlines.add(at(40)),
      20: () => deadlines.add(at(60)),
    });

    expect(log).toEqual(['40 d40', '60 d60', '100 d100']);
    // For 100, for 40 instead, then for 60 and for 100 again; and a turn before each, for what has arrived.
    expect(scheduler.armed).toBe(7);
  });

  test('and disarms the later one', () => {
    const [late, early] = [at(100), at(40)];
    script({
      0: () => deadlines.add(late),
      10: () => deadlines.add(early),
      20: () => {
        deadlines.delete(late);
        deadlines.delete(early);
      },
    });

    expect(scheduler.frame).toBe(20);
  });

  test('what was deleted does not expire; the timer only looks', () => {
    const early = at(10);
    script({
      0: () => {
        deadlines.add(early);
        deadlines.add(at(20));
      },
      5: () => deadlines.delete(early),
    });

    expect(log).toEqual(['20 d20']);
  });

  test('requests that come and go while another waits take one timer', () => {
    const waiting = at(10);
    script({
      0: () => {
        deadlines.add(waiting);
        for (let i = 0; i < 100; i++) {
          const expiring = at(10 + i);
          deadlines.add(expiring);
          deadlines.delete(expiring);
        }
      },
    });

    expect(log).toEqual(['10 d10']);
    // And a turn, for what has arrived.
    expect(scheduler.armed).toBe(2);
  });

  test('requests that have come and gone leave no timer behind, which would keep a process alive', () => {
    const expiring = at(10_000);
    script({
      0: () => deadlines.add(expiring),
      1: () => deadlines.delete(expiring),
    });

    expect(scheduler.frame).toBe(1);
  });

  test('to delete what is not there is nothing', () => {
    script({
      0: () => {
        deadlines.add(at(10));
        deadlines.delete(at(10));
      },
    });

    expect(log).toEqual(['10 d10']);
  });

  test('one may be added again, with a later deadline', () => {
    const moving = { ...at(10) };
    script({
      0: () => deadlines.add(moving),
      5: () => {
        deadlines.delete(moving);
        deadlines.add(Object.assign(moving, { deadline: 30 }));
      },
    });

    expect(log).toEqual(['30 d10']);
  });

  describe('expiring may', () => {
    test('add a later one', () => {
      script({ 0: () => deadlines.add(at(10, 'first', () => deadlines.add(at(25, 'second')))) });

      expect(log).toEqual(['10 first', '25 second']);
    });

    test('add an earlier one than those that wait', () => {
      script({
        0: () => {
          deadlines.add(at(10, 'first', () => deadlines.add(at(15, 'second'))));
          deadlines.add(at(100));
        },
      });

      expect(log).toEqual(['10 first', '15 second', '100 d100']);
    });

    test('add one that has expired already', () => {
      script({ 0: () => deadlines.add(at(10, 'first', () => deadlines.add(at(10, 'second')))) });

      expect(log).toEqual(['10 first', '10 second']);
    });

    test('delete another of the same time', () => {
      const other = at(10, 'other');
      script({
        0: () => {
          deadlines.add(at(10, 'first', () => deadlines.delete(other)));
          deadlines.add(other);
        },
      });

      expect(log).toEqual(['10 first']);
    });

    test('close', () => {
      script({
        0: () => {
          deadlines.add(at(10, 'first', () => deadlines.close()));
          deadlines.add(at(10, 'other'));
          deadlines.add(at(20));
        },
      });

      expect(log).toEqual(['10 first']);
      expect(scheduler.frame).toBe(10);
    });
  });

  test('after close() nothing expires and no timer is left', () => {
    script({
      0: () => deadlines.add(at(10)),
      5: () => deadlines.close(),
    });

    expect(log).toEqual([]);
    expect(scheduler.frame).toBe(5);
  });

  test('after close() nothing is taken, and no timer armed', () => {
    deadlines.close();
    deadlines.add(at(10));

    expect(scheduler.armed).toBe(0);
  });

  describe('whenEmpty completes', () => {
    const emptied = () =>
      deadlines.whenEmpty().subscribe({ complete: () => log.push(`${deadlines.now()} empty`) });

    test('at once with nothing', () => {
      script({ 0: emptied });

      expect(log).toEqual(['0 empty']);
    });

    test('when the last was deleted', () => {
      const [first, last] = [at(50), at(60)];
      script({
        0: () => {
          deadlines.add(first);
          deadlines.add(last);
          emptied();
        },
        10: () => deadlines.delete(first),
        20: () => deadlines.delete(last),
      });

      expect(log).toEqual(['20 empty']);
    });

    test('when the last expires', () => {
      script({
        0: () => {
          deadlines.add(at(10));
          deadlines.add(at(20));
          emptied();
        },
      });

      expect(log).toEqual(['10 d10', '20 d20', '20 empty']);
    });

    test('once', () => {
      script({
        0: () => {
          deadlines.add(at(10));
          emptied();
        },
        20: () => deadlines.add(at(30)),
      });

      expect(log).toEqual(['10 d10', '10 empty', '30 d30']);
    });
  });

  test('close() twice, or with nothing, is nothing', () => {
    deadlines.close();
    deadlines.close();

    expect(scheduler.armed).toBe(0);
  });
});
