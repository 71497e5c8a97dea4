// Builds dashboard/, weighs it, and uses it in Chromium. Needs dist (`npm run build`). The toolchain is installed where it is missing, in
// CI; elsewhere this is skipped, loudly, unless RXSERF_REQUIRE_DASHBOARD asks for it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { buildDashboard } from './build-dashboard.mjs';
import { hasToolchain } from './toolchain.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist/dashboard');
const required = [process.env.CI, process.env.RXSERF_REQUIRE_DASHBOARD].some(
  (value) => value && value !== 'false' && value !== '0',
);
/** What a browser loads before the first page is there, and for a page, in bytes, compressed as a good proxy does. */
const MOST = { initial: 110_000, page: 25_000, styles: 12_000 };

if (!hasToolchain(join(root, 'dashboard')) && !required) {
  console.warn(`${'!'.repeat(80)}
!!! SKIPPED: the dashboard's checks, as dashboard/node_modules is missing (60 s, 240 MB):
!!!   npm ci --prefix dashboard, or RXSERF_REQUIRE_DASHBOARD=1
${'!'.repeat(80)}`);
  process.exit(0);
}

const started = Date.now();
await buildDashboard();
console.log(`✓ the dashboard builds, in ${((Date.now() - started) / 1000).toFixed(1)} s`);
checkFiles();
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
try {
  const args = [vitest, 'run', '--config', join(root, 'test/dashboard/vitest.config.ts')];
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
} catch {
  process.exitCode = 1;
}

function checkFiles() {
  const files = readdirSync(dist).filter((file) => /\.(js|css|html)$/.test(file));
  const text = (/** @type {string} */ file) => readFileSync(join(dist, file), 'utf8');
  const index = text('index.html');
  const weight = (/** @type {string[]} */ some) =>
    some.reduce((sum, file) => sum + brotliCompressSync(text(file)).length, 0);
  const kB = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  const initial = files.filter((file) => file !== 'index.html' && index.includes(file));
  expect(`initial: ${kB(weight(initial))}, ${kB(MOST.initial)} at most`, weight(initial) <= MOST.initial);
  const lazy = files.filter((file) => !index.includes(file) && file.endsWith('.js'));
  const heaviest = Math.max(...lazy.map((file) => weight([file])));
  expect(`a page: ${kB(heaviest)}, ${kB(MOST.page)} at most`, heaviest <= MOST.page);
  const styles = weight(files.filter((file) => file.endsWith('.css')));
  expect(`styles: ${kB(styles)}, ${kB(MOST.styles)} at most`, styles <= MOST.styles);
  expect('no inline script, no handler in the HTML', !/<script(?![^>]*\bsrc=)|\son\w+=/.test(index));
  expect(
    'no innerHTML of ours',
    !readdirSync(join(root, 'dashboard/src'), { recursive: true }).some(hasInnerHtml),
  );
}

/** @param {string | Buffer} path */
function hasInnerHtml(path) {
  const file = String(path);
  return (
    /\.(ts|html)$/.test(file) &&
    /innerHTML|bypassSecurity/.test(readFileSync(join(root, 'dashboard/src', file), 'utf8'))
  );
}

/**
 * @param {string} what
 * @param {boolean} holds
 */
function expect(what, holds) {
  console.log(`${holds ? '✓' : '✗'} dashboard: ${what}`);
  if (!holds) process.exitCode = 1;
}
