// Builds dist: the library, a file for each sub-path and few that they share, its types, and the command, in which its dependencies are.
//
//   node scripts/build.mjs [--no-types]    types are most of what it takes, and who only runs what is built needs none
import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** @import { CodeSplittingGroup, CodeSplittingNameFunction, InputOptions, OutputOptions, RolldownOutput } from 'rolldown' */

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const dist = join(root, 'dist');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What users have beside this package, and is not in what is built. */
const installed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const isInstalled = (/** @type {string} */ id) =>
  id.startsWith('node:') || installed.some((name) => id === name || id.startsWith(`${name}/`));

/** @type {OutputOptions} */
const OUTPUT = {
  format: 'esm',
  entryFileNames: '[name].js',
  sourcemap: true,
  // What is written for readers is in the types and in src.
  comments: { annotation: true, legal: true, jsdoc: false },
};
/** @type {InputOptions} */
const INPUT = {
  cwd: root,
  // Not `node`, which stands for a condition, too, by which rxjs gives CommonJS.
  platform: 'neutral',
  // Not those of an editor: their paths lead from one sub-path into the other's sources.
  tsconfig: false,
  transform: { target: 'es2022' },
  // As package.json says of this package, and rxjs's of that.
  treeshake: { moduleSideEffects: false },
  resolve: { mainFields: ['module', 'main'] },
  onLog(level, log) {
    throw new Error(`${level} while bundling: ${log.message}`);
  },
};

// A file that was deleted from src is not published.
rmSync(dist, { recursive: true, force: true });
const wanted = [library(), command(), ...(process.argv.includes('--no-types') ? [] : [types()])];
const results = await Promise.allSettled(wanted);
const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
if (failures.length > 0) {
  // Half of a build is none: `npm start` and `npm test` look whether there is one.
  rmSync(dist, { recursive: true, force: true });
  for (const failure of failures) console.error(failure.message);
  process.exitCode = 1;
}

/** Declarations are files for files: an editor shows those, and goes on to src. */
async function types() {
  const tsc = spawn(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  const code = await new Promise((resolve) => tsc.once('exit', resolve));
  if (code !== 0) throw new Error('tsc found errors, or could not be run');
}

/** All that package.json exports or imports is an entry of one bundle, so that there is one copy of each class. */
async function library() {
  const outputs = JSON.stringify([manifest.exports, manifest.imports]).matchAll(/"\.\/dist\/([^"]+)\.js"/g);
  const entries = [...new Set([...outputs].map(([, path]) => /** @type {string} */ (path)))];
  const bundle = await rolldown({
    ...INPUT,
    input: Object.fromEntries(entries.map((path) => [path, join(src, `${path}.ts`)])),
    // `#platform` is decided where the package is used.
    external: (id) => id.startsWith('#') || isInstalled(id),
  });
  const { output } = await bundle.write({
    ...OUTPUT,
    dir: dist,
    chunkFileNames: 'shared/[name].js',
    codeSplitting: { groups: floors() },
  });
  for (const file of output)
    if (file.type === 'asset' && file.fileName.endsWith('.map')) leaveOutSources(file.fileName);
}

/**
 * What `import 'rxserf'` needs, in as few files as it has floors, as reading a file costs more than running it: what all have in
 * common; what the client and `#platform` have in common, as each imports the other; the operators, for which a bundler has to look
 * at the first alone; the client; and Node's half of `#platform`.
 *
 * @returns {CodeSplittingGroup[]}
 */
function floors() {
  const roots = ['operators/index.ts', 'connect.ts', 'platform/node.ts', 'platform/browser.ts'];
  /** @type {Set<string>[] | undefined} */
  let reached;
  /** @type {CodeSplittingNameFunction} */
  const floorOf = (id, graph) => {
    reached ??= roots.map((path) => {
      const files = new Set([join(src, path)]);
      // A set goes on to what is added meanwhile.
      for (const file of files)
        for (const imported of graph.getModuleInfo(file)?.importedIds ?? []) files.add(imported);
      return files;
    });
    const [operators, client, node, browser] = reached.map((files) => files.has(id));
    if (operators) return client || node || browser ? 'base' : 'operators';
    if (client) return node || browser ? 'connection' : 'client';
    return node ? (browser ? 'connection' : 'node') : undefined;
  };
  // Each takes all that its files import, save for what those before it have taken.
  return ['base', 'connection', 'operators', 'client', 'node'].map((floor, index, { length }) => ({
    debugName: floor,
    name: (id, graph) => (floorOf(id, graph) === floor ? floor : undefined),
    priority: length - index,
  }));
}

/** The command is no library: what only it needs is in it, with its licences, and its parts are loaded when they are used. */
async function command() {
  const bundle = await rolldown({
    ...INPUT,
    input: { main: join(src, 'cli/main.ts') },
    external: (id) => isInstalled(id) && !/^rxjs(\/|$)/.test(id),
    treeshake: { moduleSideEffects: (id) => id.startsWith(join(src, 'cli/')) },
    resolve: {
      ...INPUT.resolve,
      alias: { '#platform': join(src, 'platform/node.ts'), '#re2': join(src, 'embedded/queries/re2.ts') },
      // rxjs has CommonJS for Node, which cannot be shaken.
      conditionNames: ['es2015', 'import', 'default'],
    },
  });
  const { output } = await bundle.write({
    ...OUTPUT,
    // All in one folder: from there to package.json and to the dashboard it is as far as in src.
    dir: join(dist, 'cli'),
    chunkFileNames: '[name].js',
  });
  chmodSync(join(dist, 'cli/main.js'), 0o755);
  writeLicences(join(dist, 'cli'), output);
}

/**
 * src is in the package, and need not be in the maps, too.
 *
 * @param {string} name
 */
function leaveOutSources(name) {
  const path = join(dist, name);
  const map = JSON.parse(readFileSync(path, 'utf8'));
  const isOwn = (/** @type {string} */ source) => join(path, '..', source).startsWith(src);
  map.sourcesContent = map.sources.map((/** @type {string} */ source, /** @type {number} */ index) =>
    isOwn(source) ? null : map.sourcesContent[index],
  );
  writeFileSync(path, JSON.stringify(map));
}

/**
 * The licences of all packages that something is taken of, in full: most ask for that.
 *
 * @param {string} folder
 * @param {RolldownOutput['output']} output
 */
function writeLicences(folder, output) {
  const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.entries(file.modules) : []));
  const used = modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => id);
  const packages = used.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  const texts = [...new Set(packages)].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence to put into the package`);
    return `## ${name} ${version} (${license})\n\n${readFileSync(join(path, file), 'utf8')}`;
  });
  writeFileSync(join(folder, 'LICENSES.md'), `# What is in these files of others\n\n${texts.join('\n')}`);
}
