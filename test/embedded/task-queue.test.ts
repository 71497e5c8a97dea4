import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { TaskQueue } from '../../src/embedded/gossip/task-queue.ts';

function start() {
  const scheduler = new VirtualTimeScheduler();
  const done: string[] = [];
  const tasks = new TaskQueue(scheduler);
  const at = (delay: number, name: string) =>
    tasks.schedule(delay, () => done.push(`${name}@${scheduler.now()}`));
  return { scheduler, tasks, done, at };
}

test('in order of time, and what is due together in the order of the calls', () => {
  const { scheduler, done, at } = start();
  for (const [delay, name] of [
    [5, 'a'],
    [3, 'b'],
    [5, 'c'],
    [0, 'd'],
    [3, 'e'],
  ] as const)
    at(delay, name);
  scheduler.flush();

  expect(done).toEqual(['d@0', 'b@3', 'e@3', 'a@5', 'c@5']);
});

test('any number of things take one action of the scheduler', () => {
  const { scheduler, at } = start();
  for (let i = 0; i < 1_000; i++) at((i * 7_919) % 1_000, `${i}`);

  expect(scheduler.actions.filter((action) => !action.closed)).toHaveLength(1);
});

test('a thousand things in random order are done in order', () => {
  const { scheduler, tasks } = start();
  const done: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    const delay = (i * 7_919) % 1_009;
    tasks.schedule(delay, () => done.push(delay));
  }
  scheduler.flush();

  expect(done).toHaveLength(1_000);
  expect(done).toEqual([...done].sort((a, b) => a - b));
});

test('what is cancelled does not happen, and leaves nothing on the scheduler', () => {
  const { scheduler, done, at } = start();
  const tasks = Array.from({ length: 500 }, (_, i) => at(i, `${i}`));
  for (const [i, task] of tasks.entries()) if (i !== 250) task.cancel();
  tasks[0]?.cancel();
  scheduler.flush();

  expect(done).toEqual(['250@250']);
  expect(scheduler.now()).toBe(250);

  at(10, 'never').cancel();
  scheduler.flush();
  expect(scheduler.now()).toBe(250);
});

test('what is added while something is done waits for the next turn, even if it is due', () => {
  const { scheduler, tasks, done, at } = start();
  tasks.schedule(1, () => {
    at(0, 'added');
    done.push('first');
  });
  at(1, 'second');
  scheduler.flush();

  expect(done).toEqual(['first', 'second@1', 'added@1']);
});

test('what throws does not stop what comes after it', () => {
  const { scheduler, tasks, done, at } = start();
  tasks.schedule(1, () => {
    throw new Error('in the application');
  });
  at(1, 'after');

  expect(() => scheduler.flush()).toThrow('in the application');
  // A virtual scheduler that something threw in has dropped everything; with the next thing to do, all goes on.
  at(0, 'next');
  scheduler.flush();
  expect(done).toEqual(['after@1', 'next@1']);
});

test('closed: nothing happens any more, and nothing is left', () => {
  const { scheduler, tasks, done, at } = start();
  at(5, 'never');
  tasks.schedule(1, () => tasks.close());
  at(1, 'never');
  scheduler.flush();
  at(0, 'never');
  scheduler.flush();

  expect(done).toEqual([]);
  expect(scheduler.now()).toBe(1);
});

test('in real time', async () => {
  const tasks = new TaskQueue(asyncScheduler);
  const done: number[] = [];
  await new Promise<void>((resolve) => {
    tasks.schedule(20, resolve);
    tasks.schedule(5, () => done.push(2));
    tasks.schedule(0, () => done.push(1));
  });

  expect(done).toEqual([1, 2]);
});
