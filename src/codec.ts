import { Decoder, Encoder } from '@msgpack/msgpack';
import { InvalidArgumentError, SerfError } from './errors.ts';
import type { DecodedPayload } from './model.ts';

/**
 * How payloads become values and back; payloads are bytes that nobody but the application understands.
 *
 * What `decode` throws never ends a stream: the event then has `payload: undefined` and a `payloadError`. So a codec
 * whose `decode` can throw should have `undefined` in its `P`, as those here do. What `encode` throws becomes an
 * `InvalidArgumentError` at the call. An event without a payload has zero bytes.
 *
 * @example
 * ```ts
 * import { type Codec, connect } from 'rxserf';
 *
 * const numbers: Codec<number | undefined> = {
 *   encode: (value) => new Uint8Array(new Float64Array([value ?? 0]).buffer),
 *   decode: (bytes) => (bytes.length === 0 ? undefined : new DataView(bytes.slice().buffer).getFloat64(0, true)),
 * };
 * connect(undefined, { codec: numbers }).event('temperature', 21.5);
 * ```
 */
export interface Codec<P> {
  /** A value's bytes. What it throws becomes the cause of an `InvalidArgumentError`, at the call. */
  encode(value: P): Uint8Array;
  /**
   * `bytes` are the codec's to keep; nobody else writes to them. They may be a part of a larger `ArrayBuffer`, see {@link DecodedPayload}.
   */
  decode(bytes: Uint8Array): P;
}

/**
 * The codec of a {@link Serf}: what it makes of payloads that come, `P`, and what it takes of those that are sent, `S`. (`encode` is a
 * function's type and not a method's: TypeScript compares what methods take both ways.)
 */
export interface PayloadCodec<out P, in S = P> {
  /** As {@link Codec.encode}. */
  readonly encode: (value: S) => Uint8Array;
  /** As {@link Codec.decode}. */
  decode(bytes: Uint8Array): P;
}

/** Whatever came, if it is a codec. */
export function requireCodec<P>(codec: Codec<P>): Codec<P> {
  if (typeof codec?.encode === 'function' && typeof codec.decode === 'function') return codec;
  throw new InvalidArgumentError('invalid-argument', 'a codec should have two functions, encode and decode');
}

/** A call's own codec. Where it brings none, its T is the P of the codec there is otherwise. */
export function codecOr<T>(own: Codec<T> | undefined, otherwise: PayloadCodec<unknown, never>): Codec<T> {
  return own === undefined ? (otherwise as unknown as Codec<T>) : requireCodec(own);
}

const NOTHING = new Uint8Array(0);
/** Small payloads, while they are decoded: those that V8 has in its own heap. */
const scratch = new Uint8Array(new ArrayBuffer(64));
/** The first bytes of it, by how many: a view takes more than most of what it shows. */
const views: Uint8Array[] = [];
/** The largest payload, in bytes, whose encoder is used again. */
const LARGEST_KEPT = 64 * 1024;

/** Bytes as they are: the default. */
export function binary(): Codec<Uint8Array> {
  return {
    encode: (value) => {
      if (!(value instanceof Uint8Array)) throw new TypeError('the binary codec takes a Uint8Array');
      return value;
    },
    decode: (bytes) => bytes,
  };
}

/** Text in UTF-8. Bytes that are not UTF-8 are a `payloadError`. */
export function utf8(): Codec<string | undefined> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    encode: (value) => {
      if (value === undefined) return NOTHING;
      if (typeof value !== 'string') throw new TypeError('the utf8 codec takes a string');
      return encoder.encode(value);
    },
    decode: (bytes) => decoder.decode(bytes),
  };
}

/**
 * JSON in UTF-8; `T` is a promise of the sender's, not checked here. No payload is `undefined`, both ways.
 */
export function json<T = unknown>(): Codec<T | undefined> {
  const text = utf8();
  return {
    encode: (value) => {
      if (value === undefined) return NOTHING;
      const encoded = JSON.stringify(value);
      if (encoded === undefined) throw new TypeError(`JSON has no form for a ${typeof value}`);
      return text.encode(encoded);
    },
    decode: (bytes) => (bytes.length === 0 ? undefined : (JSON.parse(text.decode(bytes) as string) as T)),
  };
}

/**
 * MessagePack; `T` is a promise of the sender's, not checked here. No payload is `undefined`, both ways.
 */
export function msgpack<T = unknown>(): Codec<T | undefined> {
  // Kept: one of each for each payload costs more than what they do with it.
  let encoder = new Encoder();
  const decoder = new Decoder<undefined>();
  return {
    encode: (value) => {
      if (value === undefined) return NOTHING;
      const bytes = encoder.encode(value);
      // It keeps a buffer for the largest that it has ever had.
      if (bytes.length > LARGEST_KEPT) encoder = new Encoder();
      return bytes;
    },
    decode: (bytes) => {
      if (bytes.length === 0) return undefined;
      return decoder.decode(isSmallAndPlain(bytes) ? scratchOf(bytes.length) : bytes) as T;
    },
  };
}

function scratchOf(length: number): Uint8Array {
  views[length] ??= scratch.subarray(0, length);
  return views[length];
}

/**
 * Copies a small payload to `scratch`, unless something in it could be bytes, of which the decoder makes a view. V8 has small arrays
 * in its own heap, and the decoder would have it make a buffer for each: that takes longer than the decoding.
 */
function isSmallAndPlain(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length > scratch.length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    // The heads of bytes and of extensions; as part of a text or a number they do no harm.
    if ((byte >= 0xc4 && byte <= 0xc9) || (byte >= 0xd4 && byte <= 0xd8)) return false;
    scratch[i] = byte;
  }
  return true;
}

/** A payload as its codec has it, or what stands in for it. */
export function decodeWith<P>(codec: Codec<P>, payload: Uint8Array): DecodedPayload<P> {
  try {
    return { payload: codec.decode(payload) };
  } catch (cause) {
    const payloadError = new SerfError('payload-undecodable', 'the codec could not decode the payload', {
      cause,
    });
    return { payload: undefined as P, payloadError, rawPayload: payload };
  }
}

/**
 * A payload's bytes: none for `undefined`, else what the codec makes of it.
 *
 * @throws {@link InvalidArgumentError} (`invalid-payload`) when it makes nothing of it
 */
export function encodeWith<P>(codec: Codec<P>, payload: P | undefined, command: string): Uint8Array {
  if (payload === undefined) return NOTHING;
  try {
    const bytes = codec.encode(payload);
    if (!(bytes instanceof Uint8Array)) throw new TypeError('encode gave no Uint8Array');
    return bytes;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError('invalid-payload', `the codec cannot encode this payload: ${why}`, {
      command,
      cause,
    });
  }
}
