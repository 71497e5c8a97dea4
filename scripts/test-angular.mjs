// Runs the tests of rxserf/angular, types included, with another major version of Angular than the root has. Needs dist
// (`npm run build`) and the npm registry.
//
//   npm run test:angular -- 20 21
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const versions = process.argv.slice(2);
if (versions.length === 0 || versions.some((version) => !/^\d+(\.\d+){0,2}$/.test(version))) {
  console.error('usage: npm run test:angular -- VERSION…, such as 20 21');
  process.exit(2);
}
for (const version of versions) test(version);

/** @param {string} version */
function test(version) {
  const folder = join(root, `.cache/angular-${version}`);
  const modules = join(folder, 'node_modules');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  write(folder, 'package.json', { name: `with-angular-${version}`, private: true, type: 'module' });
  const packages = ['core', 'common', 'compiler', 'platform-browser'].map(
    (name) => `@angular/${name}@${version}`,
  );
  // The machine's own npm and node: `npm run` puts the pinned one first.
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  const env = { ...process.env, PATH: path.join(delimiter), npm_config_loglevel: 'error' };
  const options = ['--no-audit', '--no-fund', '--no-save', '--legacy-peer-deps'];
  execFileSync('npm', ['install', ...options, ...packages], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });

  console.log(`\n== Angular ${version}`);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  // See vitest.config.ts.
  run([vitest, 'run', 'test/angular'], { RXSERF_ANGULAR: folder });

  // Types: the package as it is built, beside this Angular.
  const installed = join(modules, 'rxserf');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true });
  cpSync(join(root, 'test/angular/types.test-d.ts'), join(folder, 'types.ts'));
  write(folder, 'tsconfig.json', {
    extends: '../../tsconfig.json',
    compilerOptions: { paths: {}, lib: ['es2023', 'dom', 'esnext.disposable'] },
    include: ['types.ts'],
    exclude: [],
  });
  run([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {});
  console.log(`✓ types with Angular ${version}`);
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
function run(args, env) {
  try {
    execFileSync(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch {
    process.exit(1);
  }
}

/**
 * @param {string} folder
 * @param {string} name
 * @param {object} value
 */
function write(folder, name, value) {
  writeFileSync(join(folder, name), JSON.stringify(value));
}
