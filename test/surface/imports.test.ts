import { builtinModules } from 'node:module';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { nodes, readSources, type Source } from './sources.ts';

const sources = readSources();
const paths = new Set(sources.map(({ path }) => path));

/** Where Node may be used, or what a page has no use for is: the CLI, and the files behind sub-paths or conditions of Node's own. */
const NODE = [
  'cli/',
  'client/agent/',
  'gateway/',
  'http/',
  'jsonrpc/index.ts',
  'jsonrpc/listen.ts',
  'juggler/index.ts',
  'juggler/listen-options.ts',
  'juggler/listen.ts',
  'juggler/static-files.ts',
  'notifier/',
  'platform/node.ts',
  'protocol/repeated.ts',
  'protocol/shaped-reader.ts',
  'protocol/straight-reader.ts',
  'protocol/wire-keys.ts',
  'server/index.ts',
  'server/listen.ts',
  'socket/index.ts',
  'socket/duplex.ts',
  'socket/node-websocket.ts',
  'socket/detect-socks.ts',
  'socket/socks-options.ts',
  'socket/socks-socket.ts',
  'socket/socks-tunnel.ts',
  'socket/tcp-listener.ts',
  'socket/peer-guess.ts',
  'socket/resolve-host.ts',
  'socket/resolved-name.ts',
  'socket/secure-context.ts',
  'socket/tcp.ts',
];
const isNode = (path: string) => NODE.some((start) => path.startsWith(start));
const core = sources.filter(({ path }) => !isNode(path));

/** The one file that asks what time it is; all others ask their scheduler. */
const CLOCK = { path: 'clock.ts', globals: ['performance', 'Date'] };

/** What each folder never imports, types included: imports run downwards. */
const ABOVE: Record<string, readonly string[]> = {
  'protocol/': ['client/', 'socket/', 'server/', 'operators/', 'cli/', 'embedded/', 'testing/', 'platform/'],
  'socket/': ['client/', 'server/', 'operators/', 'cli/', 'embedded/', 'testing/', 'protocol/'],
  'client/': ['cli/', 'server/', 'embedded/', 'testing/', 'operators/', 'platform/'],
  'server/': ['cli/', 'client/', 'embedded/', 'testing/', 'operators/', 'platform/'],
};
/** What each of these imports and nothing else, of src. */
const ONLY: Record<string, readonly string[]> = {
  // No client: an operator is as good for an embedded node, or for a fake.
  'operators/': [
    'operators/',
    'model.ts',
    'member-table.ts',
    'errors.ts',
    'clock.ts',
    'codec.ts',
    'serf.ts',
    'filter.ts',
  ],
  'member-table.ts': ['model.ts'],
  // No protocol: three of them use it.
  'rpc/': ['rpc/', 'errors.ts', 'options.ts', 'socket/socket.ts'],
  'jsonrpc/': ['jsonrpc/', 'rpc/', 'socket/', 'clock.ts', 'errors.ts', 'options.ts'],
  // No client, no cluster: documents, messages and calls; only a shared document knows a Serf.
  'juggler/': [
    'juggler/',
    'clock.ts',
    'errors.ts',
    'http/',
    'ip.ts',
    'json-patch/',
    'member-table.ts',
    'membership.ts',
    'model.ts',
    'options.ts',
    'platform/',
    'protocol/text.ts',
    'reconnect.ts',
    'rpc/',
    'serf.ts',
    'socket/',
  ],
  // Any Serf, and no client: members and tags are all it asks of one.
  'notifier/': [
    'notifier/',
    'clock.ts',
    'codec.ts',
    'errors.ts',
    'ip.ts',
    'membership.ts',
    'model.ts',
    'options.ts',
    'own-member.ts',
    'protocol/assembler.ts',
    'protocol/limits.ts',
    'protocol/straight-reader.ts',
    'protocol/slab.ts',
    'protocol/wire.ts',
    'protocol/writer.ts',
    'rpc/',
    'serf.ts',
    'socket/',
  ],
  // Documents and patches, whoever sends them.
  'json-patch/': ['json-patch/', 'errors.ts', 'options.ts'],
  'platform/': [
    'address.ts',
    'agent-support.ts',
    'client/agent/',
    'errors.ts',
    'platform/',
    'protocol/shaped-reader.ts',
    'socket/',
  ],
  // No client, no sockets: an embedded node is called, not connected to.
  'embedded/': [
    'embedded/',
    'arguments.ts',
    'clock.ts',
    'codec.ts',
    'complete-when.ts',
    'errors.ts',
    'filter.ts',
    'key-report.ts',
    'model.ts',
    'options.ts',
    'own-member.ts',
    'protocol/commands.ts',
    'protocol/refusals.ts',
    'protocol/text.ts',
    'protocol/translate.ts',
    'protocol/wire.ts',
    'safe-table.ts',
    'serf.ts',
  ],
  // What a client is to its user: the model, what it checks, the table of commands; no bytes, no sockets.
  'testing/': [
    'testing/',
    'arguments.ts',
    'client/connection/connection-status.ts',
    'client/serf-client.ts',
    'clock.ts',
    'codec.ts',
    'complete-when.ts',
    'errors.ts',
    'filter.ts',
    'key-report.ts',
    'membership.ts',
    'model.ts',
    'options.ts',
    'protocol/commands.ts',
    'own-member.ts',
    'serf.ts',
  ],
  // What an application has of a cluster: the client, its model, an operator; no bytes, no sockets.
  'angular/': [
    'angular/',
    'client/serf-client.ts',
    'clock.ts',
    'codec.ts',
    'connect.ts',
    'errors.ts',
    'filter.ts',
    'membership.ts',
    'model.ts',
    'operators/parse-log.ts',
    'options.ts',
    'serf.ts',
    'testing/fake/fake-serf.ts',
  ],
  // Hooks, and what they are told.
  'opentelemetry/': ['opentelemetry/', 'instrument.ts', 'model.ts'],
  'errors.ts': ['key-report.ts'],
  'key-report.ts': [],
  'model.ts': ['errors.ts'],
  'clock.ts': [],
  // Before anything is served: who may ask at all.
  'http/': ['http/', 'errors.ts', 'ip.ts'],
  'ip.ts': [],
  'protocol/commands.ts': [],
};

/** `FILE -> SPECIFIER` for every import that is not as it should be. */
function wrong(files: readonly Source[], isWrong: (specifier: string, file: string | undefined) => boolean) {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, files }) =>
        files.length === 0 ? isWrong(specifier, undefined) : files.some((file) => isWrong(specifier, file)),
      )
      .map(({ specifier }) => `${path} -> ${specifier}`),
  );
}

const below = (path: string, folders: readonly string[]) => folders.some((folder) => path.startsWith(folder));

test('the sources were read', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  expect(sources.find(({ path }) => path === 'connect.ts')?.imports).toContainEqual({
    specifier: '#platform',
    files: ['platform/node.ts', 'platform/browser.ts'],
    typeOnly: false,
  });
});

test('every relative import leads to a file, with its extension', () => {
  expect(wrong(sources, (_, file) => file !== undefined && !paths.has(file))).toEqual([]);
});

describe('the core', () => {
  test('imports no Node built-in, with node: or without', () => {
    const builtin = (specifier: string) =>
      specifier.startsWith('node:') || builtinModules.includes(specifier);

    expect(wrong(core, builtin)).toEqual([]);
  });

  test('imports rxjs, @msgpack/msgpack and #platform, and no other package', () => {
    const allowed = ['rxjs', '@msgpack/msgpack', '#platform'];

    const others = core.filter(
      ({ path }) => !below(path, ['angular/', 'embedded/', 'opentelemetry/', 'testing/']),
    );

    expect(wrong(others, (specifier, file) => file === undefined && !allowed.includes(specifier))).toEqual(
      [],
    );
  });

  test('rxserf/embedded imports rxjs and re2js; nobody else needs RE2', () => {
    const files = sources.filter(({ path }) => path.startsWith('embedded/'));
    const packages = files.flatMap(({ imports }) => imports.filter(({ files }) => files.length === 0));
    const users = sources.filter(({ imports }) => imports.some(({ specifier }) => specifier === 're2js'));

    expect([...new Set(packages.map(({ specifier }) => specifier))].sort()).toEqual(['re2js', 'rxjs']);
    expect(users.map(({ path }) => path)).toEqual([
      'embedded/queries/re2.browser.ts',
      'embedded/queries/re2.ts',
    ]);
  });

  test('rxserf/angular imports rxjs and @angular/core; nobody else needs Angular', () => {
    const packages = (isOurs: (path: string) => boolean) => [
      ...new Set(
        sources
          .filter(({ path }) => isOurs(path))
          .flatMap(({ imports }) => imports.filter(({ files }) => files.length === 0))
          .map(({ specifier }) => specifier),
      ),
    ];
    const isTesting = (path: string) => path.startsWith('angular/testing/');
    const isAngular = (path: string) => path.startsWith('angular/') && !isTesting(path);

    expect(packages(isAngular).sort()).toEqual(['@angular/core', 'rxjs']);
    expect(packages(isTesting).sort()).toEqual(['@angular/core', '@angular/core/testing', 'rxjs']);
    expect(packages((path) => !path.startsWith('angular/')).filter((name) => /angular/.test(name))).toEqual(
      [],
    );
    // What a test needs is in no application.
    expect(
      wrong(
        sources.filter(({ path }) => isAngular(path)),
        (_, file) => below(file ?? '', ['testing/', 'angular/testing/']),
      ),
    ).toEqual([]);
  });

  test('rxserf/opentelemetry imports its API; nobody else needs it', () => {
    const users = sources.filter(({ imports }) =>
      imports.some(({ specifier }) => specifier.startsWith('@opentelemetry/')),
    );
    const packages = users.flatMap(({ imports }) => imports.filter(({ files }) => files.length === 0));

    expect(users.map(({ path }) => path)).toEqual(['opentelemetry/open-telemetry.ts']);
    expect(packages.map(({ specifier }) => specifier)).toEqual(['@opentelemetry/api']);
  });

  test('sockets load ws on demand only', () => {
    const files = sources.filter(({ path }) => path.startsWith('socket/'));

    expect(wrong(files, (specifier) => specifier === 'ws')).toEqual(['socket/node-websocket.ts -> ws']);
    expect(files.filter(({ text }) => /^import .*'ws';/m.test(text))).toEqual([]);
  });

  test('rxserf/testing imports rxjs, its TestScheduler, and of the client only the type', () => {
    const files = sources.filter(({ path }) => path.startsWith('testing/'));
    const packages = files.flatMap(({ imports }) => imports.filter(({ files }) => files.length === 0));
    const client = files.flatMap(({ imports }) =>
      imports.filter(({ files }) => files.includes('client/serf-client.ts')),
    );

    expect([...new Set(packages.map(({ specifier }) => specifier))].sort()).toEqual(['rxjs', 'rxjs/testing']);
    expect(new Set(client.map(({ typeOnly }) => typeOnly))).toEqual(new Set([true]));
  });

  test('reaches the files of Node through #platform only', () => {
    const reaches = (specifier: string, file: string | undefined) =>
      specifier !== '#platform' && file !== undefined && isNode(file);
    // These stand in for them in a browser, with their types.
    const isStandIn = ({ path }: Source) => path.includes('/browser-');
    const standIns = core
      .filter(isStandIn)
      .map((source) => ({ ...source, imports: source.imports.filter(({ typeOnly }) => !typeOnly) }));

    expect(wrong([...core.filter((source) => !isStandIn(source)), ...standIns], reaches)).toEqual([]);
  });

  test('uses no global of one platform, and no clock but its scheduler', () => {
    const globals = new Set(
      'process Buffer global require module __dirname __filename window document self navigator WebSocket fetch setImmediate setTimeout setInterval queueMicrotask performance Date'.split(
        ' ',
      ),
    );
    const used = core.flatMap(({ path, ast }) => {
      const names = [...nodes(ast)].filter(ts.isIdentifier).filter(({ text }) => globals.has(text));
      const declared = new Set(names.filter(({ parent }) => isDeclaration(parent)).map(({ text }) => text));
      return names
        .filter((name) => isGlobal(name, declared))
        .filter(({ text }) => path !== CLOCK.path || !CLOCK.globals.includes(text))
        .map(({ text }) => `${path}: ${text}`);
    });

    expect(used).toEqual([]);
  });
});

describe('imports run downwards', () => {
  test.each(Object.entries(ABOVE))('%s knows nothing of %j', (folder, above) => {
    const files = sources.filter(({ path }) => path.startsWith(folder));

    expect(wrong(files, (_, file) => file !== undefined && below(file, above))).toEqual([]);
  });

  test.each(Object.entries(ONLY))('%s knows only %j', (folder, known) => {
    const files = sources.filter(({ path }) => path.startsWith(folder));

    expect(wrong(files, (_, file) => file !== undefined && !below(file, known))).toEqual([]);
  });

  test("nobody imports an index, but the package's own", () => {
    const files = sources.filter(({ path }) => path !== 'index.ts');

    expect(wrong(files, (_, file) => /(^|\/)index(\.browser)?\.ts$/.test(file ?? ''))).toEqual([]);
  });
});

test('no cycles between files, of types either', () => {
  const edges = new Map(sources.map(({ path, imports }) => [path, imports.flatMap(({ files }) => files)]));
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) cycles.push([...way.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);

  expect(cycles).toEqual([]);
});

test('no console outside the CLI', () => {
  const logs = sources
    .filter(({ path }) => !path.startsWith('cli/'))
    .flatMap(({ path, ast }) =>
      [...nodes(ast)]
        .filter((node) => ts.isIdentifier(node) && node.text === 'console')
        .map((node) => `${path}: ${node.parent.getText()}`),
    );

  expect(logs).toEqual([]);
});

test('who declares Symbol.asyncDispose brings its types: a project’s `lib` may not have them', () => {
  const without = sources.filter(
    ({ text }) =>
      text.includes('[Symbol.asyncDispose](') &&
      !text.includes('/// <reference lib="esnext.disposable" preserve="true" />'),
  );

  expect(without.map(({ path }) => path)).toEqual([]);
});

test('no file over 400 lines', () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > 400);

  expect(long).toEqual([]);
});

/** Whether a name stands for a variable that is not declared here: not for a property, a parameter, a type or a label. */
function isGlobal(node: ts.Identifier, declared: ReadonlySet<string>): boolean {
  const { parent } = node;
  if (declared.has(node.text)) return false;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return (
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isTypeOfExpression(parent) ||
    ts.isCallExpression(parent) ||
    ts.isNewExpression(parent) ||
    ts.isBinaryExpression(parent)
  );
}

function isDeclaration(node: ts.Node): boolean {
  return (
    ts.isParameter(node) ||
    ts.isVariableDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node)
  );
}
