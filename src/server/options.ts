import type { SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import { atLeast, depth, duration } from '../options.ts';
import type { FrameLimits } from '../protocol/limits.ts';
import type { Serf } from '../serf.ts';

/**
 * Bounds on what one peer may have of a server. A peer that passes one of the frame's or the requests' is disconnected
 * with a `ProtocolError`; a stream too many is refused.
 */
export interface PeerLimits extends FrameLimits {
  /**
   * The most bytes of one request; 65,536 at most of a peer that is not accepted yet.
   * @defaultValue 1,048,576 (1 MiB; a join to 10,000 addresses takes about 250 kB)
   */
  readonly frameBytes: number;
  /** How deep a request's maps and arrays may nest; 1,000 at the most. @defaultValue 8 (the protocol's: 2) */
  readonly depth: number;
  /** The most MessagePack values in one request; 1,000 at most of a peer that is not accepted yet. @defaultValue 100,000 */
  readonly values: number;
  /**
   * The most streams, monitors and queries open at once; one more is refused: `Too many streams`. So is one whose filter or
   * name would make those of all that are open longer than 262,144 characters. @defaultValue 1,024
   */
  readonly streams: number;
  /** The most requests that wait for their turn. @defaultValue 10,000 */
  readonly requests: number;
  /**
   * The most bytes of requests that wait for their turn, as they lie in memory: those on the wire, and 48 for each
   * MessagePack value of their bodies. @defaultValue 4,194,304 (4 MiB)
   */
  readonly requestBytes: number;
  /**
   * How many bytes may wait for the peer to read them. Beyond that `slowConsumer` says what becomes of a record, and no
   * further request is begun; what is begun is sent whole. A peer that is not accepted yet may leave 4,096 unread in any
   * case, and is disconnected at its next request beyond. @defaultValue 1,048,576 (1 MiB, about 5,000 events)
   */
  readonly outboundBytes: number;
}

/**
 * What becomes of a record for a peer that reads too slowly:
 *
 * - `'drop'`: it is left out, as an agent does, and a `dropped` event tells
 * - `'disconnect'`: the peer is, with a `ProtocolError` (`overflow`)
 */
export type SlowConsumer = 'drop' | 'disconnect';

/** Options of `serve`. Times are in ms, sizes in bytes. */
export interface ServeOptions {
  /** The key that peers have to give, an agent's `rpc_auth`. @defaultValue none: any peer may do anything */
  readonly authKey?: string;
  /**
   * Who a peer is by its key, instead of `authKey`: returns the Serf that carries out its commands, or a promise of it.
   * Called for each `auth` command, until one is right. The peer gets `Invalid authentication token` for whatever it throws
   * or rejects with; the `refused` event has that as the error's `cause`. Commands behind `auth` wait, unread, and
   * `handshakeTimeout` goes on. @defaultValue none
   */
  readonly authenticate?: (key: string) => Serf<Uint8Array> | PromiseLike<Serf<Uint8Array>>;
  /** Bounds on one peer. @defaultValue see {@link PeerLimits} */
  readonly limits?: Partial<PeerLimits>;
  /** What becomes of a record for a peer that reads too slowly. @defaultValue 'drop' */
  readonly slowConsumer?: SlowConsumer;
  /** How long a peer may take to shake hands and give the key, in ms; 0: for ever, as with an agent. @defaultValue 10,000 */
  readonly handshakeTimeout?: number;
  /** How long a peer without a request, a stream or a query may be silent, in ms; 0: for ever. @defaultValue 0 */
  readonly idleTimeout?: number;
  /**
   * How long a query is waited for that was neither accepted nor refused nor answered, in ms, before the peer is told that it was
   * accepted; its later commands wait as well. A Serf that does not tell `onAccepted` needs it; with 0 its refusals have to
   * come within `subscribe`. @defaultValue 10,000
   */
  readonly queryGrace?: number;
  /**
   * How many commands of a peer are carried out at a time. With 1, it is as with an agent: one after the other, a monitor a
   * connection, and a pattern that is not RE2 closes it; so clients keep a connection for each of these. With more, for
   * clients that have one connection (those behind a WebSocket), answers come as they are ready, every monitor is its own, and
   * a bad pattern is refused with an error. @defaultValue 1
   */
  readonly concurrency?: number;
  /** Where all time comes from; a `TestScheduler` makes it virtual. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/** {@link ServeOptions} with every default in its place. */
export interface ServerOptions
  extends Required<Omit<ServeOptions, 'authenticate'>>,
    Pick<ServeOptions, 'authenticate'> {
  readonly limits: PeerLimits;
}

const DEFAULT_PEER_LIMITS: PeerLimits = {
  frameBytes: 1024 * 1024,
  depth: 8,
  values: 100_000,
  streams: 1_024,
  requests: 10_000,
  requestBytes: 4 * 1024 * 1024,
  outboundBytes: 1024 * 1024,
};

/** Adds the defaults and checks what was given. */
export function withDefaults(options: ServeOptions): ServerOptions {
  const {
    authKey = '',
    authenticate,
    limits,
    slowConsumer = 'drop',
    scheduler = monotonicScheduler,
  } = options;
  const { concurrency = 1 } = options;
  if (typeof authKey !== 'string') throw invalid('authKey should be a text');
  if (authenticate !== undefined && typeof authenticate !== 'function')
    throw invalid(`authenticate should be a function, not ${typeof authenticate}`);
  if (authenticate && authKey !== '') throw invalid('give authKey or authenticate, not both');
  if (!Number.isInteger(concurrency))
    throw invalid(`concurrency should be an integer, not ${String(concurrency)}`);
  if (slowConsumer !== 'drop' && slowConsumer !== 'disconnect')
    throw invalid(`slowConsumer should be 'drop' or 'disconnect', not ${String(slowConsumer)}`);
  return {
    authKey,
    ...(authenticate ? { authenticate } : {}),
    limits: limitsOf(limits ?? {}),
    slowConsumer,
    handshakeTimeout: duration('handshakeTimeout', options.handshakeTimeout ?? 10_000),
    idleTimeout: duration('idleTimeout', options.idleTimeout ?? 0),
    queryGrace: duration('queryGrace', options.queryGrace ?? 10_000),
    concurrency: atLeast('concurrency', 1, concurrency),
    scheduler,
  };
}

function limitsOf(given: Partial<PeerLimits>): PeerLimits {
  const limit = (name: keyof PeerLimits, least: number) =>
    atLeast(`limits.${name}`, least, given[name] ?? DEFAULT_PEER_LIMITS[name]);
  return {
    frameBytes: limit('frameBytes', 1),
    depth: depth(given.depth ?? DEFAULT_PEER_LIMITS.depth),
    values: limit('values', 1),
    streams: limit('streams', 0),
    requests: limit('requests', 1),
    requestBytes: limit('requestBytes', 1),
    outboundBytes: limit('outboundBytes', 0),
  };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
