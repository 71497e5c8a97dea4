import fc from 'fast-check';
import { ProtocolError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../src/notifier/mesh/frame-reader.ts';
import {
  type Change,
  CODE,
  encodeAnswer,
  encodeCall,
  encodeCancel,
  encodeChange,
  encodeHello,
  encodeProof,
  encodePublish,
  encodeRegistrations,
  encodeSign,
  type Frame,
  readFrame,
} from '../../src/notifier/mesh/frames.ts';
import { idOf, masked } from '../../src/notifier/registrations/match.ts';
import type { Registration } from '../../src/notifier/registrations/registration.ts';
import { Assembler } from '../../src/protocol/assembler.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import type { WireValue } from '../../src/protocol/wire.ts';
import { type Writable, Writer } from '../../src/protocol/writer.ts';

const count = fc.nat(2 ** 31);
const name = fc.string({ unit: 'grapheme', maxLength: 50 });
const bytes = fc.uint8Array({ maxLength: 300 });
const id = fc
  .oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }))
  .map((each) => idOf(each));
const weight = fc.oneof(fc.constantFrom(0, 1, 0.1, 2 ** 52), fc.double({ min: 0, max: 1e6, noNaN: true }));
const registration: fc.Arbitrary<Registration> = fc.record({
  number: count,
  kind: fc.constantFrom('notification', 'call'),
  object: name,
  command: name,
  match: fc.tuple(id, id).map(([mask, value]) => ({ mask, value: masked(value, mask) })),
  weight: fc.option(weight, { nil: undefined }),
  target: count,
});
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('added' as const), registration }),
  fc.record({ type: fc.constant('removed' as const), number: count }),
  fc.record({ type: fc.constant('weight' as const), number: count, weight }),
);
/** Each frame with the bytes that it is written as. */
const frame: fc.Arbitrary<{ frame: Frame; bytes: Uint8Array }> = fc.oneof(
  fc
    .record({ version: count, id: name, node: name, nonce: bytes })
    .map((hello) => ({ frame: { type: 'hello' as const, hello }, bytes: encodeHello(hello) })),
  bytes.map((mac) => ({ frame: { type: 'proof' as const, mac }, bytes: encodeProof(mac) })),
  fc.tuple(count, fc.array(registration), fc.boolean()).map(([number, registrations, more]) => ({
    frame: { type: 'registrations' as const, number, registrations, more },
    bytes: encodeRegistrations(number, registrations, more),
  })),
  fc.tuple(count, fc.array(change)).map(([number, changes]) => ({
    frame: { type: 'change' as const, number, changes },
    bytes: encodeChange(number, changes),
  })),
  fc
    .tuple(name, id, name, bytes, fc.boolean(), fc.option(count, { nil: undefined }))
    .map(([object, id, command, payload, full, slice]) => ({
      frame: { type: 'publish' as const, object, id, command, payload, full, slice },
      bytes: encodePublish(object, id, command, payload, full, slice),
    })),
  fc.tuple(count, count, id, bytes).map(([seq, registration, id, payload]) => ({
    frame: { type: 'call' as const, seq, registration, id, payload },
    bytes: encodeCall(seq, registration, id, payload),
  })),
  fc
    .tuple(
      count,
      fc.oneof(
        fc.record({ type: fc.constant('value' as const), payload: bytes }),
        fc.record({ type: fc.constant('error' as const), code: fc.integer(), message: name, data: bytes }),
        fc.constant({ type: 'gone' as const }),
      ),
    )
    .map(([seq, outcome]) => ({
      frame: { type: 'answer' as const, seq, outcome },
      bytes: encodeAnswer(seq, outcome),
    })),
  count.map((seq) => ({ frame: { type: 'cancel' as const, seq }, bytes: encodeCancel(seq) })),
  fc
    .constantFrom('ping' as const, 'pong' as const, 'bye' as const)
    .map((type) => ({ frame: { type }, bytes: encodeSign(type) })),
);

/** The frames in bytes that come in pieces, and how many of them were read in one straight line. */
function read(pieces: Iterable<Uint8Array>): { readonly frames: Frame[]; readonly straight: number } {
  const reader = new FrameReader();
  const assembler = new Assembler(DEFAULT_LIMITS, reader);
  const frames: Frame[] = [];
  let straight = 0;
  for (const piece of pieces) {
    assembler.push(piece);
    for (;;) {
      const frame = assembler.nextAs(reader.readCall);
      if (frame) straight++;
      const value = frame ? undefined : assembler.next();
      if (!frame && value === undefined) break;
      frames.push(frame ?? readFrame(value as WireValue));
    }
  }
  return { frames, straight };
}

/** What is read first, as any other; nothing while bytes of it are missing. */
function readSlowly(bytes: Uint8Array): Frame | undefined {
  const assembler = new Assembler(DEFAULT_LIMITS);
  assembler.push(bytes);
  const value = assembler.next();
  return value === undefined ? undefined : readFrame(value);
}

describe('frames', () => {
  test('come back as they were, whatever the pieces are', () => {
    fc.assert(
      fc.property(
        fc.array(frame),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (sent, sizes) => {
          const all = Buffer.concat(sent.map(({ bytes }) => bytes));
          const pieces: Uint8Array[] = [];
          for (let at = 0, i = 0; at < all.length; i++) {
            const size = sizes[i % sizes.length] as number;
            pieces.push(Uint8Array.from(all.subarray(at, at + size)));
            at += size;
          }
          expect(read(pieces).frames).toEqual(sent.map(({ frame }) => frame));
        },
      ),
    );
  });

  test('calls and answers are read in one straight line once all of them is there, and by nothing of them before', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1 }), (sent) => {
        const { straight, frames } = read([Uint8Array.from(Buffer.concat(sent.map(({ bytes }) => bytes)))]);
        const known = sent.filter(({ frame }) =>
          frame.type === 'call'
            ? typeof frame.id === 'number' && frame.id >= 0 && frame.id < 2 ** 32
            : frame.type === 'answer' && frame.outcome.type === 'value',
        );
        expect(straight).toBe(known.length);
        expect(frames).toEqual(sent.map(({ frame }) => frame));
        for (const { bytes } of known) {
          const reader = new FrameReader();
          reader.bytes = Uint8Array.from([0xc0, ...bytes, 0xc0]);
          reader.at = 1;
          for (let end = 1; end <= bytes.length; end++) {
            expect(reader.readCall(end)).toBeUndefined();
            expect(reader.at).toBe(1);
          }
          expect(reader.readCall(bytes.length + 2)).toEqual(readSlowly(bytes));
          expect(reader.at).toBe(1 + bytes.length);
        }
      }),
    );
  });

  test('that are nearly calls or answers are read as any others, or refused as those', () => {
    const first = (bytes: Uint8Array) => {
      const reader = new FrameReader();
      const assembler = new Assembler(DEFAULT_LIMITS, reader);
      assembler.push(bytes);
      return assembler.nextAs(reader.readCall) ?? readSlowly(bytes);
    };
    const told = (act: () => Frame | undefined) => {
      try {
        return act();
      } catch (error) {
        return (error as ProtocolError).code;
      }
    };
    fc.assert(
      fc.property(
        frame,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
        ({ bytes }, changes) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, byte] of changes) changed[at % changed.length] = byte;
          expect(told(() => first(changed))).toEqual(told(() => readSlowly(changed)));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, false, 0, 1, 2, 5, -1, 1.5, 2 ** 60, 'x', new Uint8Array(0)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.string(),
      fc.array(tie('value'), { maxLength: 9 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
    ),
  }))['value'] as fc.Arbitrary<unknown>;

  test('of any other values are refused by a ProtocolError, or read as one of them', () => {
    const types = new Set<string>();
    const anything = fc.oneof(
      value,
      fc.tuple(fc.nat(12), fc.array(value, { maxLength: 8 })).map(([type, fields]) => [type, ...fields]),
      // One kind that is whole: with free values there may be none.
      count.map((seq) => [CODE.cancel, seq]),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const assembler = new Assembler(DEFAULT_LIMITS);
        assembler.push(new Writer().write(value as Writable).take());
        const wire = assembler.next() as WireValue;
        try {
          types.add(readFrame(wire).type);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          expect((error as ProtocolError).code).toBe('unexpected-shape');
        }
      }),
      { numRuns: 2_000 },
    );
    // It was not all refused.
    expect(types).toContain('cancel');
  });
});
