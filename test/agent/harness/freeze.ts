import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

/**
 * Stops a process (SIGSTOP), and resolves when all of its threads stand still: the signal takes its time, and until then
 * it may still answer. (Where there is no /proc, nobody can tell.)
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  if (process.platform !== 'linux') return;
  await eventually(
    'all threads stand still',
    () => {
      const tasks = `/proc/${pid}/task`;
      for (const task of readdirSync(tasks)) {
        // Behind the name, which is in parentheses, and may have any in it.
        const state = readFileSync(`${tasks}/${task}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
        if (state !== 'T') throw new Error(`thread ${task} is in state ${state}`);
      }
    },
    { every: 1 },
  );
}
