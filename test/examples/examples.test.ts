import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../examples', import.meta.url));

/** What each example prints; those that are tests of their own say how many passed. */
const PRINTS: Readonly<Record<string, readonly string[]>> = {
  'watch-members.ts': [
    'web-1: alive',
    'web-2: alive -> failed',
    'web-2: failed -> alive',
    'web-1: {"role":"web","version":"v1"} -> {"role":"web","version":"v2"}',
  ],
  'answer-queries.ts': ['web-2 is the least busy, with a load of 0.2'],
  'deploy-and-wait.ts': [
    'web-3 has heard',
    'web-1 v42 installed',
    'web-2 v42 installed',
    'not deployed on web-3',
  ],
  'notifier-workers.ts': [
    'all alike: worker-1',
    'worker-1 has weight 7: worker-1',
    'worker-1 was killed: connection-lost, unknown',
    'the others take over: yes',
  ],
  'marble-tested-pipeline.test.ts': ['pass 3', 'fail 0'],
  'in-memory-integration.test.ts': ['pass 3', 'fail 0'],
};
/** Imported by the others. */
const SHARED = ['in-memory.ts'];

test('every example is run', () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));

  expect(files.sort()).toEqual([...Object.keys(PRINTS), ...SHARED].sort());
});

test.each(Object.entries(PRINTS))('%s ends by itself, with code 0', async (file, expected) => {
  const { code, stdout, stderr } = await run(file);

  for (const line of expected) expect(stdout).toContain(line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

/** Runs an example on the pinned Node, with `rxserf` being what was built. */
function run(file: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    // Without vitest's own variables: `node:test` would think that it runs below another test runner.
    const { PATH, HOME } = process.env;
    const options = { cwd: FOLDER, env: { PATH, HOME }, timeout: 15_000 };
    const child = execFile(process.execPath, [file], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
