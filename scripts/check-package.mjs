// Packs the library as npm would publish it, installs that into an empty folder, and tries it as users would:
// on the machine's Node and on the pinned one, in TypeScript, and bundled for a browser. Needs dist (`npm run build`).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForBrowsers } from './shares.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** `rxserf`, `rxserf/socket`, …: every sub-path is tried, without a list to keep. */
const subPaths = Object.keys(manifest.exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => manifest.name + path.slice(1));
/** These need an optional peer, and are tried last. */
const angularEntries = subPaths.filter((path) => path.startsWith('rxserf/angular'));
const openTelemetryEntries = ['rxserf/opentelemetry'];
const entries = subPaths.filter(
  (path) => !angularEntries.includes(path) && !openTelemetryEntries.includes(path),
);
/** What must work in a browser as well; the others may need Node. */
const browserEntries = ['rxserf', 'rxserf/socket', 'rxserf/server', 'rxserf/testing'];
/** What users pay for in a browser, in bytes: docs/performance.md has the account. */
const SIZES = [
  // With its WebSockets, which are 2.1 kB of it.
  { what: 'the client', names: ['connect'], most: 27_000 },
  {
    what: 'the client with all codecs',
    names: ['connect', 'binary', 'utf8', 'json', 'msgpack'],
    most: 32_800,
  },
  {
    what: 'an operator, without the client',
    names: ['ofEvent', 'memberChanges'],
    most: 1_500,
    without: /^client|^protocol|msgpack/,
  },
];
/** What `rxserf/angular` may add to an application that has the client, in bytes. */
const ANGULAR_SIZES = [
  { what: 'a list of members', names: ['provideSerf', 'injectMembers'], most: 2_000 },
  { what: 'all of it', names: ['all'], most: 4_000 },
];
// The machine's own npm and node, not the pinned one that `npm run` puts first.
const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
const env = { ...process.env, PATH: path.join(delimiter), npm_config_loglevel: 'error' };

const folder = mkdtempSync(join(tmpdir(), 'rxserf-package-'));
let failed = 0;

/** @type {string} */
let tarball;
await check('packs and installs into an empty folder', () => {
  const options = ['--ignore-scripts', '--json', '--pack-destination', folder];
  const report = Object.values(JSON.parse(sh('npm', ['pack', ...options], root)))[0];
  tarball = join(folder, report.filename);
  const strays = report.files.filter((/** @type {{path: string}} */ file) =>
    /\.test(-d)?\.|\.tsbuildinfo$/.test(file.path),
  );
  if (strays.length > 0) throw new Error(`does not belong in the package: ${strays[0].path}`);
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  sh('npm', ['install', '--no-audit', '--no-fund', tarball, `rxjs@${manifest.devDependencies.rxjs}`]);
  if (existsSync(join(folder, 'node_modules/@angular'))) throw new Error('brings Angular to everybody');
  return `${report.entryCount} files, ${kilobytes(report.size)} packed, ${kilobytes(report.unpackedSize)} unpacked`;
});

write(
  'smoke.mjs',
  `for (const entry of ${JSON.stringify(entries)}) {
    const names = Object.keys(await import(entry));
    if (names.length === 0) throw new Error(entry + ' exports nothing');
  }
  const { connect } = await import('rxserf');
  if (typeof connect !== 'function') throw new Error('rxserf has no connect()');
  console.log(process.version);`,
);
await check('runs on the machine’s Node', () => sh('node', ['smoke.mjs']));
await check('runs on the pinned Node', () => sh(join(bin, 'node'), ['smoke.mjs']));

await check('the command runs on both', () => {
  const main = join(folder, 'node_modules/.bin/rxserf');
  const version = `${manifest.version}\n`;
  for (const node of ['node', join(bin, 'node')])
    if (sh(node, [main, '--version']) !== version)
      throw new Error(`rxserf --version does not work on ${node}`);
});

await check('rxserf members loads neither the embedded cluster nor RE2', () => {
  write(
    'loaded.mjs',
    `import { writeFileSync } from 'node:fs';
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    process.on('exit', () => { writeFileSync('loaded.json', JSON.stringify(loaded)); process.exitCode = 0; });`,
  );
  const main = join(folder, 'node_modules/rxserf/dist/cli/main.js');
  // Nobody listens there; what is loaded is the same.
  sh(join(bin, 'node'), ['--import', './loaded.mjs', main, 'members', '--rpc-addr', '127.0.0.1:1']);
  /** @type {string[]} */
  const urls = JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8'));
  // A file that only leads on to others has no map.
  const maps = urls.filter((url) => url.includes('/cli/')).map((url) => `${fileURLToPath(url)}.map`);
  /** @type {string[]} */
  const sources = maps.flatMap((map) =>
    existsSync(map) ? JSON.parse(readFileSync(map, 'utf8')).sources : [],
  );
  const strays = [...urls, ...sources].filter((name) => /\/re2js\/|\/src\/embedded\//.test(name));
  if (strays.length > 0) throw new Error(`loads ${strays}`);
  if (!sources.some((name) => name.endsWith('/src/connect.ts'))) throw new Error('looked at the wrong files');
  return `${urls.length} modules`;
});

await check('publint', () => void sh(join(bin, 'publint'), ['run', tarball, '--strict']));
await check('are the types wrong', () => {
  sh(join(bin, 'attw'), [
    tarball,
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--no-color',
    '--format',
    'ascii',
  ]);
});

// With skipLibCheck off: an error inside our .d.ts files is an error of ours.
await check('types in a Node project', () => {
  const typeRoots = [join(root, 'node_modules/@types')];
  typecheck('node', entries, {
    module: 'nodenext',
    lib: ['es2023'],
    types: ['node'],
    typeRoots,
  });
});
await check('types in a browser project (no Node types)', () => {
  const lib = ['es2022', 'dom'];
  const resolution = { module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'] };
  typecheck('browser', browserEntries, { ...resolution, lib, types: [] });
});
// As Angular's and Vite's own projects are: the types are those for Node, and have to do without Node's.
await check('types in a browser project that sets no conditions', () => {
  const resolution = { module: 'esnext', moduleResolution: 'bundler' };
  typecheck('plain', browserEntries, { ...resolution, lib: ['es2022', 'dom'], types: [] });
});
await check('a WebSocket between the machine’s Node and itself', () => {
  write(
    'websocket.mjs',
    `import { EmbeddedCluster } from 'rxserf/embedded';
    import { connect } from 'rxserf';
    import { serve } from 'rxserf/server';
    import { acceptedWebSocket } from 'rxserf/socket';
    import { WebSocketServer } from 'ws';
    const node = new EmbeddedCluster({ nodes: ['n1'] }).node('n1');
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
      const client = connect('ws://127.0.0.1:' + server.address().port);
      client.members().subscribe(([member]) => {
        console.log(member.name);
        client.close().then(() => process.exit());
      });
    });
    server.on('connection', (ws) => serve(node, acceptedWebSocket(ws), { concurrency: 32 }).subscribe());`,
  );
  if (sh('node', ['websocket.mjs']) !== 'n1\n') throw new Error('the member did not come');
});
await check('who imports rxserf loads neither ws nor TLS', () => {
  write(
    'loads.mjs',
    `import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    await import('rxserf');
    await import('rxserf/socket');
    const heavy = loaded.filter((name) => /^(ws|node:tls|tls|node:https|node:http)$/.test(name));
    if (heavy.length > 0) throw new Error('loads ' + heavy);`,
  );
  sh(join(bin, 'node'), ['loads.mjs']);
});

await check('one copy of everything, and maps to what is in the package', () => {
  const packed = join(folder, 'node_modules/rxserf/dist');
  /** @type {Map<string, string>} */
  const copies = new Map();
  for (const path of readdirSync(packed, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.js.map')) continue;
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(packed, path), 'utf8'));
    for (const [index, name] of sources.entries()) {
      const source = join(packed, dirname(path), name);
      if (!sourcesContent?.[index] && !existsSync(source)) throw new Error(`${path} leads to no ${name}`);
      // The command is no library, and has rxjs in it.
      if (path.startsWith('cli/')) continue;
      if (name.includes('/node_modules/'))
        throw new Error(`${path} has a copy of ${name}, which applications have`);
      if (copies.has(source)) throw new Error(`${name} is in ${copies.get(source)} and in ${path}`);
      copies.set(source, path);
    }
  }
  return `${copies.size} sources`;
});

await check('bundles for a browser', async () => {
  const { text, imports } = await bundle(`import { connect } from 'rxserf';\nglobalThis.used = connect;`);
  const foreign = imports.filter((name) => name !== 'rxjs' && !name.startsWith('rxjs/'));
  if (foreign.length > 0) throw new Error(`imports ${foreign.join(', ')}`);
  // A literal specifier only: prose such as an error message that names `node:net` is none.
  const builtin =
    /(?:\bimport\s*\(|\bfrom|\bimport|\brequire\s*\()\s*["'`](node:[a-z/]+)|\brequire\s*\(/.exec(text);
  if (builtin) throw new Error(`contains ${builtin[0]}`);
});

await check('rxserf/embedded in a page has RE2 in a file of its own, which a pattern loads', async () => {
  const { shares, imports } = await bundle(
    `import { EmbeddedCluster } from 'rxserf/embedded';\nglobalThis.used = EmbeddedCluster;`,
    ['re2js'],
  );
  if (shares.has('embedded/queries/re2.ts')) throw new Error("takes Node's way to RE2");
  if (imports.join() !== 'rxjs,re2js' && imports.join() !== 're2js,rxjs')
    throw new Error(`imports ${imports}`);
});

for (const { what, names, most, without } of SIZES) {
  await check(`weighs little: ${what}`, async () => {
    const list = names.join(', ');
    const { text, gzipped, shares } = await bundle(
      `import { ${list} } from 'rxserf';\nglobalThis.used = [${list}];`,
    );
    const size = gzipped;
    if (size > most) throw new Error(`${kilobytes(size)} gzipped, and should be ${kilobytes(most)} at most`);
    const stray = [...shares.keys()].find((file) => without?.test(file));
    if (stray) throw new Error(`contains ${stray}`);
    return `${kilobytes(text.length)} minified, ${kilobytes(size)} gzipped (without rxjs)`;
  });
}

await check('rxserf/opentelemetry: types and names, beside its API, on both', () => {
  const api = `@opentelemetry/api@${manifest.devDependencies['@opentelemetry/api']}`;
  sh('npm', ['install', '--no-audit', '--no-fund', '--no-save', api]);
  for (const resolution of [
    { module: 'nodenext', lib: ['es2023', 'dom'], types: [] },
    { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
  ])
    typecheck('opentelemetry', openTelemetryEntries, resolution);
  write(
    'opentelemetry.mjs',
    `const { openTelemetry } = await import('rxserf/opentelemetry');
    if (typeof openTelemetry().request !== 'function') throw new Error('no hooks');`,
  );
  for (const node of ['node', join(bin, 'node')]) sh(node, ['opentelemetry.mjs']);
});

await check('rxserf/angular: types, beside Angular', () => {
  const angular = `@angular/core@${manifest.devDependencies['@angular/core']}`;
  sh('npm', ['install', '--no-audit', '--no-fund', '--no-save', angular]);
  const resolution = { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] };
  typecheck('angular', angularEntries, resolution);
});
for (const { what, names, most } of ANGULAR_SIZES) {
  await check(`rxserf/angular weighs little: ${what}`, async () => {
    const client = `import { connect } from 'rxserf';\nglobalThis.used = connect;\n`;
    const imported = names[0] === 'all' ? '* as all' : `{ ${names.join(', ')} }`;
    const used = `import ${imported} from 'rxserf/angular';\nglobalThis.more = { ${names.join(', ')} };`;
    const [before, after] = [await bundle(client), await bundle(client + used)];
    const added = after.gzipped - before.gzipped;
    if (added > most)
      throw new Error(`adds ${kilobytes(added)} gzipped, and should ${kilobytes(most)} at most`);
    return `adds ${kilobytes(added)} gzipped to the client`;
  });
}

rmSync(folder, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;

/**
 * @param {string} name
 * @param {() => string | void | Promise<string | void>} body returns what to tell, or throws
 */
async function check(name, body) {
  try {
    const told = await body();
    console.log(`✓ ${name}${told ? `: ${told.trim()}` : ''}`);
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}`);
    const {
      stdout = '',
      stderr = '',
      message,
    } = /** @type {Error & {stdout?: string, stderr?: string}} */ (error);
    console.log(`${stdout}${stderr}`.trim() || message);
  }
}

/**
 * @param {string} contents
 * @param {string[]} external what else is left out, beside rxjs
 */
function bundle(contents, external = []) {
  return bundleForBrowsers(contents, folder, external);
}

/**
 * @param {string} name
 * @param {string[]} names the entry points to import
 * @param {object} options for the compiler
 */
function typecheck(name, names, options) {
  const source = names.map(
    (entry, i) => `import * as m${i} from '${entry}';\nexport const used${i}: object = m${i};\n`,
  );
  write(`${name}.ts`, source.join(''));
  const compilerOptions = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, ...options };
  write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  sh(join(bin, 'tsc'), ['-p', `tsconfig.${name}.json`]);
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function sh(program, args, cwd = folder) {
  // The tools in node_modules/.bin need the pinned Node; npm and `node` must be the machine's.
  const tool = program.startsWith(bin) && program !== join(bin, 'node');
  const [file, first] = tool ? [process.execPath, [program]] : [program, []];
  return execFileSync(file, [...first, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  writeFileSync(join(folder, name), text);
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
