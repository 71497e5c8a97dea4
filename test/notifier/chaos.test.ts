import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomFrom } from '../../src/embedded/random.ts';
import { type Agent, describeAgent, eventually, startThreeNodes, stopAll } from '../agent/harness/agent.ts';
import { startWorker, stopWorkers, type Worker } from './support/workers.ts';

/** How long it goes on, in s; RXSERF_CHAOS_SECONDS=60 for more than a glance. */
const SECONDS = Number(process.env['RXSERF_CHAOS_SECONDS'] ?? 8);
/** Starting six processes may take longer than that on a machine that does other things. */
const PATIENCE = 120_000;

describeAgent('six processes over three agents', () => {
  let agents: Agent[];

  beforeAll(async () => {
    agents = await startThreeNodes();
  });

  afterAll(async () => {
    await stopWorkers();
    await stopAll();
  });

  test(
    'killed, stopped and started again: every call is accounted for, and none is carried out twice',
    async () => {
      const random = randomFrom(Number(process.env['RXSERF_CHAOS_SEED'] ?? 1));
      const all: Worker[] = [];
      const alive = new Set<Worker>();
      const killed = new Set<Worker>();
      const add = (place: number) => {
        const worker = startWorker(agents[place % 3] as Agent, `w${all.length}`);
        all.push(worker);
        alive.add(worker);
        return worker;
      };
      const ready = (worker: Worker) =>
        eventually(
          `${worker.id} is connected to the others`,
          () => {
            const last = worker.lines.findLast(({ type }) => type === 'peers')?.['connected'] as
              | string[]
              | undefined;
            const others = [...alive].filter((other) => other !== worker).map(({ id }) => id);
            if (!others.every((id) => last?.includes(id)))
              throw new Error(`${last} of ${others}; ${worker.errors.join('\n')}`);
          },
          { within: PATIENCE / 2 },
        );
      for (let i = 0; i < 6; i++) add(i);
      await Promise.all(all.map(ready));
      for (const worker of all) worker.tell('call');

      const end = Date.now() + SECONDS * 1_000;
      while (Date.now() < end) {
        await pause(200 + random() * 600);
        const victims = [...alive];
        const victim = victims[Math.floor(random() * victims.length)] as Worker;
        if (random() < 0.5) {
          victim.kill();
          alive.delete(victim);
          killed.add(victim);
          await victim.exited;
          add(all.indexOf(victim)).tell('call');
        } else {
          victim.signal('SIGSTOP');
          await pause(100 + random() * 500);
          victim.signal('SIGCONT');
        }
      }
      for (const worker of alive) worker.tell('stop');
      await eventually(
        'all calls have ended',
        () => {
          for (const worker of alive) worker.tell('open');
          for (const { id, lines, errors } of alive) {
            if (errors.length > 0) throw new Error(errors.join('\n'));
            if (!lines.some(({ type }) => type === 'stopped')) throw new Error(`${id} has not stopped`);
            const open = lines.findLast(({ type }) => type === 'open')?.['open'];
            if (open !== 0) throw new Error(`${id}: ${open} are open`);
          }
        },
        { within: PATIENCE / 2, every: 200 },
      );

      const begun = new Map<string, number>();
      const ended = new Map<string, number>();
      const outcomes = new Map<string, number>();
      for (const { lines } of all)
        for (const line of lines) {
          const call = line['call'] as string;
          if (line.type === 'begun') begun.set(call, (begun.get(call) ?? 0) + 1);
          if (line.type !== 'ended') continue;
          ended.set(call, (ended.get(call) ?? 0) + 1);
          const errors = line['errors'] as string[];
          const outcome = (line['code'] as string | undefined) ?? errors[0] ?? 'answered';
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          // One slice, one answer; what was begun is not a call that nobody was there for.
          expect(line['answers']).toBe(line['code'] === undefined ? 1 : 0);
          if (line['code'] !== undefined) expect(begun.has(call)).toBe(false);
        }
      console.info(`chaos: ${killed.size} killed, ${ended.size} calls`, Object.fromEntries(outcomes));
      expect([...ended.values()].every((count) => count === 1)).toBe(true);
      expect([...begun.values()].every((count) => count === 1)).toBe(true);
      for (const outcome of outcomes.keys())
        expect(['answered', 'connection-lost', 'request-timeout', 'no-recipient']).toContain(outcome);
      expect(outcomes.get('answered') ?? 0).toBeGreaterThan(0);
      // And they are all connected again.
      await Promise.all([...alive].map(ready));
    },
    2 * PATIENCE + SECONDS * 1_000,
  );
});
