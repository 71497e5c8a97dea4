import { EMPTY, NEVER, type ObservableInput, of, Subject, take, toArray, VirtualTimeScheduler } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { Deadlines } from '../../src/rpc/deadlines.ts';
import { FairTimer, fairInterval, inTime } from '../../src/rpc/fair-timer.ts';

/** Virtual time of a process that can be busy: what is due meanwhile comes late. */
class Process extends VirtualTimeScheduler {
  #busy = 0;

  override now = () => this.frame + this.#busy;

  /** In `time` ms, the process is busy for `ms`. */
  busy(time: number, ms: number): void {
    this.schedule(() => {
      this.#busy += ms;
    }, time);
  }
}

describe('a fair timer', () => {
  let process: Process;
  let log: number[];

  beforeEach(() => {
    process = new Process();
    log = [];
  });

  const armed = (ms: number, fire = () => log.push(process.now())) => {
    const timer = new FairTimer(process, fire);
    timer.arm(timer.now() + ms);
    return timer;
  };

  test.each([0, 1, 49, 50, 51, 500, 10_000, 0x7fff_ffff])('fires after %i ms, once', (ms) => {
    armed(ms);
    process.flush();

    expect(log).toEqual([ms]);
  });

  test('looks at the clock seldom, for a long time', () => {
    let looks = 0;
    const scheduler = new VirtualTimeScheduler();
    const { schedule } = scheduler;
    scheduler.schedule = ((...parameters: Parameters<typeof schedule>) => {
      looks++;
      return schedule.apply(scheduler, parameters);
    }) as typeof schedule;
    new FairTimer(scheduler, () => {}).arm(0x7fff_ffff);
    scheduler.flush();

    expect(looks).toBeLessThan(1_000);
  });

  test('lets what has arrived by then be read first', () => {
    const order: string[] = [];
    armed(30, () => order.push('fired'));
    process.schedule(() => order.push('read'), 30);
    process.flush();

    expect(order).toEqual(['read', 'fired']);
  });

  test('does not count the time by which it is woken late', () => {
    armed(500);
    process.busy(10, 700);
    process.flush();

    // It was to be woken at 50.
    expect(log).toEqual([500 + 700]);
  });

  test('counts every step, so it ends in a process that is always late', () => {
    let steps = 0;
    const busy = () => {
      steps++;
      process.busy(0, 1_000);
      if (log.length === 0) process.schedule(busy, 10);
    };
    process.schedule(busy, 0);
    armed(500);
    process.flush();

    expect(log).toHaveLength(1);
    expect(steps).toBeLessThan(60);
  });

  test('takes a few ms for ordinary', () => {
    armed(30);
    process.busy(10, 9);
    process.flush();

    expect(log).toEqual([39]);
  });

  test('can be disarmed: on its way, and in the last moment', () => {
    const early = armed(100);
    process.schedule(() => early.disarm(), 60);
    const last = armed(30);
    process.schedule(() => last.disarm(), 30);
    process.flush();

    expect(log).toEqual([]);
  });

  test('can be armed for another time', () => {
    const timer = armed(100);
    process.schedule(() => timer.arm(70), 20);
    process.flush();

    expect(log).toEqual([70]);
  });

  test.each([-3_600_000, -30, 3_600_000])('is not put off by a clock that is set by %i ms', (by) => {
    armed(100);
    process.busy(60, by);
    process.flush();

    expect(process.frame).toBe(100);
  });

  test.each([1, 2, 3, 30, 1_000])('fires after %i ms though the clock stands still', (ms) => {
    armed(ms);
    process.now = () => 0;
    process.flush();

    expect(process.frame).toBe(ms);
  });

  test.each([-1, -2])('waits for the rest when a timer is early by %i ms', (early) => {
    armed(30);
    process.busy(10, early);
    process.flush();

    expect(process.now()).toBe(30);
  });
});

describe('deadlines', () => {
  test('an answer that arrived while the process was busy comes before they expire', () => {
    const process = new Process();
    const deadlines = new Deadlines(process);
    const order: string[] = [];
    const request = { deadline: deadlines.now() + 40, expire: () => order.push('expired') };
    deadlines.add(request);
    process.schedule(() => {
      order.push('answered');
      deadlines.delete(request);
    }, 40);
    process.flush();

    expect(order).toEqual(['answered']);
  });

  test('move by the time that the process was busy', () => {
    const process = new Process();
    const deadlines = new Deadlines(process);
    const expired: number[] = [];
    for (const ms of [200, 300]) {
      deadlines.add({ deadline: deadlines.now() + ms, expire: () => expired.push(process.now()) });
    }
    process.busy(10, 1_000);
    process.flush();

    expect(expired).toEqual([1_200, 1_300]);
  });
});

describe('a fair interval', () => {
  test('emits each period, without drift', () => {
    const process = new Process();
    const times: number[] = [];
    fairInterval(70, process)
      .pipe(take(4))
      .subscribe(() => times.push(process.now()));
    process.flush();

    expect(times).toEqual([70, 140, 210, 280]);
  });

  test('never emits twice for what was due while the process was busy', () => {
    const process = new Process();
    const times: number[] = [];
    fairInterval(40, process)
      .pipe(take(3))
      .subscribe(() => times.push(process.now()));
    process.busy(10, 1_000);
    process.flush();

    expect(times).toEqual([1_040, 1_080, 1_120]);
  });

  test('counts from 0, and leaves no timer behind', () => {
    const process = new Process();
    let counts: number[] = [];
    fairInterval(10, process)
      .pipe(take(3), toArray())
      .subscribe((all) => {
        counts = all;
      });
    process.flush();

    expect(counts).toEqual([0, 1, 2]);
    expect(process.frame).toBe(30);
  });
});

describe('inTime', () => {
  function asked(
    ask: (process: Process) => ObservableInput<string>,
    before: (process: Process) => void = () => {},
  ) {
    const process = new Process();
    before(process);
    const told: string[] = [];
    const say = (what: string) => told.push(`${process.now()} ${what}`);
    const late = () => new Error('late');
    const answer$ = inTime(() => ask(process), 100, process, late);
    answer$.subscribe({ next: say, error: ({ message }) => say(message), complete: () => say('|') });
    process.flush();
    expect(process.actions).toEqual([]);
    return told;
  }
  const answering = (ms: number) => (process: Process) => {
    const answer = new Subject<string>();
    process.schedule(() => answer.next('yes'), ms);
    return answer;
  };

  test.each<[string, (process: Process) => ObservableInput<string>, string[]]>([
    ['the first of several', () => of('yes', 'no'), ['0 yes', '0 |']],
    ['a list', () => ['yes'], ['0 yes', '0 |']],
    ['nothing', () => EMPTY, ['0 |']],
    ['an answer in time', answering(99), ['99 yes', '99 |']],
    ['none', () => NEVER, ['100 late']],
    ['one too late', answering(101), ['100 late']],
    [
      'a throw',
      () => {
        throw new Error('thrown');
      },
      ['0 thrown'],
    ],
  ])('%s', (_, ask, told) => {
    expect(asked(ask)).toEqual(told);
  });

  test('what had arrived when the process was too busy to read it, counts', () => {
    const busy = (process: Process) => process.busy(10, 1_000);
    expect(asked(answering(99), busy)).toEqual(['1099 yes', '1099 |']);
    expect(asked(() => NEVER, busy)).toEqual([expect.stringMatching(/^11\d\d late$/)]);
  });
});
