import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { firstValueFrom, forkJoin, take, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { EmbeddedCluster } from '../../src/embedded/index.ts';
import { connect } from '../../src/index.ts';
import { Slab } from '../../src/protocol/slab.ts';
import { serve } from '../../src/server/serve.ts';
import { pipe } from '../../src/socket/pipe.ts';
import { type Socket, socketFrom } from '../../src/socket/socket.ts';
import { always, concat, decodeAll } from './support/decoding.ts';

// Payloads of 65 to 1,024 bytes share buffers of 16 KiB: what that means to who has one.

const SLAB = 16_384;
/** Lengths around each bound, and all others. */
const length = fc.oneof(
  fc.constantFrom(0, 1, 63, 64, 65, 66, 71, 72, 73, 1_016, 1_017, 1_023, 1_024, 1_025, SLAB - 8, SLAB),
  fc.integer({ min: 0, max: 2_000 }),
);

/** Bytes that differ from one place to the next, and from one seed to the next. */
function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => seed * 31 + i * 7);
}

/** A copy of its own of each in one slab, from the middle of something larger. */
function copies(slab: Slab, lengths: readonly number[]): Uint8Array[] {
  return lengths.map((length, i) => {
    const source = concat(bytesOf(5, 99), bytesOf(length, i), bytesOf(5, 99));
    const copy = slab.copy(source, 5, 5 + length);
    source.fill(0);
    return copy;
  });
}

describe('a copy in a slab', () => {
  test('is what was there, for good, whatever comes later and whatever its source becomes', () => {
    fc.assert(
      fc.property(fc.array(length, { maxLength: 100 }), (lengths) => {
        for (const [i, copy] of copies(new Slab(), lengths).entries())
          expect(copy).toEqual(bytesOf(lengths[i] as number, i));
      }),
    );
  });

  test('is written to without a change to any other', () => {
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 40 }), fc.nat(), (lengths, n) => {
        const all = copies(new Slab(), lengths);
        const written = n % all.length;
        all[written]?.fill(0xee);
        for (const [i, copy] of all.entries())
          if (i !== written) expect(copy).toEqual(bytesOf(lengths[i] as number, i));
      }),
    );
  });

  test('keeps 16 KiB at the most, and nothing but itself where it is longer or shorter than those that share', () => {
    fc.assert(
      fc.property(fc.array(length, { maxLength: 100 }), (lengths) => {
        for (const { buffer, byteLength, byteOffset } of copies(new Slab(), lengths)) {
          const shares = byteLength > 64 && byteLength <= 1_024;
          expect(buffer.byteLength).toBe(shares ? SLAB : byteLength);
          // Never at the beginning, so that who forgets the offset is wrong at once; aligned for views of numbers.
          expect(byteOffset > 0).toBe(shares);
          expect(byteOffset % 8).toBe(0);
        }
      }),
    );
  });

  test('is in the slab however short it is, where nobody keeps it', () => {
    const all = copies(new Slab(0), [1, 0, 64, 65]);
    expect(new Set(all.filter(({ length }) => length > 0).map(({ buffer }) => buffer)).size).toBe(1);
    for (const [i, copy] of all.entries()) expect(copy).toEqual(bytesOf([1, 0, 64, 65][i] as number, i));
  });

  test('leaves little of a slab unused: 8,000 bytes of copies take one or two', () => {
    for (const length of [65, 100, 256, 1_000]) {
      const all = copies(new Slab(), new Array(Math.floor(8_000 / length)).fill(length));
      expect(new Set(all.map(({ buffer }) => buffer)).size).toBeLessThanOrEqual(2);
    }
  });

  test('is cloned with `structuredClone`, and transferred with all that share its buffer; the next ones have another', () => {
    const slab = new Slab();
    const [first, second] = copies(slab, [100, 100]) as [Uint8Array, Uint8Array];
    expect(structuredClone(first)).toEqual(bytesOf(100, 0));
    expect(first.slice().buffer.byteLength).toBe(100);

    const moved = structuredClone(second, { transfer: [second.buffer as ArrayBuffer] });
    expect(moved).toEqual(bytesOf(100, 1));
    expect([first.length, second.length]).toEqual([0, 0]);
    for (const [i, copy] of copies(slab, [100, 70]).entries())
      expect(copy).toEqual(bytesOf([100, 70][i]!, i));
  });
});

describe('payloads', () => {
  test('of one connection share buffers, those of two never do', () => {
    const bytes = concat(
      ...[1, 2].flatMap((seq) => [encode({ Error: '', Seq: seq }), encode({ Payload: bytesOf(100, seq) })]),
    );
    const buffers = [1, 2].map(() =>
      decodeAll([bytes], always).frames.map(({ body }) => (body as { Payload: Uint8Array }).Payload.buffer),
    ) as [ArrayBufferLike[], ArrayBufferLike[]];
    expect(buffers[0][0]).toBe(buffers[0][1]);
    expect(buffers[1][0]).toBe(buffers[1][1]);
    expect(buffers[0][0]).not.toBe(buffers[1][0]);
  });

  test('of an agent that claims more or fewer bytes than there are are no reason to hand out what others left there', () => {
    const honest = encode({ Payload: bytesOf(1_000, 1) });
    // 1,000 bytes, said in 16 and in 32 bits; and 1,000 of which one has come.
    const wide = concat(
      Uint8Array.of(0x81),
      encode('Payload'),
      Uint8Array.of(0xc6, 0, 0, 3, 0xe8),
      bytesOf(1_000, 2),
    );
    const cut = concat(
      Uint8Array.of(0x81),
      encode('Payload'),
      Uint8Array.of(0xc5, 3, 0xe8),
      Uint8Array.of(7),
    );
    const header = encode({ Error: '', Seq: 1 });
    const { frames } = decodeAll([concat(header, honest, header, wide, header, cut)], always);
    expect(frames.map(({ body }) => (body as { Payload: Uint8Array }).Payload)).toEqual([
      bytesOf(1_000, 1),
      bytesOf(1_000, 2),
    ]);
  });

  test('of a client are kept, cloned and transferred without a loss to those that come later', async () => {
    const cluster = new EmbeddedCluster();
    const node = cluster.node('n1');
    const [ours, theirs] = pipe();
    const serving = serve(node, theirs).subscribe();
    const client = connect('n1', { socket: () => ours });
    const wanted = [65, 100, 256, 450, 64, 300].map((length, i) => bytesOf(length, i));
    const got = firstValueFrom(client.stream('user').pipe(take(wanted.length), toArray()));
    await firstValueFrom(client.stats());
    await firstValueFrom(forkJoin(wanted.map((payload, i) => node.event(`e${i}`, payload))));
    const payloads = (await got).map(({ payload }) => payload);
    expect(payloads).toEqual(wanted);
    expect(structuredClone(payloads)).toEqual(wanted);
    await client.close();
    serving.unsubscribe();
    cluster.close();
  });
});

test('a socket of one’s own that transfers what it is to send has each request whole', async () => {
  const cluster = new EmbeddedCluster();
  const node = cluster.node('n1');
  const [ours, theirs] = pipe();
  const serving = serve(node, theirs).subscribe();
  const transferring: Socket = socketFrom((incoming) => {
    const subscription = ours.subscribe(incoming);
    return {
      write: (bytes) => ours.next(structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })),
      end: () => ours.complete(),
      destroy: () => subscription.unsubscribe(),
    };
  });
  const client = connect('n1', { socket: () => transferring });
  const wanted = [100, 101, 102].map((length, i) => bytesOf(length, i));
  const got = firstValueFrom(node.stream('user').pipe(take(wanted.length), toArray()));
  await firstValueFrom(forkJoin(wanted.map((payload, i) => client.event(`e${i}`, payload))));
  expect((await got).map(({ payload }) => payload)).toEqual(wanted);
  await client.close();
  serving.unsubscribe();
  cluster.close();
});
