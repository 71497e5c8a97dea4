import { spawnSync } from 'node:child_process';
import { describe, test } from 'vitest';

const MISSING =
  'no `serf` binary on PATH: tests against a real agent cannot run (Debian: apt-get install serf)';

let found: boolean | undefined;

/** Whether a `serf` binary that runs is on PATH. */
export function serfAvailable(): boolean {
  found ??= spawnSync('serf', ['version'], { stdio: 'ignore' }).status === 0;
  return found;
}

/**
 * vitest's `describe` for tests that need a real agent. Without `serf` they are skipped with a warning,
 * but where they were asked for (env RXSERF_REQUIRE_AGENT or CI) its absence is a failing test.
 */
export function describeAgent(name: string, fn: () => void): void {
  if (serfAvailable()) {
    describe(name, fn);
  } else if (isSet('RXSERF_REQUIRE_AGENT') || isSet('CI')) {
    describe(name, () => {
      test('needs serf', () => {
        throw new Error(MISSING);
      });
    });
  } else {
    console.warn(`\n!!! SKIPPED "${name}": ${MISSING}\n`);
    describe.skip(name, fn);
  }
}

function isSet(variable: string): boolean {
  return !['', '0', 'false'].includes(process.env[variable] ?? '');
}
