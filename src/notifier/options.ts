import { randomBytes } from 'node:crypto';
import type { Observable, SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { type Codec, msgpack, requireCodec } from '../codec.ts';
import { InvalidArgumentError } from '../errors.ts';
import { atLeast, duration } from '../options.ts';
import type { Socket } from '../socket/socket.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { Instance } from './discovery/instance.ts';
import { isInstanceId, isLoopback, isPeerId, placeOf } from './discovery/tags.ts';

/** Bounds on each peer, and on what waits for it. */
export interface NotifierLimits {
  /** The most bytes of one frame: a publication, a call or an answer. @defaultValue 16,777,216 (16 MiB) */
  readonly frameBytes: number;
  /** The most registrations that a peer may have, and we. @defaultValue 100,000 */
  readonly registrations: number;
  /** The most calls of ours that wait for answers of a peer; one more is answered with `overflow`. @defaultValue 10,000 */
  readonly pending: number;
  /** The most calls of a peer that wait for a handler; one more is told that we are busy. @defaultValue 10,000 */
  readonly waiting: number;
  /** The most bytes that these may have. @defaultValue 16,777,216 (16 MiB) */
  readonly waitingBytes: number;
  /**
   * How many bytes may wait for a peer to read them. Beyond that, publications to it are dropped and counted, calls are answered
   * with `overflow`, answers are held, and no handler is begun for it. Twice as many end the connection;
   * one message for which there was room does not count. @defaultValue 8,388,608 (8 MiB)
   */
  readonly outbound: number;
  /** The most connections that are accepted. @defaultValue 1,000 */
  readonly peers: number;
}

const DEFAULT_LIMITS: NotifierLimits = {
  frameBytes: 16 * 1024 * 1024,
  registrations: 100_000,
  pending: 10_000,
  waiting: 10_000,
  waitingBytes: 16 * 1024 * 1024,
  outbound: 8 * 1024 * 1024,
  peers: 1_000,
};

/** Options of `notify`. Times are in ms, sizes in bytes. */
export interface NotifierOptions {
  /** By which the others know it: `A-Z a-z 0-9 . _ -`, up to 64 characters, unlike any other; where others have a list, also `host:port`, as that says. @defaultValue eight random characters */
  readonly id?: string;
  /** Where it listens; 0: any port that is free. @defaultValue 0 */
  readonly port?: number;
  /** The address it listens at. @defaultValue '127.0.0.1': only notifiers of the same machine can connect */
  readonly host?: string;
  /** Where the others find it, `host:port` or `port`, if not there: behind a proxy, say. @defaultValue where it listens */
  readonly advertise?: string;
  /** Whether it listens; one that does not can do all that others can, and connects to all of them. @defaultValue true */
  readonly listen?: boolean;
  /**
   * What all notifiers of a cluster know and nobody else: 16 bytes or more. Each proves it to the other by HMAC-SHA-256; it is
   * never sent. Needed beyond loopback: the encryption of Serf's gossip does not cover these connections. @defaultValue none
   */
  readonly key?: string | Uint8Array;
  /**
   * TLS, with Node's options: `cert` and `key` to listen, `ca` to know the others by. Needed beyond loopback, unless `insecure`.
   * @defaultValue none
   */
  readonly tls?: TlsOptions;
  /** Whether connections beyond loopback may be without TLS: anybody on the way can read and change what follows the proof. @defaultValue false */
  readonly insecure?: boolean;
  /** Hosts that may be connected to although the member whose tag names them has another address. @defaultValue none */
  readonly allow?: readonly string[];
  /** How arguments and answers become bytes: the same for all notifiers. @defaultValue msgpack() */
  readonly codec?: Codec<unknown>;
  /** How long answers may take where the call does not say, in ms; 0: for ever. @defaultValue 10,000 */
  readonly timeout?: number;
  /** How many handlers run at a time for one peer. @defaultValue 64 */
  readonly concurrency?: number;
  /** How long a handler may take, in ms; 0: for ever. @defaultValue 60,000 */
  readonly processingTimeout?: number;
  /** After how much silence a peer is asked for a sign of life, in ms; after 2.5 times as much it is gone. @defaultValue 10,000 */
  readonly heartbeat?: number;
  /** Bounds; see {@link NotifierLimits}. */
  readonly limits?: Partial<NotifierLimits>;
  /** Chooses slices, and the waits between attempts to connect: from 0 up to, not including, 1. @defaultValue Math.random */
  readonly random?: () => number;
  /** Connects to an instance. @defaultValue by TCP, or TLS */
  readonly dial?: (instance: Instance) => Socket;
  /** Connections of others, in place of a port; `advertise` says where they connect to. @defaultValue what connects to the port */
  readonly accepted$?: Observable<Socket>;
  /** Where all time comes from; a `TestScheduler` makes it virtual. @defaultValue a monotonic clock */
  readonly scheduler?: SchedulerLike;
}

/** {@link NotifierOptions} with every default in its place. */
export interface NotifierSettings {
  readonly id: string;
  readonly port: number;
  readonly host: string;
  readonly advertise: string | undefined;
  readonly listen: boolean;
  /** No bytes: there is none. */
  readonly key: Uint8Array;
  readonly tls: TlsOptions | undefined;
  readonly insecure: boolean;
  readonly allow: ReadonlySet<string>;
  readonly codec: Codec<unknown>;
  readonly timeout: number;
  readonly concurrency: number;
  readonly processingTimeout: number;
  readonly heartbeat: number;
  readonly limits: NotifierLimits;
  readonly random: () => number;
  readonly dial: ((instance: Instance) => Socket) | undefined;
  readonly accepted$: Observable<Socket> | undefined;
  readonly scheduler: SchedulerLike;
}

/** The fewest bytes of a key. */
const SHORTEST_KEY = 16;

/**
 * Adds the defaults and checks what was given.
 *
 * @param tagged whether the id is to be part of a tag's name
 */
export function withDefaults(options: NotifierOptions, tagged: boolean): NotifierSettings {
  if (typeof options !== 'object' || options === null) throw invalid('the options should be an object');
  const { id = randomBytes(4).toString('hex'), port = 0, host = '127.0.0.1', advertise, tls } = options;
  const { listen = true, insecure = false, allow = [], random = Math.random, dial, accepted$ } = options;
  if (tagged ? !isInstanceId(id) : !isPeerId(id))
    throw invalid(
      `id should be 1 to 64 of A-Z a-z 0-9 . _ -${tagged ? '' : ', or host:port'}, not ${JSON.stringify(id)}`,
    );
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`port should be 0 to 65535, not ${String(port)}`);
  if (typeof host !== 'string' || host === '') throw invalid('host should be a text');
  if (advertise !== undefined && !placeOf(String(advertise)))
    throw invalid(`advertise should be host:port or a port, not ${JSON.stringify(advertise)}`);
  if (typeof random !== 'function') throw invalid('random should be a function');
  if (dial !== undefined && typeof dial !== 'function') throw invalid('dial should be a function');
  const settings: NotifierSettings = {
    id,
    port,
    host,
    advertise,
    listen,
    key: keyOf(options.key),
    tls,
    insecure,
    allow: new Set(allow),
    codec: requireCodec(options.codec ?? msgpack()),
    timeout: duration('timeout', options.timeout ?? 10_000),
    concurrency: atLeast('concurrency', 1, options.concurrency ?? 64),
    processingTimeout: duration('processingTimeout', options.processingTimeout ?? 60_000),
    heartbeat: Math.max(1, duration('heartbeat', options.heartbeat ?? 10_000)),
    limits: limitsOf(options.limits ?? {}),
    random,
    dial,
    accepted$,
    scheduler: options.scheduler ?? monotonicScheduler,
  };
  const problem = listen && !accepted$ ? exposure(settings, host) : undefined;
  if (problem !== undefined) throw invalid(`to listen at ${host}, ${problem}`);
  if (listen && !accepted$ && tls && !hasCertificate(tls))
    throw invalid('to listen with TLS, tls should have cert and key, or pfx');
  return settings;
}

/** What is missing for a connection to or from this host; nothing on loopback. */
export function exposure({ key, tls, insecure }: NotifierSettings, host: string): string | undefined {
  if (isLoopback(host)) return undefined;
  if (key.length === 0) return 'a key is needed: option `key`';
  if (!tls && !insecure)
    return 'TLS is needed: option `tls`, or `insecure: true` in a network that nobody reads';
  return undefined;
}

function hasCertificate({ cert, key, pfx }: TlsOptions): boolean {
  return pfx !== undefined || (cert !== undefined && key !== undefined);
}

function keyOf(key: string | Uint8Array | undefined): Uint8Array {
  if (key === undefined) return new Uint8Array(0);
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key;
  // The key itself is shown to nobody.
  if (!(bytes instanceof Uint8Array) || bytes.length < SHORTEST_KEY)
    throw invalid(`key should be ${SHORTEST_KEY} random bytes or more`);
  return bytes.slice();
}

function limitsOf(given: Partial<NotifierLimits>): NotifierLimits {
  const limit = (name: keyof NotifierLimits, least: number) =>
    atLeast(`limits.${name}`, least, given[name] ?? DEFAULT_LIMITS[name]);
  return {
    frameBytes: limit('frameBytes', 4_096),
    registrations: limit('registrations', 0),
    pending: limit('pending', 1),
    waiting: limit('waiting', 0),
    waitingBytes: limit('waitingBytes', 0),
    outbound: limit('outbound', 1),
    peers: limit('peers', 1),
  };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
