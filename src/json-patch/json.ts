import { InvalidArgumentError } from '../errors.ts';
import { checkLevel } from './limits.ts';
import { type Container, isContainer } from './operation.ts';
import { formatPointer } from './pointer.ts';

/** How many elements of an array take the time of one member. */
export const ELEMENTS = 8;

/** Told of an object or array before it is looked through: itself, and what it has. */
type Visit = (work: number) => void;

/** Bounds on {@link jsonSize}. */
export interface JsonBounds {
  /** How deep objects and arrays may nest. */
  readonly depth: number;
  /** What the value may take as JSON text, in characters. */
  readonly size: number;
}

/** Why a value is not taken. */
export class NotTaken extends Error {
  readonly code: 'not-json' | 'too-deep' | 'too-large';
  /** Where, as a JSON Pointer. */
  readonly path: string;

  constructor(code: NotTaken['code'], path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/**
 * How long a value is as JSON text, in characters without escapes and spaces; a number that is no small integer counts 17.
 *
 * @param known a value that was measured before: what the two share at the same place is not looked at again, and counts 0
 * @param visit called for each object and array, with how many members it has; {@link ELEMENTS} of an array count as one
 * @throws {@link NotTaken} for what JSON cannot say (`undefined`, `NaN`, a `Date`, a cycle…) and beyond the bounds
 */
export function jsonSize(value: unknown, bounds: JsonBounds, known?: unknown, visit?: Visit): number {
  return new Measuring(bounds, visit).measure(value, known);
}

class Measuring {
  readonly #bounds: JsonBounds;
  readonly #visit: Visit | undefined;
  readonly #path: (string | number)[] = [];
  #size = 0;

  constructor(bounds: JsonBounds, visit: Visit | undefined) {
    this.#bounds = bounds;
    this.#visit = visit;
  }

  measure(value: unknown, known: unknown): number {
    this.#add(value, known, undefined);
    return this.#size;
  }

  #add(value: unknown, known: unknown, at: string | number | undefined): void {
    switch (typeof value) {
      case 'string':
        this.#grow(value.length + 2);
        return;
      case 'number':
        if (!Number.isFinite(value)) throw this.#refuse('not-json', at, `${value} is not JSON`);
        this.#grow(Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value).length : 17);
        return;
      case 'boolean':
        this.#grow(value ? 4 : 5);
        return;
      case 'object':
        if (value === null) this.#grow(4);
        else if (value !== known) this.#addContainer(value as Container, known, at);
        return;
      default:
        throw this.#refuse('not-json', at, `${describe(value)} is not JSON`);
    }
  }

  #addContainer(value: Container, known: unknown, at: string | number | undefined): void {
    if (at !== undefined) this.#path.push(at);
    // A cycle is found here, too: it has no end.
    if (this.#path.length >= this.#bounds.depth)
      throw this.#refuse('too-deep', undefined, `deeper than ${this.#bounds.depth}, or a cycle`);
    this.#grow(2);
    const before = isContainer(known) ? (known as Record<string, unknown>) : undefined;
    if (Array.isArray(value)) {
      this.#visit?.(1 + value.length / ELEMENTS);
      for (let i = 0; i < value.length; i++) {
        this.#grow(1);
        this.#add(value[i], before?.[i], i);
      }
    } else {
      if (!isPlain(value)) throw this.#refuse('not-json', undefined, `${describe(value)} is not JSON`);
      const keys = Object.keys(value);
      this.#visit?.(1 + keys.length);
      for (const key of keys) {
        this.#grow(key.length + 4);
        this.#add((value as Record<string, unknown>)[key], before?.[key], key);
      }
    }
    if (at !== undefined) this.#path.pop();
  }

  #grow(by: number): void {
    this.#size += by;
    if (this.#size > this.#bounds.size)
      throw this.#refuse('too-large', undefined, `larger than ${this.#bounds.size} characters`);
  }

  #refuse(code: NotTaken['code'], at: string | number | undefined, message: string): NotTaken {
    return new NotTaken(code, formatPointer(at === undefined ? this.#path : [...this.#path, at]), message);
  }
}

/** Whether it is a table: no class has made it. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'undefined' : `a ${typeof value}`;
  const made: unknown = value.constructor;
  return typeof made === 'function' && made.name !== '' ? `an instance of ${made.name}` : 'such an object';
}

/**
 * Checks what somebody is to send as JSON.
 *
 * @param what how errors call it
 * @throws `InvalidArgumentError` (`invalid-payload`, or `payload-too-large` with `limit`) that says where in it
 */
export function assertJson(what: string, value: unknown, bounds: JsonBounds, known?: unknown): number {
  try {
    return jsonSize(value, bounds, known);
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    const code = error.code === 'too-large' ? 'payload-too-large' : 'invalid-payload';
    const limit = error.code === 'too-large' ? bounds.size : undefined;
    const where = error.path === '' ? what : `${what} at ${error.path.slice(0, 200)}`;
    throw new InvalidArgumentError(code, `${where}: ${error.message}`, { limit });
  }
}

/**
 * Whether two values are the same JSON (RFC 6902, section 4.6): numbers by their value, objects in any order, own members
 * only.
 *
 * @param visit called for each pair of objects or arrays that are looked through, as {@link jsonSize} does
 * @param unequal pairs that are known to differ; those on the way to a difference that is found are added
 * @throws `InvalidArgumentError` (`invalid-payload`) where both nest too deep
 */
export function jsonEqual(
  one: unknown,
  other: unknown,
  visit?: Visit,
  unequal?: Map<unknown, unknown>,
  level = 0,
): boolean {
  if (one === other) return true;
  if (!isContainer(one) || !isContainer(other) || unequal?.get(one) === other) return false;
  checkLevel(level);
  if (sameMembers(one, other, visit, unequal, level + 1)) return true;
  unequal?.set(one, other);
  return false;
}

function sameMembers(
  one: Container,
  other: Container,
  visit: Visit | undefined,
  unequal: Map<unknown, unknown> | undefined,
  level: number,
): boolean {
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    visit?.(1 + one.length / ELEMENTS);
    for (let i = 0; i < one.length; i++)
      if (!jsonEqual(one[i], other[i], visit, unequal, level)) return false;
    return true;
  }
  if (Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  visit?.(1 + keys.length);
  for (const key of keys) {
    if (!Object.hasOwn(right, key) || !jsonEqual(left[key], right[key], visit, unequal, level)) return false;
  }
  return true;
}
