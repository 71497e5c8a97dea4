// Runs a test in Jest against the packed package, in the kinds of projects that docs/recipes/testing.md tells of. Needs dist
// (`npm run build`); installs Jest into test/jest.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = join(root, 'test/jest');

const TEST = `
import { firstValueFrom } from 'rxjs';
import { connect, type Serf, utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { fakeSerf, member } from 'rxserf/testing';

test('a fake and an embedded cluster answer', async () => {
  const serf: Pick<Serf, 'members'> = fakeSerf({ replies: { members: [member('n1')] } });
  expect((await firstValueFrom(serf.members())).map(({ name }) => name)).toEqual(['n1']);
  const cluster = new EmbeddedCluster({ nodes: ['a'] });
  expect(await firstValueFrom(cluster.node('a').members())).toHaveLength(1);
  cluster.close();
  expect(connect('127.0.0.1:1', { codec: utf8() }).codec.decode(Uint8Array.of(65))).toBe('A');
});
`;
const PLAIN = TEST.replace('type Serf, ', '').replace(": Pick<Serf, 'members'>", '');
/** What a CommonJS project has to transform, as it is published as ES modules only. */
const ESM_PACKAGES = 'rxserf|re2js';
const options = { target: 'es2022', strict: true, isolatedModules: true };

/** @typedef {{ esm: boolean, file: string, jest: object, tsconfig?: object }} Project */
/** @type {Record<string, Project>} */
const PROJECTS = {
  'ES modules': { esm: true, file: 'a.test.js', jest: { transform: {} } },
  'ES modules, ts-jest': {
    esm: true,
    file: 'a.test.ts',
    jest: {
      extensionsToTreatAsEsm: ['.ts'],
      transform: { '\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
    },
    tsconfig: { ...options, module: 'nodenext' },
  },
  'ES modules, @swc/jest': {
    esm: true,
    file: 'a.test.ts',
    jest: { extensionsToTreatAsEsm: ['.ts'], transform: { '\\.ts$': '@swc/jest' } },
  },
  'CommonJS, @swc/jest': {
    esm: false,
    file: 'a.test.ts',
    jest: {
      transform: { '\\.[jt]s$': '@swc/jest' },
      transformIgnorePatterns: [`node_modules/(?!(${ESM_PACKAGES})/)`],
    },
  },
  'CommonJS, ts-jest with @swc/jest for packages': {
    esm: false,
    file: 'a.test.ts',
    jest: {
      transform: {
        '\\.ts$': ['ts-jest', { diagnostics: false }],
        [`node_modules/(${ESM_PACKAGES})/.*\\.m?js$`]: '@swc/jest',
      },
      transformIgnorePatterns: [`node_modules/(?!(${ESM_PACKAGES})/)`],
    },
    tsconfig: { ...options, module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '5.0' },
  },
};

if (!existsSync(join(tools, 'node_modules/jest')))
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: tools,
    stdio: 'inherit',
  });
const folder = mkdtempSync(join(tmpdir(), 'rxserf-jest-'));
let failed = 0;
try {
  install();
  for (const [index, [name, project]] of Object.entries(PROJECTS).entries()) {
    const problem = run(join(folder, `project-${index}`), project);
    console.log(`${problem ? '✗' : '✓'} ${name}`);
    if (problem) console.log(problem);
    if (problem) failed += 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

/** The packed package, what it depends on, and Jest. */
function install() {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'rxserf'), { recursive: true });
  const packing = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  execFileSync('npm', packing, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', ['xzf', join(folder, tarball), '-C', join(modules, 'rxserf'), '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['rxjs', 'tslib', ...Object.keys(dependencies)])
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true });
  for (const name of ['jest', 'ts-jest', 'typescript', '@swc'])
    symlinkSync(join(tools, 'node_modules', name), join(modules, name));
}

/**
 * @param {string} where
 * @param {Project} project
 * @returns {string} what Jest says when the test does not pass; empty otherwise
 */
function run(where, { esm, file, jest, tsconfig }) {
  mkdirSync(where);
  const write = (/** @type {string} */ name, /** @type {string} */ text) =>
    writeFileSync(join(where, name), text);
  write('package.json', JSON.stringify({ private: true, type: esm ? 'module' : 'commonjs', jest }));
  if (tsconfig) write('tsconfig.json', JSON.stringify({ compilerOptions: tsconfig }));
  write(file, file.endsWith('.ts') ? TEST : PLAIN);
  const env = { ...process.env, NODE_OPTIONS: esm ? '--experimental-vm-modules' : '' };
  try {
    const main = join(tools, 'node_modules/jest/bin/jest.js');
    execFileSync(process.execPath, [main, '--rootDir', where], {
      cwd: where,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return '';
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = /** @type {Error & {stdout?: string, stderr?: string}} */ (error);
    return `${stdout}${stderr}`.trim() || message;
  }
}
