import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { exportsOf, nodes, readSources } from './sources.ts';

const { exports: subPaths } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
/** The modules that package.json exports, as paths below src. */
const modules = [
  ...new Set(
    [...JSON.stringify(subPaths).matchAll(/"\.\/dist\/([^"]+?)(?:\.d\.ts|\.js)"/g)].map(
      ([, path]) => `${path}.ts`,
    ),
  ),
].sort();

describe('what the package exports', () => {
  // What is listed here is promised: a new name is a feature, a missing one breaks somebody.
  const exported = new Map(exportsOf(...modules).map((names, index) => [modules[index] as string, names]));
  const node = exported.get('socket/index.ts');
  const browser = exported.get('socket/index.browser.ts');

  test('sub-paths', () => {
    expect(Object.keys(subPaths)).toMatchInlineSnapshot(`
      [
        ".",
        "./socket",
        "./operators",
        "./package.json",
      ]
    `);
    expect(modules).toMatchInlineSnapshot(`
      [
        "index.ts",
        "operators/index.ts",
        "socket/index.browser.ts",
        "socket/index.ts",
      ]
    `);
  });

  test('rxserf', () => {
    expect(exported.get('index.ts')).toMatchInlineSnapshot(`
      [
        "value Address",
        "value AgentError",
        "value AuthenticationError",
        "type BufferBoundedOptions",
        "type CheckedFilter",
        "value ClosedError",
        "type Codec",
        "type CompleteWhen",
        "value ConnectError",
        "type ConnectOptions",
        "value ConnectionLostError",
        "type ConnectionStatus",
        "type Coordinate",
        "type DecodedPayload",
        "type DropReport",
        "type EventFilter",
        "type EventOptions",
        "type EventsOf",
        "type FrameLimits",
        "type GapsIf",
        "value InvalidArgumentError",
        "type KeyReport",
        "type LTime",
        "type LogLevel",
        "type Member",
        "type MemberChange",
        "type MemberEvent",
        "type MemberEventType",
        "type MemberStatus",
        "type MembersFilter",
        "type MembershipFilter",
        "type Overflow",
        "type PayloadOptions",
        "value ProtocolError",
        "type QueryAck",
        "type QueryEvent",
        "type QueryOptions",
        "type QueryReply",
        "type QueryResponse",
        "type ReconnectOptions",
        "type RequestOptions",
        "type RequestOutcome",
        "value RequestTimeoutError",
        "type RespondOptions",
        "type Scheme",
        "type Serf",
        "value SerfClient",
        "value SerfError",
        "type SerfErrorCode",
        "type SerfErrorContext",
        "type SerfEvent",
        "type SizeFacts",
        "type Socket",
        "type SocketFactory",
        "type Stats",
        "type StreamGap",
        "type StreamOptions",
        "type TagsChange",
        "type UserEvent",
        "type VersionRange",
        "value binary",
        "value bufferBounded",
        "value connect",
        "value json",
        "value memberChanges",
        "value msgpack",
        "value utf8",
      ]
    `);
  });

  test('rxserf/operators, and all of it in rxserf', () => {
    const operators = exported.get('operators/index.ts');

    expect(operators).toMatchInlineSnapshot(`
      [
        "type BufferBoundedOptions",
        "type MemberChange",
        "type Overflow",
        "value bufferBounded",
        "value memberChanges",
      ]
    `);
    expect(exported.get('index.ts')).toEqual(expect.arrayContaining(operators ?? []));
  });

  test('rxserf/socket', () => {
    expect(node).toMatchInlineSnapshot(`
      [
        "type Socket",
        "type SocketFactory",
        "type SocketSubject",
        "type TcpOptions",
        "value pipe",
        "value tcpSocket",
      ]
    `);
  });

  test('rxserf/socket in a browser: the same without Node', () => {
    expect(node?.filter((name) => !browser?.includes(name))).toMatchInlineSnapshot(`
      [
        "type TcpOptions",
        "value tcpSocket",
      ]
    `);
    expect(browser?.filter((name) => !node?.includes(name))).toEqual([]);
  });

  test('at run time, the values among them', async () => {
    const loaded: Record<string, object> = {
      'index.ts': await import('rxserf'),
      'operators/index.ts': await import('rxserf/operators'),
      'socket/index.browser.ts': await import('../../src/socket/index.browser.ts'),
      'socket/index.ts': await import('rxserf/socket'),
    };

    expect(Object.keys(loaded)).toEqual(modules);
    for (const [path, module] of Object.entries(loaded)) {
      const values = exported.get(path)?.filter((name) => name.startsWith('value '));
      expect(
        Object.keys(module)
          .map((name) => `value ${name}`)
          .sort(),
      ).toEqual(values);
    }
  });
});

test('no `export *`: an index names what it exports', () => {
  const stars = readSources().flatMap(({ path, ast }) =>
    [...nodes(ast)]
      .filter(
        (node) =>
          ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause)),
      )
      .map((node) => `${path}: ${node.getText()}`),
  );

  expect(stars).toEqual([]);
});

test('no default exports', () => {
  const defaults = readSources().flatMap(({ path, ast }) =>
    [...nodes(ast)]
      .filter((node) => ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword)
      .filter((node) => ts.isExportAssignment(node) || !ts.isDefaultClause(node.parent))
      .map((node) => `${path}: ${node.getText()}`),
  );

  expect(defaults).toEqual([]);
});
