// Builds dashboard/ into dist/dashboard, from where the gateway serves it. Needs dist (`npm run build`). The toolchain is installed
// where it is missing (60 s, 240 MB); `npm ci` at the root knows nothing of it.
//
//   node scripts/build-dashboard.mjs [--if-needed]
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dashboard = join(root, 'dashboard');

/** Whether the toolchain is there, as the lockfile has it. */
export function hasToolchain() {
  const stamp = join(dashboard, 'node_modules/.package-lock.json');
  return (
    existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(dashboard, 'package-lock.json')).mtimeMs
  );
}

export function buildDashboard() {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('there is no dist: npm run build');
  if (!hasToolchain()) {
    console.error('dashboard: installing its toolchain');
    run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']);
  }
  linkPackage();
  console.error('dashboard: building');
  const architect = join(dashboard, 'node_modules/@angular-devkit/architect/bin/cli.js');
  run(process.execPath, [architect, 'dashboard:build']);
}

/** Whether what is built is as new as what it is built of. */
function isBuilt() {
  const built = statSync(join(root, 'dist/dashboard/index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const of = ['src', 'public', 'angular.json', 'tsconfig.json', 'package-lock.json'];
  const paths = [join(root, 'dist/index.js'), ...of.map((path) => join(dashboard, path))];
  return paths.every((path) => newest(path) < built);
}

/**
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

/** The package as it is published, beside the toolchain: a link would have it find the root's RxJS, and there would be two. */
function linkPackage() {
  const target = join(dashboard, 'node_modules/rxserf');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  cpSync(join(root, 'package.json'), join(target, 'package.json'));
  const own = join(root, 'dist/dashboard');
  cpSync(join(root, 'dist'), join(target, 'dist'), {
    recursive: true,
    filter: (path) => !path.startsWith(own),
  });
  // The one dependency of what runs in a page.
  cpSync(join(root, 'node_modules/@msgpack'), join(target, 'node_modules/@msgpack'), { recursive: true });
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  // The machine's own npm: `npm run` puts the pinned Node's folder first.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  execFileSync(command, args, {
    cwd: dashboard,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: path.join(delimiter), NG_CLI_ANALYTICS: 'false', NG_BUILD_MAX_WORKERS: '1' },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (!process.argv.includes('--if-needed') || !isBuilt()) buildDashboard();
  } catch (error) {
    console.error(`dashboard: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
