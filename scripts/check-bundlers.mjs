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
import { gzipSync } from 'node:zlib';
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

/** A page that is a cluster of its own, and uses no pattern. */
const CLUSTER = `
import { EmbeddedCluster } from 'rxserf/embedded';
new EmbeddedCluster({ nodes: ['n1'] }).node('n1').members().subscribe(console.log);
`;

/** An application that has RxJS, and one that takes an operator of ours besides, which may add so much to it. */
const RXJS = `import { filter, map } from 'rxjs';\nglobalThis.app = { filter, map };`;
const OPERATOR = `${RXJS}\nimport { ofEvent } from 'rxserf';\nglobalThis.more = ofEvent;`;
const OPERATOR_BYTES = 500;

/**
 * The modules that a page loads at once, and those that it loads when they are needed.
 *
 * @typedef {{ entry: string[], later: string[], text: string, problems: string[] }} Bundle
 */

const BUNDLERS = { esbuild: withEsbuild, Vite: withVite, webpack: withWebpack };

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
  const app = page('app', APP);
  const cluster = page('cluster', CLUSTER);
  const rxjs = page('rxjs', RXJS);
  const operator = page('operator', OPERATOR);
  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    await check(`${name} bundles an application for browsers`, async () => examine(await bundle(app)));
    await check(`${name} leaves RE2 out of what a page with an embedded cluster loads at once`, async () =>
      examineCluster(await bundle(cluster)),
    );
    await check(`${name} takes of rxserf the operator that is used`, async () =>
      examineOperator(await bundle(operator), await bundle(rxjs)),
    );
  }

  // A package that is being worked on, linked into an application of its own: with the link at `dist` there is one RxJS.
  const linked = join(folder, 'linked');
  mkdirSync(join(linked, 'node_modules/rxserf'), { recursive: true });
  cpSync(join(root, 'package.json'), join(linked, 'node_modules/rxserf/package.json'));
  symlinkSync(join(root, 'dist'), join(linked, 'node_modules/rxserf/dist'));
  cpSync(join(installed, 'rxjs'), join(linked, 'node_modules/rxjs'), { recursive: true });
  cpSync(join(installed, 'tslib'), join(linked, 'node_modules/tslib'), { recursive: true });
  writeFileSync(join(linked, 'app.js'), APP);
  await check('a linked dist has the RxJS of its application', async () =>
    examine(await withEsbuild(linked, { preserveSymlinks: true })),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

/**
 * A page in a folder of its own.
 *
 * @param {string} name
 * @param {string} script
 */
function page(name, script) {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'app.js'), script);
  writeFileSync(join(path, 'index.html'), '<script type="module" src="/app.js"></script>');
  return path;
}

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
function examine({ entry, later, text, problems }) {
  const modules = [...entry, ...later];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const copies = modules.filter((name) => /rxjs\/dist\/[^/]+\/internal\/Observable\.js$/.test(name));
  if (copies.length !== 1) throw new Error(`has ${copies.length} RxJS: ${copies.join(', ')}`);
  const strays = modules.filter((name) => /node_modules\/(?:ws|re2js|commander)\//.test(name));
  if (strays.length > 0) throw new Error(`brings ${strays.join(', ')}`);
  const node = /["'`]node:[a-z/]+["'`]|\bprocess\.|\bBuffer\.|\brequire\(/.exec(text);
  if (node) throw new Error(`contains ${node[0]}`);
  return `${modules.length} modules, ${(text.length / 1000).toFixed(1)} kB`;
}

/** @param {Bundle} bundle */
function examineCluster({ entry, later, problems }) {
  const isRe2 = (/** @type {string} */ name) => name.includes('/re2js/');
  if (problems.length > 0) throw new Error(problems.join('\n'));
  if (entry.some(isRe2)) throw new Error('a page without patterns loads re2js');
  // Else the first would prove nothing.
  if (!later.some(isRe2)) throw new Error('there is no re2js for a page with patterns');
  if (!entry.some((name) => name.includes('rxserf/dist/embedded/')))
    throw new Error('the cluster is not in what a page loads at once');
  return `${entry.length} modules at once, ${later.length} with the first pattern`;
}

/**
 * @param {Bundle} bundle
 * @param {Bundle} without
 */
function examineOperator(bundle, without) {
  const [size = 0, before = 0] = [bundle, without].map(({ text }) => gzipSync(text).length);
  if (size - before > OPERATOR_BYTES)
    throw new Error(`an operator adds ${size - before} bytes gzipped, and should ${OPERATOR_BYTES} at most`);
  return `${size - before} bytes gzipped`;
}

/**
 * The modules that are reached from the entry by static imports, and the others.
 *
 * @param {{ file: string, entry: boolean, imports: string[], modules: string[] }[]} chunks
 */
function byLoading(chunks) {
  const files = new Set(chunks.filter(({ entry }) => entry).map(({ file }) => file));
  // A set goes on to what is added meanwhile.
  for (const file of files)
    for (const imported of chunks.find((chunk) => chunk.file === file)?.imports ?? []) files.add(imported);
  const modulesOf = (/** @type {boolean} */ atOnce) =>
    chunks.filter(({ file }) => files.has(file) === atOnce).flatMap(({ modules }) => modules);
  return { entry: modulesOf(true), later: modulesOf(false) };
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
    splitting: true,
    outdir: 'out',
    logLevel: 'silent',
    ...options,
  });
  const chunks = Object.entries(metafile?.outputs ?? {}).map(([file, { entryPoint, imports, inputs }]) => ({
    file,
    entry: entryPoint === 'app.js',
    imports: imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path),
    modules: Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([name]) => name),
  }));
  return {
    ...byLoading(chunks),
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
    ...byLoading(
      chunks.map(
        (
          /** @type {{ fileName: string, isEntry: boolean, imports: string[], moduleIds: string[] }} */ chunk,
        ) => ({
          file: chunk.fileName,
          entry: chunk.isEntry,
          imports: chunk.imports,
          modules: chunk.moduleIds,
        }),
      ),
    ),
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
      output: { path, filename: 'app.js', chunkFilename: '[id].chunk.js' },
      performance: false,
    };
    webpack(settings, (/** @type {Error} */ error, /** @type {unknown} */ result) =>
      error ? reject(error) : resolve(result),
    );
  });
  const { errors, warnings, chunks } = stats.toJson({
    all: false,
    errors: true,
    warnings: true,
    chunks: true,
    chunkModules: true,
    chunkModulesSpace: Number.POSITIVE_INFINITY,
    dependentModules: true,
    ids: true,
    nestedModules: true,
    nestedModulesSpace: Number.POSITIVE_INFINITY,
  });
  /** @typedef {{ nameForCondition?: string, name?: string, modules?: Module[] }} Module */
  /** @param {Module} module */
  const namesOf = (module) =>
    (module.modules ?? [module]).map(({ nameForCondition, name = '' }) => nameForCondition ?? name);
  return {
    ...byLoading(
      chunks.map((/** @type {{ id: string, initial: boolean, modules: Module[] }} */ chunk) => ({
        file: `${chunk.id}`,
        entry: chunk.initial,
        imports: [],
        modules: chunk.modules.flatMap(namesOf),
      })),
    ),
    text: readFileSync(join(path, 'app.js'), 'utf8'),
    problems: [...errors, ...warnings].map((/** @type {{ message: string }} */ problem) => problem.message),
  };
}
