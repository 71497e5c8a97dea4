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
        "./server",
        "./gateway",
        "./jsonrpc",
        "./testing",
        "./embedded",
        "./json-patch",
        "./juggler",
        "./notifier",
        "./opentelemetry",
        "./angular",
        "./angular/testing",
        "./package.json",
      ]
    `);
    expect(modules).toMatchInlineSnapshot(`
      [
        "angular/index.ts",
        "angular/testing/index.ts",
        "embedded/index.ts",
        "gateway/index.ts",
        "index.ts",
        "json-patch/index.ts",
        "jsonrpc/index.browser.ts",
        "jsonrpc/index.ts",
        "juggler/index.browser.ts",
        "juggler/index.ts",
        "notifier/index.ts",
        "opentelemetry/index.ts",
        "operators/index.ts",
        "server/index.browser.ts",
        "server/index.ts",
        "socket/index.browser.ts",
        "socket/index.ts",
        "testing/index.ts",
      ]
    `);
  });

  test('rxserf', () => {
    expect(exported.get('index.ts')).toMatchInlineSnapshot(`
      [
        "value Address",
        "value AgentError",
        "value AgentMismatchError",
        "type Answer",
        "type AnswerTo",
        "type AnySerf",
        "type AuthKey",
        "value AuthenticationError",
        "type BufferBoundedOptions",
        "type CarrierOf",
        "type CheckedFilter",
        "type CloseFacts",
        "value ClosedError",
        "type ClusterStats",
        "type CoalesceByNameOptions",
        "type Codec",
        "type CollectRepliesOptions",
        "type CollectedReplies",
        "type Command",
        "type CompleteWhen",
        "value ConnectError",
        "type ConnectOptions",
        "value ConnectionLostError",
        "type ConnectionStatus",
        "type Coordinate",
        "type Decoded",
        "type DecodedPayload",
        "type DedupeEventsOptions",
        "type DropReport",
        "type EventFilter",
        "type EventKind",
        "type EventOptions",
        "type EventsOf",
        "type FrameLimits",
        "type GapsIf",
        "type Instrument",
        "type InstrumentedRequest",
        "value InvalidArgumentError",
        "type KeyReport",
        "type LTime",
        "type LogLevel",
        "type LogLine",
        "type Member",
        "type MemberCarrier",
        "type MemberChange",
        "type MemberEvent",
        "type MemberEventType",
        "type MemberStatus",
        "type MembersFilter",
        "type MembershipFilter",
        "type MergeAgentsOptions",
        "type Named",
        "value NoRecipientError",
        "type OfEvent",
        "type Overflow",
        "type OwnCodec",
        "type PayloadCarrier",
        "type PayloadCodec",
        "type PayloadErrorOptions",
        "type PayloadOf",
        "type PayloadOptions",
        "value ProtocolError",
        "type QueryAck",
        "type QueryEvent",
        "type QueryOptions",
        "type QueryReply",
        "type QueryResponse",
        "type Received",
        "type ReconnectOptions",
        "value RemoteError",
        "type RequestEnd",
        "type RequestHooks",
        "type RequestOptions",
        "type RequestOutcome",
        "value RequestTimeoutError",
        "type RespondOptions",
        "type RespondWithOptions",
        "type ResponseOf",
        "type RuntimeStats",
        "type Scheme",
        "type SelfOptions",
        "type Serf",
        "value SerfClient",
        "value SerfError",
        "type SerfErrorCode",
        "type SerfErrorContext",
        "type SerfEvent",
        "type SettledAnswers",
        "type SettledOptions",
        "type SinceLTimes",
        "type SizeFacts",
        "type Socket",
        "type SocketFactory",
        "value SocksError",
        "type SocksReply",
        "type StandardIssue",
        "type StandardResult",
        "type StandardSchema",
        "type Stats",
        "type StatsSection",
        "type StreamGap",
        "type StreamOptions",
        "type TagsChange",
        "type UserEvent",
        "type ValidatePayloadOptions",
        "type Validated",
        "type ValidatedQuery",
        "type VersionRange",
        "value acks",
        "value becomes",
        "value binary",
        "value bufferBounded",
        "value coalesceByName",
        "value collectReplies",
        "value connect",
        "value countByStatus",
        "value decodePayload",
        "value dedupeEvents",
        "value exactly",
        "value firstResponse",
        "value fromNode",
        "value hasPayloadError",
        "value json",
        "value memberChanges",
        "value membersBy",
        "value mergeAgents",
        "value msgpack",
        "value named",
        "value ofEvent",
        "value ofStatus",
        "value oneAnswer",
        "value parseLog",
        "value payloads",
        "value respondWith",
        "value responses",
        "value scanMembers",
        "value settled",
        "value settledAnswers",
        "value sinceLTime",
        "value utf8",
        "value validatePayload",
        "value withTag",
      ]
    `);
  });

  test('rxserf/operators, and all of it in rxserf', () => {
    const operators = exported.get('operators/index.ts');

    expect(operators).toMatchInlineSnapshot(`
      [
        "type AnswerTo",
        "type BufferBoundedOptions",
        "type CarrierOf",
        "type CoalesceByNameOptions",
        "type CollectRepliesOptions",
        "type CollectedReplies",
        "type Decoded",
        "type DedupeEventsOptions",
        "type EventKind",
        "type LogLine",
        "type MemberCarrier",
        "type MemberChange",
        "type MergeAgentsOptions",
        "type Named",
        "type OfEvent",
        "type Overflow",
        "type PayloadCarrier",
        "type PayloadErrorOptions",
        "type PayloadOf",
        "type Received",
        "type RespondWithOptions",
        "type ResponseOf",
        "type SettledAnswers",
        "type SettledOptions",
        "type SinceLTimes",
        "type StandardIssue",
        "type StandardResult",
        "type StandardSchema",
        "type ValidatePayloadOptions",
        "type Validated",
        "type ValidatedQuery",
        "value acks",
        "value becomes",
        "value bufferBounded",
        "value coalesceByName",
        "value collectReplies",
        "value countByStatus",
        "value decodePayload",
        "value dedupeEvents",
        "value firstResponse",
        "value fromNode",
        "value hasPayloadError",
        "value memberChanges",
        "value membersBy",
        "value mergeAgents",
        "value named",
        "value ofEvent",
        "value ofStatus",
        "value oneAnswer",
        "value parseLog",
        "value payloads",
        "value respondWith",
        "value responses",
        "value scanMembers",
        "value settled",
        "value settledAnswers",
        "value sinceLTime",
        "value validatePayload",
        "value withTag",
      ]
    `);
    expect(exported.get('index.ts')).toEqual(expect.arrayContaining(operators ?? []));
  });

  test('rxserf/angular', () => {
    expect(exported.get('angular/index.ts')).toMatchInlineSnapshot(`
      [
        "type AnyToken",
        "type CheckedToken",
        "type FeedOptions",
        "type InjectEventsOptions",
        "type InjectLogLinesOptions",
        "type InjectSerfOptions",
        "type Live",
        "type LiveFeed",
        "type LiveOptions",
        "type LiveStatus",
        "type ProvideSerfOptions",
        "value SERF",
        "type SerfAction",
        "type SerfActionStatus",
        "type SerfQuery",
        "type SerfQueryStatus",
        "type SerfSurface",
        "type SerfToken",
        "type SurfaceOf",
        "type TimedResponse",
        "value injectConnection",
        "value injectEvents",
        "value injectLogLines",
        "value injectMembers",
        "value injectSerf",
        "value injectSerfAction",
        "value injectSerfQuery",
        "value live",
        "value provideSerf",
        "value serfToken",
      ]
    `);
    expect(exported.get('angular/testing/index.ts')).toMatchInlineSnapshot(`
      [
        "value provideFakeSerf",
        "value rendered",
      ]
    `);
  });

  test('rxserf/embedded', () => {
    expect(exported.get('embedded/index.ts')).toMatchInlineSnapshot(`
      [
        "value EmbeddedCluster",
        "type EmbeddedClusterOptions",
        "type EmbeddedNode",
      ]
    `);
  });

  test('rxserf/json-patch', () => {
    expect(exported.get('json-patch/index.ts')).toMatchInlineSnapshot(`
      [
        "type ApplyPatchOptions",
        "type JsonPatch",
        "value JsonPatchError",
        "type JsonPatchErrorContext",
        "type JsonPatchLimits",
        "type JsonPatchOperation",
        "type JsonValue",
        "value applyPatch",
        "value diff",
        "value formatPointer",
        "value parsePointer",
      ]
    `);
  });

  test('rxserf/opentelemetry', () => {
    expect(exported.get('opentelemetry/index.ts')).toEqual([
      'type OpenTelemetryOptions',
      'value openTelemetry',
    ]);
  });

  test('rxserf/jsonrpc', () => {
    expect(exported.get('jsonrpc/index.ts')).toMatchInlineSnapshot(`
      [
        "type Answer",
        "type ApiProxy",
        "type BatchBuilder",
        "type BatchMember",
        "type BatchOutcome",
        "type BatchOutcomes",
        "type Framer",
        "type FramerOutput",
        "type HandlersFor",
        "value JSON_RPC_CODES",
        "type JsonRpcCallOptions",
        "type JsonRpcEvent",
        "type JsonRpcHandlers",
        "type JsonRpcLimits",
        "type JsonRpcListenOptions",
        "type JsonRpcNotification",
        "type JsonRpcOptions",
        "type JsonRpcParams",
        "type JsonRpcPeer",
        "type JsonRpcProtocol",
        "type JsonRpcRequest",
        "type JsonRpcServerEvent",
        "type JsonRpcSession",
        "type JsonRpcSessionBase",
        "type JsonRpcStatus",
        "type MethodOf",
        "type NewlineOptions",
        "type ParamsAndOptions",
        "type ParamsOf",
        "type ReplyAndDisconnect",
        "type ResultOf",
        "value RpcError",
        "type TypedJsonRpcSession",
        "type UntypedBatchBuilder",
        "value jsonRpc",
        "value jsonRpcListen",
        "value method",
        "value newline",
        "value replyAndDisconnect",
        "value textFrames",
      ]
    `);
  });

  test('rxserf/jsonrpc in a browser: nothing that listens', () => {
    const browser = exported.get('jsonrpc/index.browser.ts');
    const onlyNode = exported.get('jsonrpc/index.ts')?.filter((name) => !browser?.includes(name));

    expect(onlyNode).toMatchInlineSnapshot(`
      [
        "type JsonRpcListenOptions",
        "type JsonRpcPeer",
        "type JsonRpcServerEvent",
        "value jsonRpcListen",
      ]
    `);
  });

  test('rxserf/juggler', () => {
    expect(exported.get('juggler/index.ts')).toMatchInlineSnapshot(`
      [
        "type DataChange",
        "type JugglerAction",
        "type JugglerConnectOptions",
        "type JugglerConnection",
        "type JugglerLimits",
        "type JugglerListenOptions",
        "type JugglerOptions",
        "type JugglerServerEvent",
        "type JugglerStatus",
        "type JugglerTarget",
        "type RefusalReason",
        "value RpcError",
        "type SerfDocument",
        "type SettableDocument",
        "type ShareSerfOptions",
        "type SharedDocument",
        "type SharedDocumentOptions",
        "type SharedEvent",
        "type SharedSerf",
        "type SharedStatus",
        "type UpgradeRequest",
        "value jugglerConnect",
        "value jugglerListen",
        "value jugglerRpc",
        "value shareSerf",
        "value sharedDocument",
      ]
    `);
  });

  test('rxserf/juggler in a browser: nothing that listens', () => {
    const browser = exported.get('juggler/index.browser.ts');

    expect(
      exported.get('juggler/index.ts')?.filter((name) => !browser?.includes(name)),
    ).toMatchInlineSnapshot(`
      [
        "type JugglerListenOptions",
        "type JugglerServerEvent",
        "type RefusalReason",
        "type UpgradeRequest",
        "value jugglerListen",
      ]
    `);
    expect(browser?.filter((name) => !exported.get('juggler/index.ts')?.includes(name))).toEqual([]);
  });

  test('rxserf/notifier', () => {
    expect(exported.get('notifier/index.ts')).toMatchInlineSnapshot(`
      [
        "type Answer",
        "type AnswerOf",
        "type AnyApi",
        "type ArgsOf",
        "value CALL_ERRORS",
        "type Call",
        "type CallArgs",
        "type CallEvent",
        "type CallHandler",
        "type CallOptions",
        "type CommandOf",
        "type DiscoverySerf",
        "type Id",
        "type Instance",
        "type InstanceList",
        "type KnownRegistration",
        "type Match",
        "type Notification",
        "type Notifier",
        "type NotifierDrop",
        "type NotifierEvent",
        "type NotifierLimits",
        "type NotifierOptions",
        "type NotifierPeer",
        "type ObjectOf",
        "type PublishArgs",
        "type PublishReport",
        "type RegistrationKind",
        "type RegistrationOptions",
        "value RpcError",
        "value hashId",
        "value notify",
      ]
    `);
  });

  test('rxserf/server', () => {
    expect(exported.get('server/index.ts')).toMatchInlineSnapshot(`
      [
        "value ADMIN",
        "type ListenOptions",
        "type NamePatterns",
        "value OPERATOR",
        "type Peer",
        "type PeerEvent",
        "type PeerLimits",
        "type Policy",
        "type PolicySerf",
        "type PolicySession",
        "value PolicyUsage",
        "type RateLimits",
        "type ServeOptions",
        "type ServerEvent",
        "type SharedReadsOptions",
        "type SlowConsumer",
        "value VIEWER",
        "value listen",
        "value policy",
        "value serve",
        "value sharedReads",
      ]
    `);
  });

  test('rxserf/server in a browser: nothing that listens', () => {
    expect(exported.get('server/index.browser.ts')).toMatchInlineSnapshot(`
      [
        "value ADMIN",
        "type NamePatterns",
        "value OPERATOR",
        "type PeerEvent",
        "type PeerLimits",
        "type Policy",
        "type PolicySerf",
        "type PolicySession",
        "value PolicyUsage",
        "type RateLimits",
        "type ServeOptions",
        "type SharedReadsOptions",
        "type SlowConsumer",
        "value VIEWER",
        "value listen",
        "value policy",
        "value serve",
        "value sharedReads",
      ]
    `);
  });

  test('rxserf/socket', () => {
    expect(node).toMatchInlineSnapshot(`
      [
        "type AcceptedWebSocket",
        "type AcceptedWebSocketOptions",
        "value CLOSE_CODES",
        "type CloseCode",
        "type ClosedBy",
        "type Connection",
        "type DetectSocksOptions",
        "type DetectedSocks",
        "type DuplexLike",
        "type FrameType",
        "type Incoming",
        "type NodeWebSocketOptions",
        "type OpenConnection",
        "type Socket",
        "type SocketData",
        "type SocketFactory",
        "type SocketFromOptions",
        "type SocketSubject",
        "type SocksCredentials",
        "type SocksOptions",
        "type TcpOptions",
        "type TlsOptions",
        "value WebSocketClosedError",
        "type WebSocketLike",
        "type WebSocketOptions",
        "value acceptedWebSocket",
        "value detectSocks",
        "value duplexSocket",
        "value pipe",
        "value socketFrom",
        "value socksSocket",
        "value tcpSocket",
        "value unixSocket",
        "value webSocketSocket",
      ]
    `);
  });

  test('rxserf/socket in a browser: the same without Node', () => {
    expect(node?.filter((name) => !browser?.includes(name))).toMatchInlineSnapshot(`
      [
        "type DetectSocksOptions",
        "type DetectedSocks",
        "type DuplexLike",
        "type NodeWebSocketOptions",
        "type SocksCredentials",
        "type SocksOptions",
        "type TcpOptions",
        "type TlsOptions",
        "value detectSocks",
        "value socksSocket",
      ]
    `);
    expect(browser?.filter((name) => !node?.includes(name))).toEqual([]);
  });

  test('rxserf/testing', () => {
    expect(exported.get('testing/index.ts')).toMatchInlineSnapshot(`
      [
        "type AssertDeepEqual",
        "type Difference",
        "type ExpectedRequest",
        "type FakeAnswer",
        "type FakeAnswers",
        "type FakeArguments",
        "type FakeCommand",
        "type FakeRepliesTo",
        "type FakeReply",
        "type FakeReplyKey",
        "type FakeRequest",
        "type FakeRequestFor",
        "type FakeSerf",
        "type FakeSerfOptions",
        "type Matcher",
        "type SerfMarbles",
        "type SerfMarblesOptions",
        "type SerfSurface",
        "value SerfTestError",
        "value ack",
        "value failure",
        "value fakeSerf",
        "value member",
        "value memberEvent",
        "value queryEvent",
        "value response",
        "value serfMarbles",
        "value userEvent",
      ]
    `);
  });

  test('rxserf/gateway', () => {
    expect(exported.get('gateway/index.ts')).toMatchInlineSnapshot(`
      [
        "type Authenticate",
        "type Credential",
        "type GatewayEvent",
        "type GatewayHandler",
        "type GatewayHandlerOptions",
        "type GatewayLimits",
        "type GatewayOptions",
        "type GatewayPeer",
        "type Identity",
        "type MetricsOptions",
        "type RefusalReason",
        "type RefusedRequest",
        "type RequestFacts",
        "type ServedSource",
        "type Upstream",
        "value gateway",
        "value gatewayHandler",
        "value tokens",
      ]
    `);
  });

  test('at run time, the values among them', async () => {
    const loaded: Record<string, object> = {
      'angular/index.ts': await import('rxserf/angular'),
      'angular/testing/index.ts': await import('rxserf/angular/testing'),
      'embedded/index.ts': await import('rxserf/embedded'),
      'gateway/index.ts': await import('rxserf/gateway'),
      'index.ts': await import('rxserf'),
      'json-patch/index.ts': await import('rxserf/json-patch'),
      'jsonrpc/index.browser.ts': await import('../../src/jsonrpc/index.browser.ts'),
      'jsonrpc/index.ts': await import('rxserf/jsonrpc'),
      'juggler/index.browser.ts': await import('../../src/juggler/index.browser.ts'),
      'juggler/index.ts': await import('rxserf/juggler'),
      'notifier/index.ts': await import('rxserf/notifier'),
      'opentelemetry/index.ts': await import('rxserf/opentelemetry'),
      'operators/index.ts': await import('rxserf/operators'),
      'server/index.browser.ts': await import('../../src/server/index.browser.ts'),
      'server/index.ts': await import('rxserf/server'),
      'socket/index.browser.ts': await import('../../src/socket/index.browser.ts'),
      'socket/index.ts': await import('rxserf/socket'),
      'testing/index.ts': await import('rxserf/testing'),
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

test('one `export *`, of the operators: an index names what it exports', () => {
  const stars = readSources().flatMap(({ path, ast }) =>
    [...nodes(ast)]
      .filter(
        (node) =>
          ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause)),
      )
      .map((node) => `${path}: ${node.getText()}`),
  );

  expect(stars).toEqual(["index.ts: export * from './operators/index.ts';"]);
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
