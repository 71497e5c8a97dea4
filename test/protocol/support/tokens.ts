import { concat } from './decoding.ts';

/** Every head byte that MessagePack has, without the extension types. */
export const HEADS: readonly number[] = Array.from({ length: 256 }, (_, head) => head).filter(
  (head) => head !== 0xc1 && !isExtension(head),
);

export function isExtension(head: number): boolean {
  return (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8);
}

/** A whole value that begins with `head`, by the MessagePack specification. */
export function tokenOf(head: number): Uint8Array {
  const start = Uint8Array.of(head);
  if (head < 0x80 || head >= 0xe0) return start;
  if (head < 0x90) return concat(start, entries(head & 0x0f));
  if (head < 0xa0) return concat(start, items(head & 0x0f));
  if (head < 0xc0) return concat(start, text(head & 0x1f));
  const [width, rest] = SHAPES[head] as readonly [number, ((length: number) => Uint8Array)?];
  if (!rest)
    return concat(
      start,
      Uint8Array.from({ length: width }, (_, i) => 0xfe - i),
    );
  const length = 20;
  const field = new Uint8Array(width);
  field[width - 1] = length;
  return concat(start, field, rest(length));
}

/** For each head byte: how many bytes follow it, or how wide its length is and what follows that. */
const SHAPES: Readonly<Record<number, readonly [number, ((length: number) => Uint8Array)?]>> = {
  192: [0],
  194: [0],
  195: [0],
  196: [1, raw],
  197: [2, raw],
  198: [4, raw],
  202: [4],
  203: [8],
  204: [1],
  205: [2],
  206: [4],
  207: [8],
  208: [1],
  209: [2],
  210: [4],
  211: [8],
  217: [1, text],
  218: [2, text],
  219: [4, text],
  220: [2, items],
  221: [4, items],
  222: [2, entries],
  223: [4, entries],
};

/** Bytes that would be heads of much, were they taken for heads. */
function raw(length: number): Uint8Array {
  return new Uint8Array(length).fill(0xdf);
}

function text(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => 0x61 + (i % 26));
}

function items(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

/** Keys of one letter, each with a number. */
function entries(length: number): Uint8Array {
  return Uint8Array.from({ length: 3 * length }, (_, i) => [0xa1, 0x61 + Math.floor(i / 3), i][i % 3] ?? 0);
}
