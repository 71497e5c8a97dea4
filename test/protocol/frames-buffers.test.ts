import { from } from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { decodeFrames, encodeResponse } from '../../src/protocol/frames.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { concat } from './support/decoding.ts';

// A message that does not come in one piece is put together in a buffer, which does for the next ones, too: unless it is
// larger than 4 MiB, which a client would keep for all its life.

const MIB = 1024 * 1024;
/** Within these pieces a message of so many bytes is put together in a buffer of up to twice its size. */
const PIECE = 60_000;

function message(bytes: number): Uint8Array {
  return encodeResponse(1, '', { Payload: new Uint8Array(bytes) });
}

/** How large the buffers are that decoding takes from the system; each message begins with a piece. */
function buffersFor(...messages: Uint8Array[]): number[] {
  return buffersOf(messages, messages.length);
}

/** The same of bytes that have so many messages. */
function buffersOf(messages: readonly Uint8Array[], count: number): number[] {
  const Native = Uint8Array;
  const sizes: number[] = [];
  const chunks = messages.flatMap((bytes) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += PIECE) pieces.push(bytes.slice(at, at + PIECE));
    return pieces;
  });
  let frames = 0;
  const frames$ = decodeFrames(from(chunks), 'Error', () => true, {
    ...DEFAULT_LIMITS,
    frameBytes: 64 * MIB,
  });
  vi.stubGlobal(
    'Uint8Array',
    class extends Native {
      constructor(...args: [number]) {
        super(...args);
        const [size] = args;
        // Whole MiBs are payloads: what they become is a copy.
        if (typeof size === 'number' && size > PIECE && size % MIB !== 0) sizes.push(size);
      }
    },
  );
  frames$.subscribe(() => frames++);
  vi.unstubAllGlobals();
  expect(frames).toBe(count);
  return sizes;
}

describe('the buffer of a message in pieces', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test('does for the messages after it', () => {
    const first = buffersFor(message(MIB));
    expect(first.length).toBeGreaterThan(0);
    expect(buffersFor(message(MIB), message(MIB), message(MIB))).toEqual(first);
  });

  test('is given back when it is larger than 4 MiB', () => {
    const larger = (sizes: number[]) => sizes.filter((size) => size > 4 * MIB);
    const first = larger(buffersFor(message(9 * MIB)));
    expect(first.length).toBeGreaterThan(0);
    expect(larger(buffersFor(message(9 * MIB), message(9 * MIB)))).toEqual([...first, ...first]);
  });

  test('is given back as well where the next message has begun in the same piece, and so on', () => {
    const larger = (sizes: number[]) => sizes.filter((size) => size > 4 * MIB);
    const large = message(9 * MIB);
    const first = larger(buffersFor(large));
    const small = new Array(200).fill(message(1_234));
    const stream = concat(large, ...small, large, ...small, large);
    expect(larger(buffersOf([stream], 403)).length).toBe(3 * first.length);
  });

  test('doubles: every byte is copied a bounded number of times', () => {
    const sizes = buffersFor(message(32 * MIB));
    // 32 MiB in pieces of 60,000 bytes: 560 of them, and ten buffers.
    expect(sizes.length).toBeLessThan(12);
  });
});
