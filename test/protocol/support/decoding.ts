import { from } from 'rxjs';
import type { SerfError } from '../../../src/errors.ts';
import { decodeFrames, type Frame } from '../../../src/protocol/frames.ts';
import { DEFAULT_LIMITS, type FrameLimits } from '../../../src/protocol/limits.ts';
import type { Reader } from '../../../src/protocol/reader.ts';

export type HasBody = (seq: number | bigint, text: string) => boolean;

/** What became of a stream of chunks. */
export interface Decoded {
  readonly frames: Frame[];
  /** `undefined` when it completed. */
  readonly error: SerfError | undefined;
}

/** Decodes what an agent sent, all at once; without `hasBody`, no header has one. A reader that knows nothing reads it, or a new one of yours. */
export function decodeAll(
  chunks: Iterable<Uint8Array>,
  hasBody: HasBody = () => false,
  limits: Partial<FrameLimits> = {},
  newReader?: () => Reader,
): Decoded {
  const frames: Frame[] = [];
  let error: SerfError | undefined;
  decodeFrames(from(chunks), 'Error', hasBody, { ...DEFAULT_LIMITS, ...limits }, newReader).subscribe({
    next: (frame) => frames.push(frame),
    error: (reason) => {
      error = reason;
    },
  });
  return { frames, error };
}

/** Every frame has a body. */
export const always: HasBody = () => true;

/** `bytes` in pieces of `size`, each with a buffer of its own, as sockets give them. */
export function* pieces(bytes: Uint8Array, size: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** `bytes` cut into pieces of the given sizes, over and over. */
export function* cut(bytes: Uint8Array, sizes: readonly number[]): Iterable<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** The same, all in one buffer, which is overwritten when they have been taken: as sockets do that read into one. */
export function* cutInOneBuffer(bytes: Uint8Array, sizes: readonly number[]): Iterable<Uint8Array> {
  const buffer = new Uint8Array(Math.max(...sizes));
  for (const piece of cut(bytes, sizes)) {
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
    buffer.fill(0xc1);
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
