import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

// The kit in another runner: Node's own, in a process of its own, from the sources.

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Runs a file of tests with `node --test`, and gives what it says. */
async function nodeTest(file: string): Promise<{ readonly code: number; readonly output: string }> {
  const hooks = ['--import', path('./fixtures/sources.mjs')];
  // A test that is run by a runner would speak to that one.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...hooks, '--test', path(file)], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  }
}

describe('node:test', () => {
  test('runs the example', async () => {
    const { code, output } = await nodeTest('../../examples/marble-tested-pipeline.test.ts');

    expect(output).toContain('pass 3');
    expect(output).toContain('fail 0');
    expect(code).toBe(0);
  });

  test('shows the diagrams of stories that fail', async () => {
    const { code, output } = await nodeTest('./fixtures/failing.node.ts');

    expect(code).toBe(1);
    expect(output).toContain('fail 3');
    expect(output).toContain('what was observed is not as expected');
    expect(output).toMatch(/actual:\n\s+--d\n/);
    expect(output).toMatch(/expected:\n\s+---d\n/);
    expect(output).toContain('stream("user") since 0 ms');
    expect(output).toContain('Expected values to be strictly deep-equal');
  });
});
