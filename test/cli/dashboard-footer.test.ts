import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { firstValueFrom, lastValueFrom, tap, toArray } from 'rxjs';
import { describe, expect, test, vi } from 'vitest';
import { BUILD_SCRIPT, builtBy } from '../../src/cli/dashboard-build.ts';

/** A script that stands for that which builds the dashboard: to build it takes a minute, and 240 MB. */
function script(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'rxserf-build-')), 'build.mjs');
  writeFileSync(file, text);
  return file;
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the dashboard is built behind a live view', () => {
  test('how far it is, without what else the tools say', async () => {
    const built$ = builtBy(
      script(`
        console.log('npm says this'); console.error('added 200 packages');
        console.error('dashboard: installing its toolchain'); console.error('dashboard: \\u001b[2Jbuilding');
      `),
    );
    expect(await lastValueFrom(built$.pipe(toArray()))).toEqual([
      'dashboard: installing its toolchain…',
      'dashboard: \\u001b[2Jbuilding…',
    ]);
  });

  test('why it was not built', async () => {
    const built$ = builtBy(script(`console.error('dashboard: there is no dist'); process.exitCode = 1`));
    await expect(lastValueFrom(built$)).rejects.toThrow('there is no dist; npm run dashboard shows more');
  });

  test('it has the lowest priority, and so has what it starts; both end with the view', async () => {
    const built$ = builtBy(
      script(`
        import { spawn } from 'node:child_process';
        import { getPriority } from 'node:os';
        const wait = () => {
          if (getPriority() === 0) return setTimeout(wait, 5);
          const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
          child.on('spawn', () => console.error('dashboard: ' + [process.pid, child.pid, getPriority(child.pid)]));
        };
        wait();
        setInterval(() => {}, 1000);
      `),
    );
    const said = await firstValueFrom(built$.pipe(tap({ error: (error) => expect.fail(String(error)) })));
    const [own = 0, child = 0, priority] = (said.match(/\d+/g) ?? []).map(Number);
    expect(priority).toBe(19);
    await vi.waitUntil(() => !isRunning(own) && !isRunning(child), { timeout: 10_000 });
  });

  test('the script is where the command looks for it, from src and as it is built', () => {
    expect(existsSync(BUILD_SCRIPT)).toBe(true);
    const built = join(import.meta.dirname, '../../dist/cli');
    const files = readdirSync(built).filter((name) => name.endsWith('.js'));
    const paths = files.flatMap((name) => {
      const [, path] =
        /new URL\(["']([^"']*build-dashboard\.mjs)["']/.exec(readFileSync(join(built, name), 'utf8')) ?? [];
      return path ? [new URL(path, pathToFileURL(join(built, name)))] : [];
    });
    expect(paths).toHaveLength(1);
    expect(paths.every((path) => existsSync(path))).toBe(true);
  });
});
