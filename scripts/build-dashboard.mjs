// Builds dashboard/ into dist/dashboard, from where the gateway serves it. Needs dist (`npm run build`). The toolchain is installed
// where it is missing (60 s, 240 MB); `npm ci` at the root knows nothing of it.
//
//   node scripts/build-dashboard.mjs [--if-needed]
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasToolchain } from './toolchain.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dashboard = join(root, 'dashboard');

export async function buildDashboard() {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('there is no dist: npm run build');
  if (!hasToolchain(dashboard)) {
    console.error('dashboard: installing its toolchain');
    run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']);
  }
  // Started by `npm start`, there are none: it builds without.
  if (!existsSync(join(root, 'dist/index.d.ts'))) {
    console.error("dashboard: building the package's types");
    run(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      join(root, 'tsconfig.build.json'),
    ]);
  }
  linkPackage();
  console.error('dashboard: building');
  const architect = join(dashboard, 'node_modules/@angular-devkit/architect/bin/cli.js');
  run(process.execPath, [architect, 'dashboard:build']);
  await joinInitial();
}

/**
 * What every page needs as one file instead of the several that Angular's build leaves, and minified as a whole: 6 kB less of 113,
 * compressed, and a request less.
 */
async function joinInitial() {
  const { rolldown } = await import('rolldown');
  const folder = join(root, 'dist/dashboard');
  const page = join(folder, 'index.html');
  const html = readFileSync(page, 'utf8');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const initial = scripts.filter((name) => html.includes(name));
  const main = initial.find((name) => name.startsWith('main-'));
  if (!main) throw new Error('index.html has no main script');
  const bundle = await rolldown({ cwd: folder, input: { main: `./${main}` }, treeshake: false });
  const { output } = await bundle.generate({
    format: 'esm',
    minify: true,
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: 'chunk-[hash].js',
    codeSplitting: {
      groups: [{ name: 'initial', test: (id) => initial.some((name) => id === join(folder, name)) }],
    },
  });
  for (const name of scripts) rmSync(join(folder, name));
  for (const file of output) if (file.type === 'chunk') writeFileSync(join(folder, file.fileName), file.code);
  const entry = output.find((file) => file.type === 'chunk' && file.isEntry);
  if (entry?.type !== 'chunk') throw new Error('the dashboard has no entry');
  const preloads = entry.imports.map((name) => `<link rel="modulepreload" href="${name}">`).join('');
  const script = `<script src="${entry.fileName}" type="module"></script>`;
  const others = html.replace(/<link rel="modulepreload"[^>]*>|<script [^>]*><\/script>/g, '');
  writeFileSync(
    page,
    others.replace('</body>', () => `${preloads}${script}</body>`),
  );
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
    if (!process.argv.includes('--if-needed') || !isBuilt()) await buildDashboard();
  } catch (error) {
    console.error(`dashboard: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
