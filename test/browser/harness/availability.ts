import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';

const MISSING =
  'no Chromium in RXSERF_CHROMIUM or on PATH: tests in a browser cannot run (Debian: apt-get install chromium)';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is, if it is anywhere. */
export function chromiumPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const given = process.env['RXSERF_CHROMIUM'];
  const paths = given ? [given] : NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether there is a Chromium. */
export function browserAvailable(): boolean {
  return chromiumPath() !== undefined;
}

/**
 * vitest's `describe` for tests that need a browser. Without Chromium they are skipped with a warning, but where they were
 * asked for (env RXSERF_REQUIRE_BROWSER or CI) its absence is a failing test.
 */
export function describeBrowser(name: string, fn: () => void): void {
  if (browserAvailable()) describe(name, fn);
  else if (isSet('RXSERF_REQUIRE_BROWSER') || isSet('CI')) {
    describe(name, () => {
      test('needs Chromium', () => {
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
