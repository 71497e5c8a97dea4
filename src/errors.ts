import type { KeyReport } from './key-report.ts';

/**
 * What went wrong, as a stable text to match on; messages may be reworded between releases, codes may not.
 *
 * | code | class | meaning |
 * | --- | --- | --- |
 * | `agent-error` | {@link AgentError} | the agent refused for a reason without a code of its own |
 * | `payload-too-large` | {@link AgentError}, {@link InvalidArgumentError} | over the agent's limit, or over `payloadLimit` |
 * | `agent-mismatch` | {@link AgentMismatchError} | a further connection led to another agent than the main one; nothing was sent |
 * | `already-answered` | {@link AgentError} | this agent has already answered the query |
 * | `deadline-passed` | {@link AgentError}, {@link SerfError} | the query ended before the answer; `respondWith`'s `timeout` did |
 * | `unknown-query` | {@link AgentError} | the agent knows no query with this id on this connection |
 * | `nodes-failed` | {@link AgentError} | some nodes failed or were silent; see {@link AgentError.report} |
 * | `unsupported-command` | {@link AgentError} | the agent is too old for this command; it also hangs up |
 * | `auth-required`, `auth-invalid` | {@link AuthenticationError} | no auth key given, or one that is not accepted |
 * | `connect-failed`, `connect-timeout` | {@link ConnectError} | no address could be reached in time |
 * | `connection-lost` | {@link ConnectionLostError} | the connection ended while the request was under way |
 * | `remote-error` | {@link RemoteError} | the handler at the peer of a JSON-RPC session, a juggler connection or a notifier failed |
 * | `no-recipient` | {@link NoRecipientError} | nobody has registered for what a notifier calls |
 * | `request-timeout` | {@link RequestTimeoutError} | no answer within the request's time |
 * | `not-msgpack`, `unexpected-frame`, `frame-too-large`, `too-deep`, `unexpected-shape`, `handshake-refused` | {@link ProtocolError} | the peer does not speak the protocol |
 * | `invalid-argument`, `invalid-address`, `invalid-filter`, `invalid-pattern`, `invalid-payload` | {@link InvalidArgumentError} | misuse; the message says what to do |
 * | `payload-undecodable` | {@link SerfError} | only as `payloadError` of an event or reply, and in an operator's `onError` |
 * | `payload-invalid` | {@link SerfError} | likewise: the payload does not fit the schema of `validatePayload` |
 * | `overflow` | {@link SerfError}, {@link ProtocolError} | a bounded buffer is full: its stream ends, or what gives way is reported; a served peer passes a limit |
 * | `permission-denied` | {@link AgentError} | the role of this client may not do that; the connection lives on. Thrown by `policy()` itself, `cause` says why |
 * | `rate-limited` | {@link AgentError} | a policy does not allow as many requests: try again later |
 * | `peer-timeout` | {@link ProtocolError} | a served peer was silent for too long |
 * | `listen-failed` | {@link SerfError} | a server could not listen |
 * | `patch-invalid`, `patch-conflict`, `patch-test-failed`, `patch-too-large` | `JsonPatchError` | a JSON Patch cannot be applied (`rxserf/json-patch`) |
 * | `socks-protocol`, `socks-refused`, `socks-auth` | {@link SocksError} | a proxy is none, would not connect, or accepts no such credentials |
 * | `closed` | {@link ClosedError} | the client was closed |
 * | `unexpected` | {@link SerfError} | in `rxserf/angular`: a function of the application threw; `cause` is what |
 */
export type SerfErrorCode =
  | 'agent-error'
  | 'agent-mismatch'
  | 'already-answered'
  | 'auth-invalid'
  | 'auth-required'
  | 'closed'
  | 'connect-failed'
  | 'connect-timeout'
  | 'connection-lost'
  | 'deadline-passed'
  | 'frame-too-large'
  | 'handshake-refused'
  | 'invalid-address'
  | 'invalid-argument'
  | 'invalid-filter'
  | 'invalid-pattern'
  | 'invalid-payload'
  | 'listen-failed'
  | 'no-recipient'
  | 'nodes-failed'
  | 'not-msgpack'
  | 'overflow'
  | 'patch-conflict'
  | 'patch-invalid'
  | 'patch-test-failed'
  | 'patch-too-large'
  | 'payload-invalid'
  | 'payload-too-large'
  | 'payload-undecodable'
  | 'peer-timeout'
  | 'permission-denied'
  | 'rate-limited'
  | 'remote-error'
  | 'request-timeout'
  | 'socks-auth'
  | 'socks-protocol'
  | 'socks-refused'
  | 'too-deep'
  | 'unexpected'
  | 'unexpected-frame'
  | 'unexpected-shape'
  | 'unknown-query'
  | 'unsupported-command';

/** Where an error happened, and why; every field may be missing. */
export interface SerfErrorContext {
  /** The command's name on the wire, such as `members-filtered`. */
  command?: string | undefined;
  /** The agent's `host:port`, `unix:/path` or `wss://host/path`; never the auth key. */
  address?: string | undefined;
  /** What lies behind: a Node error, another {@link SerfError}, or what a codec threw. */
  cause?: unknown;
}

/**
 * The base of every error this package makes; match on {@link SerfError.code}.
 *
 * @example
 * ```ts
 * import { catchError, EMPTY } from 'rxjs';
 * import { connect, SerfError } from 'rxserf';
 *
 * connect().event('deploy').pipe(
 *   catchError((error) => {
 *     if (error instanceof SerfError && error.code === 'payload-too-large') return EMPTY;
 *     throw error;
 *   }),
 * );
 * ```
 */
export class SerfError extends Error {
  override name = 'SerfError';
  /** What went wrong, as a stable text; see {@link SerfErrorCode}. */
  readonly code: SerfErrorCode;
  /** The command's name on the wire: of the call that it ended, or of the step before it (`handshake`, `auth`) that failed. */
  declare readonly command: string | undefined;
  /** The agent's `host:port`, `unix:/path` or `wss://host/path`, where one is known; never the auth key. */
  declare readonly address: string | undefined;

  constructor(code: SerfErrorCode, message: string, context: SerfErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    // Only where there is one: an error that nobody handles is printed with all its properties.
    if (context.command !== undefined) this.command = context.command;
    if (context.address !== undefined) this.address = context.address;
  }
}

/** Sizes in bytes of a refused payload, as far as they are known. */
export interface SizeFacts {
  /** The most the agent (or `payloadLimit`) takes, in bytes. */
  limit?: number | undefined;
  /** What it was given, in bytes. */
  size?: number | undefined;
}

/** The agent answered with an error; `message` is its text, verbatim. Arrives through `error`. */
export class AgentError extends SerfError implements SizeFacts {
  override name = 'AgentError';
  /** With `payload-too-large`: the agent's limit in bytes, read from its text. */
  readonly limit: number | undefined;
  /** With `payload-too-large`: the bytes of the payload that was sent. */
  readonly size: number | undefined;
  /** With `nodes-failed`: who failed and what they said. */
  readonly report: KeyReport | undefined;

  constructor(
    code: SerfErrorCode,
    message: string,
    context?: SerfErrorContext & SizeFacts & { report?: KeyReport | undefined },
  ) {
    super(code, message, context);
    this.limit = context?.limit;
    this.size = context?.size;
    this.report = context?.report;
  }
}

/** The agent wants an auth key that was not given (`auth-required`) or is another one (`auth-invalid`). */
export class AuthenticationError extends SerfError {
  override name = 'AuthenticationError';
}

/** How a WebSocket was closed, where it was one that ended the connection. */
export interface CloseFacts {
  /** The close code, such as 4401; `CLOSE_CODES` of `rxserf/socket` has what they mean. */
  readonly closeCode?: number | undefined;
  /** What the peer wrote beside it, verbatim: up to 123 bytes. */
  readonly closeReason?: string | undefined;
}

/** No agent could be reached; `cause` has the reason for the last address tried. */
export class ConnectError extends SerfError implements CloseFacts {
  override name = 'ConnectError';
  declare readonly closeCode: number | undefined;
  declare readonly closeReason: string | undefined;

  constructor(code: SerfErrorCode, message: string, context: SerfErrorContext = {}) {
    super(code, message, context);
    const { closeCode, closeReason } = closeFacts(context.cause);
    if (closeCode !== undefined) this.closeCode = closeCode;
    if (closeReason !== undefined) this.closeReason = closeReason;
    // Where in this package the end of a socket was noticed helps nobody; the cause has the system's own error.
    this.stack = `ConnectError: ${message}`;
  }
}

/** An error's own, or those of the error that it was made for. */
function closeFacts(cause: unknown): CloseFacts {
  return typeof cause === 'object' && cause !== null ? cause : {};
}

/**
 * What is known of a request whose connection ended: it never left (`not-sent`), or it left and nobody
 * can say whether the agent acted on it (`unknown`).
 */
export type RequestOutcome = 'not-sent' | 'unknown';

/** The connection ended while a request was under way. */
export class ConnectionLostError extends SerfError implements CloseFacts {
  override name = 'ConnectionLostError';
  readonly closeCode: number | undefined;
  readonly closeReason: string | undefined;
  /** Whether the request had left; see {@link RequestOutcome}. */
  readonly outcome: RequestOutcome;

  constructor(message: string, context: SerfErrorContext & { outcome: RequestOutcome }) {
    super('connection-lost', message, context);
    const { closeCode, closeReason } = closeFacts(context.cause);
    this.closeCode = closeCode;
    this.closeReason = closeReason;
    this.outcome = context.outcome;
  }
}

/** The peer answered a call with an error; `message` is its text, verbatim. Arrives through `error`. */
export class RemoteError extends SerfError {
  override name = 'RemoteError';
  /** The peer's number for the error, where its protocol has one, as JSON-RPC does: an integer. */
  readonly rpcCode: number | undefined;
  /** What the peer said besides, as it came; `undefined`: nothing. */
  readonly data: unknown;

  constructor(
    message: string,
    context: SerfErrorContext & { rpcCode?: number | undefined; data?: unknown } = {},
  ) {
    super('remote-error', message, context);
    this.rpcCode = context.rpcCode;
    this.data = context.data;
  }
}

/** Nobody has registered for what was called, as far as is known here; nothing was sent, or nothing was done. */
export class NoRecipientError extends SerfError {
  override name = 'NoRecipientError';

  constructor(message: string, context?: SerfErrorContext) {
    super('no-recipient', message, context);
  }
}

/**
 * A SOCKS proxy did not connect us: it is none (`socks-protocol`), it would not (`socks-refused`), or it accepts no such user and
 * password (`socks-auth`). Neither text nor cause has the credentials. That the proxy could not be reached is Node's error.
 */
export class SocksError extends SerfError {
  override name = 'SocksError';
  /** With `socks-refused`: why, as the proxy says. */
  readonly reply: SocksReply | undefined;

  constructor(
    code: 'socks-protocol' | 'socks-refused' | 'socks-auth',
    message: string,
    context: SerfErrorContext & { reply?: SocksReply | undefined } = {},
  ) {
    super(code, message, context);
    this.reply = context.reply;
  }
}

/** Why a proxy would not connect; those of SOCKS 4 are `failure` and `identity`. */
export type SocksReply =
  | 'failure'
  | 'not-allowed'
  | 'network-unreachable'
  | 'host-unreachable'
  | 'connection-refused'
  | 'ttl-expired'
  | 'command-not-supported'
  | 'address-type-not-supported'
  | 'identity';

/** No answer came within the request's own time (`timeout`, in ms). */
export class RequestTimeoutError extends SerfError {
  override name = 'RequestTimeoutError';
  /** The time that was given, in ms. */
  readonly timeout: number;

  constructor(message: string, context: SerfErrorContext & { timeout: number }) {
    super('request-timeout', message, context);
    this.timeout = context.timeout;
  }
}

/**
 * A further connection of the client led to another agent than the main one, as behind a balancer, so a command with an
 * effect was not sent. Give the agent's own address.
 */
export class AgentMismatchError extends SerfError {
  override name = 'AgentMismatchError';
  /** The name of the main connection's agent, if it is known. */
  readonly expected: string | undefined;
  /** The name of the agent that the command would have gone to, if it is known. */
  readonly found: string | undefined;

  constructor(
    message: string,
    context: SerfErrorContext & { expected?: string | undefined; found?: string | undefined } = {},
  ) {
    super('agent-mismatch', message, context);
    this.expected = context.expected;
    this.found = context.found;
  }
}

/** What came from the socket is not the agent's protocol, or passes a bound of `limits`. */
export class ProtocolError extends SerfError {
  override name = 'ProtocolError';
}

/** The call cannot work as written. Thrown at the call wherever it can be known there. */
export class InvalidArgumentError extends SerfError implements SizeFacts {
  override name = 'InvalidArgumentError';
  /** With `payload-too-large`: `payloadLimit` in bytes. */
  readonly limit: number | undefined;
  /** With `payload-too-large`: the bytes of the payload. */
  readonly size: number | undefined;

  constructor(code: SerfErrorCode, message: string, context?: SerfErrorContext & SizeFacts) {
    super(code, message, context);
    this.limit = context?.limit;
    this.size = context?.size;
  }
}

/** The client was closed before or during the request. */
export class ClosedError extends SerfError {
  override name = 'ClosedError';

  constructor(message = 'the client is closed', context?: SerfErrorContext) {
    super('closed', message, context);
  }
}
