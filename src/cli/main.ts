#!/usr/bin/env node
import './output/broken-output.ts';
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { overview } from './commands.ts';

const [first, ...rest] = process.argv.slice(2);

// Loading is nearly all that these would take: they are answered before it.
if (first === undefined) {
  process.stderr.write(overview());
  process.exitCode = 127;
} else if (['--version', '-version', '-v', '-V'].includes(first)) {
  process.stdout.write(`${version()}\n`);
} else if (['--help', '-help', '-h', 'help'].includes(first) && rest.length === 0) {
  process.stdout.write(overview());
} else {
  cacheWhatIsCompiled();
  const { main } = await import('./program.ts');
  // Not process.exit(): what is printed, and what is being closed, may take a moment.
  const code = await main(first === 'help' ? [...rest, '--help'] : [first, ...rest], version());
  if (code !== 0) process.exitCode = code;
}

/** In the user's own folder, not in Node's default below /tmp: what is in there is run. Node has this from 22.8 on. */
function cacheWhatIsCompiled(): void {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const folder = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`);
  if (folder) module.enableCompileCache?.(`${folder}/rxserf`);
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
