import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { listening, start } from './harness.ts';

/** The files of ours, and the packages, that a command loads: V8 counts what it covers for that. */
async function loadedBy(...args: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rxserf-loaded-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { code, stderr } = await start(args, { NODE_V8_COVERAGE: folder }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const urls = readdirSync(folder).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  });
  return [...new Set(urls.flatMap((url) => sourcesOf(fileURLToPath(url))))];
}

/** What a bundle was made of. */
function sourcesOf(file: string): string[] {
  if (!existsSync(`${file}.map`)) return [file];
  return (JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }).sources;
}

test('--version and --help load nothing but the table of commands', async () => {
  for (const args of [['--version'], ['--help'], ['help']]) {
    const names = (await loadedBy(...args)).map((path) => path.replace(/^.*\/src\//, ''));

    expect(names.sort()).toEqual(['cli/commands.ts', 'cli/main.ts', 'cli/output/broken-output.ts']);
  }
});

test('members loads neither the embedded cluster nor re2js, nor what other commands need', async () => {
  const { address } = await listening(['n1']);
  const sources = await loadedBy('members', '--rpc-addr', address);

  expect(sources.filter((path) => path.includes('src/cli/commands/members.ts'))).toHaveLength(1);
  expect(
    sources.filter((path) =>
      /re2|src\/embedded|src\/server|src\/gateway|src\/http|cli\/watch|node_modules\/(ws|socks|sirv)\//.test(
        path,
      ),
    ),
  ).toEqual([]);
});

test.each(Object.keys(COMMANDS))('%s is loaded, and has a help of its own', async (name) => {
  const { code, stdout } = await start([name, '--help']).ended;

  expect(stdout).toContain(`Usage: rxserf ${name}`);
  expect(stdout).toContain(COMMANDS[name]?.about.split(/[ ,]/)[0]);
  expect(code).toBe(0);
});
