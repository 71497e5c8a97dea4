import { InvalidArgumentError } from '../../errors.ts';

/**
 * What a notification or a call is about: an integer of 64 bits, signed or not. A number is exact up to 2^53; beyond that it is a
 * bigint.
 */
export type Id = number | bigint;

/** Which ids a registration is for: those with `(id & mask) === value`, or, as a plain id, that one. */
export type Match = Id | { readonly mask: Id; readonly value: Id };

/** A {@link Match} in its one form: numbers wherever they are exact. A mask of -1 has all bits: equality. */
export interface IdMask {
  readonly mask: Id;
  readonly value: Id;
}

/** Up to here `&` of numbers is right: of the 32 bits that it takes, the last one is a sign. */
const LARGEST_INT = 0x7fff_ffff;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 64n - 1n;

/** `id & mask` with all their bits, negative ones in two's complement, as in Python. */
export function masked(id: Id, mask: Id): Id {
  if (mask === -1) return id;
  if (typeof id === 'number' && typeof mask === 'number' && mask >= 0 && mask <= LARGEST_INT)
    return id & mask;
  return exact(BigInt(id) & BigInt(mask));
}

/** Whether a value that came from a peer is an {@link Id} in its one form. */
export function isId(value: unknown): value is Id {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'bigint' && value >= LEAST && value <= MOST;
}

/** @throws InvalidArgumentError (`invalid-argument`) for what is no integer of 64 bits, or none that is exact */
export function idOf(id: Id, what = 'the id'): Id {
  if (typeof id === 'bigint' && isId(id)) return exact(id);
  // -0 is 0.
  if (typeof id === 'number' && isId(id)) return id + 0;
  const why = Number.isInteger(id) ? '; beyond 2^53, write it as a bigint' : '; for a text there is hashId';
  throw invalid(`${what} should be an integer of 64 bits, not ${String(id)} (${typeof id})${why}`);
}

/** @throws InvalidArgumentError (`invalid-argument`) also for a value with bits that the mask does not have: nothing matches it */
export function idMaskOf(match: Match): IdMask {
  if (typeof match !== 'object' || match === null) return { mask: -1, value: idOf(match, 'the match') };
  const mask = idOf(match.mask, 'mask');
  const value = idOf(match.value, 'value');
  if (masked(value, mask) !== value)
    throw invalid(`no id matches: value ${value} has bits that mask ${mask} does not have`);
  return { mask, value };
}

/**
 * A text as an id: FNV-1a, 64 bits, of its UTF-8. Ids of texts are a convention between those who publish and those who
 * subscribe, so none is made unasked.
 *
 * @example
 * ```ts
 * import { hashId } from 'rxserf/notifier';
 *
 * hashId('customer-42'); // 0x…n, the same everywhere
 * ```
 */
export function hashId(text: string): bigint {
  let high = 0xcbf2_9ce4;
  let low = 0x8422_2325;
  for (const byte of new TextEncoder().encode(text)) {
    low = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3, in two halves.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

function exact(id: bigint): Id {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : id;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
