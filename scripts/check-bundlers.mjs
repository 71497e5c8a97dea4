// Bundles an application for browsers with esbuild, Vite and webpack, as a user who has installed the package would: without
// conditions or aliases. Needs dist (`npm run build`); installs the bundlers into test/bundlers.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as esbuild } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = join(root, 'test/bundlers');

/** Everything that an application for browsers may import, and what needs Node but has to be there. */
const APP = `
import { fromEvent } from 'rxjs';
import { connect, memberChanges } from 'rxserf';
import { ofEvent } from 'rxserf/operators';
import { listen, serve } from 'rxserf/server';
import { pipe, tcpSocket, webSocketSocket } from 'rxserf/socket';
globalThis.app = { fromEvent, connect, memberChanges, ofEvent, listen, serve, pipe, tcpSocket, webSocketSocket };
`;

/** @typedef {{ modules: string[], text: string, problems: string[] }} Bundle */

if (!existsSync(join(tools, 'node_modules/webpack'))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: tools,
    stdio: 'inherit',
  });
}
const require = createRequire(join(tools, 'package.json'));
const folder = mkdtempSync(join(tmpdir(), 'rxserf-bundlers-'));
let failed = 0;
try {
  const installed = join(folder, 'node_modules');
  mkdirSync(join(installed, 'rxserf'), { recursive: true });
  // The package as it is published: what is in it, and nothing of this checkout around it.
  for (const part of ['package.json', 'dist'])
    cpSync(join(root, part), join(installed, 'rxserf', part), { recursive: true });
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['tslib', ...Object.keys(dependencies), ...Object.keys(peerDependencies)]) {
    const source = join(root, 'node_modules', name);
    if (existsSync(source)) cpSync(source, join(installed, name), { recursive: true });
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, 'app.js'), APP);
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="/app.js"></script>');

  for (const [name, bundle] of Object.entries({
    esbuild: withEsbuild,
    Vite: withVite,
    webpack: withWebpack,
  })) {
    await check(`${name} bundles an application for browsers`, async () => examine(await bundle(folder)));
  }

  // A package that is being worked on, linked into an application of its own: with the link at `dist` there is one RxJS.
  const linked = join(folder, 'linked');
  mkdirSync(join(linked, 'node_modules/rxserf'), { recursive: true });
  cpSync(join(root, 'package.json'), join(linked, 'node_modules/rxserf/package.json'));
  symlinkSync(join(root, 'dist'), join(linked, 'node_modules/rxserf/dist'));
  cpSync(join(installed, 'rxjs'), join(linked, 'node_modules/rxjs'), { recursive: true });
  cpSync(join(installed, 'tslib'), join(linked, 'node_modules/tslib'), { recursive: true });
  cpSync(join(installed, '@msgpack'), join(linked, 'node_modules/@msgpack'), { recursive: true });
  writeFileSync(join(linked, 'app.js'), APP);
  await check('a linked dist has the RxJS of its application', async () =>
    examine(await withEsbuild(linked, { preserveSymlinks: true })),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

/**
 * @param {string} name
 * @param {() => Promise<string>} body returns what to tell, or throws
 */
async function check(name, body) {
  try {
    console.log(`✓ ${name}: ${await body()}`);
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

/** @param {Bundle} bundle */
function examine({ modules, text, problems }) {
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const copies = modules.filter((name) => /rxjs\/dist\/[^/]+\/internal\/Observable\.js$/.test(name));
  if (copies.length !== 1) throw new Error(`has ${copies.length} RxJS: ${copies.join(', ')}`);
  const strays = modules.filter((name) => /node_modules\/(?:ws|re2js|commander)\//.test(name));
  if (strays.length > 0) throw new Error(`brings ${strays.join(', ')}`);
  const node = /["'`]node:[a-z/]+["'`]|\bprocess\.|\bBuffer\.|\brequire\(/.exec(text);
  if (node) throw new Error(`contains ${node[0]}`);
  return `${modules.length} modules, ${(text.length / 1000).toFixed(1)} kB`;
}

/**
 * @param {string} cwd
 * @param {import('esbuild').BuildOptions} [options]
 * @returns {Promise<Bundle>}
 */
async function withEsbuild(cwd, options = {}) {
  const { outputFiles, metafile, warnings } = await esbuild({
    absWorkingDir: cwd,
    entryPoints: ['app.js'],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    outdir: 'out',
    logLevel: 'silent',
    ...options,
  });
  const [output] = Object.values(metafile?.outputs ?? {});
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    modules: used.map(([name]) => name),
    text: outputFiles?.map((file) => file.text).join('') ?? '',
    problems: warnings.map((warning) => warning.text),
  };
}

/**
 * @param {string} cwd
 * @returns {Promise<Bundle>}
 */
async function withVite(cwd) {
  const { build } = await import(pathToFileURL(require.resolve('vite')).href);
  /** @type {string[]} */
  const problems = [];
  const logger = {
    warn: note,
    warnOnce: note,
    error: note,
    info() {},
    clearScreen() {},
    hasErrorLogged: () => false,
  };
  /** @param {string} message */
  function note(message) {
    problems.push(message);
  }
  const { output } = await build({
    root: cwd,
    configFile: false,
    customLogger: { ...logger, hasWarned: false },
    build: { write: false },
  });
  const chunks = output.filter((/** @type {{ type: string }} */ { type }) => type === 'chunk');
  return {
    modules: chunks.flatMap((/** @type {{ moduleIds: string[] }} */ chunk) => chunk.moduleIds),
    text: chunks.map((/** @type {{ code: string }} */ chunk) => chunk.code).join(''),
    problems,
  };
}

/**
 * @param {string} cwd
 * @returns {Promise<Bundle>}
 */
async function withWebpack(cwd) {
  const { default: webpack } = await import(pathToFileURL(require.resolve('webpack')).href);
  const path = join(cwd, 'webpack');
  const stats = await new Promise((resolve, reject) => {
    const settings = {
      context: cwd,
      mode: 'production',
      target: 'web',
      entry: './app.js',
      output: { path, filename: 'app.js' },
      performance: false,
    };
    webpack(settings, (/** @type {Error} */ error, /** @type {unknown} */ result) =>
      error ? reject(error) : resolve(result),
    );
  });
  const { errors, warnings, modules } = stats.toJson({
    all: false,
    errors: true,
    warnings: true,
    modules: true,
    nestedModules: true,
  });
  const nested = modules.flatMap(
    (/** @type {{ modules?: unknown[] }} */ module) => module.modules ?? [module],
  );
  return {
    modules: nested.map(
      (/** @type {{ nameForCondition?: string, name?: string }} */ module) =>
        module.nameForCondition ?? module.name ?? '',
    ),
    text: readFileSync(join(path, 'app.js'), 'utf8'),
    problems: [...errors, ...warnings].map((/** @type {{ message: string }} */ problem) => problem.message),
  };
}
