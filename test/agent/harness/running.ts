import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/** Everything that this process started and has not stopped yet. */
const running = new Set<Running>();

export interface Running {
  child: ChildProcess;
  exited: Promise<unknown>;
  folder: string;
}

export function track(entry: Running): void {
  running.add(entry);
}

/** Kills one agent (SIGKILL, which a SIGSTOPped one obeys too), waits for its end and removes its folder. */
export async function stop(entry: Running): Promise<void> {
  entry.child.kill('SIGKILL');
  await entry.exited;
  release(entry);
}

/** Stops every agent of this test file: for `afterAll`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

function release(entry: Running): void {
  rmSync(entry.folder, { recursive: true, force: true });
  running.delete(entry);
}

process.on('exit', () => {
  for (const entry of running) {
    entry.child.kill('SIGKILL');
    release(entry);
  }
});
