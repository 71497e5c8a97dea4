import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Agent } from '../../agent/harness/agent.ts';

const MAIN = fileURLToPath(new URL('./worker.mjs', import.meta.url));

/** What all notifiers of these tests know. */
export const KEY = 'a key for tests and for nothing else';

/** A process of its own with a notifier. */
export interface Worker {
  readonly id: string;
  /** The lines that it has said. */
  readonly lines: { readonly type: string; readonly [field: string]: unknown }[];
  /** What it wrote to standard error: nothing. */
  readonly errors: string[];
  tell(what: 'call' | 'stop' | 'open' | 'hang'): void;
  /** SIGKILL: nobody is told. */
  kill(): void;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<unknown>;
}

const running = new Set<ChildProcess>();

export function startWorker(agent: Pick<Agent, 'address'>, id: string): Worker {
  const child = spawn(process.execPath, [MAIN, agent.address, id, KEY], { stdio: 'pipe' });
  running.add(child);
  const lines: Worker['lines'] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  child.stdin.on('error', () => {});
  const exited = once(child, 'close').finally(() => running.delete(child));
  return {
    id,
    lines,
    errors,
    tell: (what) => void child.stdin.write(`${what}\n`),
    kill: () => void child.kill('SIGKILL'),
    signal: (name) => void child.kill(name),
    exited,
  };
}

/** Ends all that this file has started. */
export async function stopWorkers(): Promise<void> {
  const children = [...running];
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map((child) => once(child, 'close').catch(() => {})));
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
