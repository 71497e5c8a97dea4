// Builds the documentation site into site/dist: docs/, and the reference made of the comments in src. Its toolchain is its own and
// installed where it is missing (25 s, 150 MB).
//
//   node scripts/build-site.mjs [--api]     --api: the reference alone, in Markdown, into site/.cache/content/reference
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasToolchain } from './toolchain.mjs';

const site = fileURLToPath(new URL('../site', import.meta.url));

install();
rmSync(join(site, '.cache/content'), { recursive: true, force: true });
// A warning is an error: an export without a comment, a link that leads nowhere, a type that nobody can import.
run(process.execPath, [join(site, 'node_modules/typedoc/bin/typedoc')]);
if (!process.argv.includes('--api')) {
  const { layOut } = await import('../site/content.mjs');
  layOut();
  rmSync(join(site, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(site, 'node_modules/vitepress/bin/vitepress.js'), 'build']);
}

function install() {
  if (hasToolchain(site)) return;
  run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']);
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  execFileSync(program, args, { cwd: site, stdio: ['ignore', 'inherit', 'inherit'] });
}
