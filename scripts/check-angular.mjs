// Packs the library, builds docs/recipes/angular.md with it by Angular's own compiler (strict templates, `skipLibCheck` off), looks
// into the bundle, and runs what was built in Chromium. Needs dist (`npm run build`). The toolchain is dashboard's: it is installed
// where it is missing, in CI; elsewhere this is skipped, loudly, unless RXSERF_REQUIRE_ANGULAR asks for it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasToolchain } from './toolchain.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dashboard = join(root, 'dashboard');
/** Below the toolchain, so that everything but our package is found there. */
const app = join(dashboard, '.cache/packed-app');
const required = [process.env.CI, process.env.RXSERF_REQUIRE_ANGULAR].some(
  (value) => value && value !== 'false' && value !== '0',
);
/** What an application with a list of members weighs, minified, in bytes; most of it is Angular. */
const MOST = 215_000;

if (!hasToolchain(dashboard)) {
  if (!required) {
    console.warn(`${'!'.repeat(80)}
!!! SKIPPED: the Angular checks, as dashboard/node_modules is missing (60 s, 240 MB):
!!!   npm ci --prefix dashboard, or RXSERF_REQUIRE_ANGULAR=1
${'!'.repeat(80)}`);
    process.exit(0);
  }
  console.log('installing the toolchain of dashboard/');
  npm(['ci', '--no-audit', '--no-fund', '--ignore-scripts'], dashboard);
}

prepare();
build('quick-start');
checkBundle();
build('recipes');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
node([vitest, 'run', '--config', join(root, 'test/angular/app/vitest.config.ts')], root, {
  RXSERF_ANGULAR_APP: join(app, 'dist'),
});

/** The application's folder: its sources, the blocks of the page, and the package as npm packs it. */
function prepare() {
  rmSync(app, { recursive: true, force: true });
  cpSync(join(root, 'test/angular/app'), app, { recursive: true });
  const docs = join(app, 'src/docs');
  mkdirSync(docs);
  const page = readFileSync(join(root, 'docs/recipes/angular.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
  const [config = '', component = '', ...others] = blocks;
  writeFileSync(join(docs, 'app.config.ts'), config);
  writeFileSync(join(docs, 'app.ts'), component);
  // The last one is the test of a component: test/angular/recipe.test.ts runs it.
  const recipes = others.slice(0, -1);
  for (const [index, code] of recipes.entries()) writeFileSync(join(docs, `recipe-${index}.ts`), code);
  // The first of them is another appConfig.
  const star = recipes.map((_, index) => (index === 0 ? '' : `export * from './recipe-${index}';\n`));
  writeFileSync(join(docs, 'recipes.ts'), `import './recipe-0';\n${star.join('')}`);

  const [report] = Object.values(
    JSON.parse(npm(['pack', '--ignore-scripts', '--json', '--pack-destination', app], root)),
  );
  const target = join(app, 'node_modules/rxserf');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(app, report.filename), '-C', target, '--strip-components=1']);
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'packed-app', private: true, type: 'module' }),
  );
}

/** @param {string} project */
function build(project) {
  const started = Date.now();
  const architect = join(dashboard, 'node_modules/@angular-devkit/architect/bin/cli.js');
  node([architect, `${project}:build`], app, { NG_CLI_ANALYTICS: 'false', NG_BUILD_MAX_WORKERS: '1' });
  console.log(`✓ ${project} builds, in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Of the quick start. */
function checkBundle() {
  const dist = join(app, 'dist/quick-start');
  const { inputs, outputs } = JSON.parse(readFileSync(join(dist, 'browser-stats.json'), 'utf8'));
  const paths = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = (/** @type {RegExp} */ pattern) =>
    new Set(paths.flatMap((path) => pattern.exec(path)?.[0] ?? []));
  const text = readdirSync(join(dist, 'browser'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(dist, 'browser', file), 'utf8'))
    .join('\n');
  expect('one RxJS', folders(/^.*node_modules\/rxjs\/dist\/[^/]+\//).size === 1);
  expect('no re2js', folders(/node_modules\/re2js\//).size === 0);
  expect('nothing for tests', folders(/rxserf\/dist\/(angular\/)?testing\//).size === 0);
  expect(
    'no node:',
    !/["'`]node:[a-z]/.test(text) && !Object.keys(inputs).some((path) => path.startsWith('node:')),
  );
  expect(`${(text.length / 1000).toFixed(0)} kB, ${MOST / 1000} at most`, text.length <= MOST);
}

/**
 * @param {string} what
 * @param {boolean} holds
 */
function expect(what, holds) {
  console.log(`${holds ? '✓' : '✗'} quick-start: ${what}`);
  if (!holds) process.exitCode = 1;
}

/**
 * @param {string[]} args
 * @param {string} cwd
 */
function npm(args, cwd) {
  // The machine's own npm and node: `npm run` puts the pinned one first.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const env = { ...process.env, PATH: path.join(delimiter), npm_config_loglevel: 'error' };
  return execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/**
 * @param {string[]} args
 * @param {string} cwd
 * @param {Record<string, string>} env
 */
function node(args, cwd, env) {
  try {
    execFileSync(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch {
    process.exit(1);
  }
}
