import { align } from './array-alignment.ts';
import { checkLevel } from './limits.ts';
import { isContainer, type JsonPatchOperation, type JsonValue } from './operation.ts';
import { escapeToken } from './pointer.ts';

/**
 * The patch (RFC 6902) that makes one document of another; empty when they are equal.
 *
 * Linear in the size of the documents, and quick where they share branches: what is `===` is not looked at. Arrays are compared
 * from both ends, and between them by what is identical in both; a changed object or array whose patch would be longer than
 * itself is replaced as a whole. It is right at every root, scalars and `null` too, and has `add`, `remove` and `replace` only.
 *
 * Values of `to` become part of the patch as they are. The patch need not be the shortest one.
 *
 * @param from any JSON value
 * @param to any JSON value
 * @throws `InvalidArgumentError` (`invalid-payload`) for documents that nest deeper than 1,000, or are cyclic
 * @example
 * ```ts
 * import { diff } from 'rxserf/json-patch';
 *
 * diff({ load: 1, up: true }, { load: 2, up: true }); // [{ op: 'replace', path: '/load', value: 2 }]
 * ```
 */
export function diff(from: unknown, to: unknown): JsonPatchOperation[] {
  const changes = new Changes();
  changes.between('', from, to, 0);
  return changes.operations;
}

/** The operations found so far. */
class Changes {
  readonly operations: JsonPatchOperation[] = [];
  /** What they come to as JSON text, about, in characters. */
  #size = 0;
  /** Containers that were compared, and differ; no more than one for each of `from`. */
  readonly #unequal = new Map<unknown, unknown>();

  /** Adds what makes `to` of `from`, both at a path. */
  between(path: string, from: unknown, to: unknown, level: number): void {
    if (from === to) return;
    if (!isContainer(from) || !isContainer(to) || Array.isArray(from) !== Array.isArray(to)) {
      this.replace(path, to);
      return;
    }
    checkLevel(level);
    const { length } = this.operations;
    const size = this.#size;
    const least = Array.isArray(from)
      ? this.#betweenArrays(path, from, to as readonly unknown[], level + 1)
      : this.#betweenObjects(path, from as Table, to as Table, level + 1);
    const patch = this.#size - size - REPLACE - path.length;
    // The first is known without looking, and of a large object says enough.
    if (least >= 0 && (patch <= least || sizeWithin(to, patch, 0) >= patch)) return;
    this.operations.length = length;
    this.#size = size;
    this.replace(path, to);
  }

  add(path: string, value: unknown): void {
    this.operations.push({ op: 'add', path, value: value as JsonValue });
    this.#size += ADD + path.length + sizeWithin(value, Number.POSITIVE_INFINITY, 0);
  }

  remove(path: string): void {
    this.operations.push({ op: 'remove', path });
    this.#size += REMOVE + path.length;
  }

  replace(path: string, value: unknown): void {
    this.operations.push({ op: 'replace', path, value: value as JsonValue });
    this.#size += REPLACE + path.length + sizeWithin(value, Number.POSITIVE_INFINITY, 0);
  }

  /** Returns what `to` comes to at least. */
  #betweenObjects(path: string, from: Table, to: Table, level: number): number {
    const keys = Object.keys(to);
    let common = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const before = from[key];
      const after = to[key];
      // What is inherited is never identical to a JSON value.
      if (before === after && after !== undefined) common++;
      else if (Object.hasOwn(from, key)) {
        common++;
        this.between(`${path}/${escapeToken(key)}`, before, after, level);
      } else this.add(`${path}/${escapeToken(key)}`, after);
    }
    const old = Object.keys(from);
    if (old.length > common)
      for (const key of old) if (!Object.hasOwn(to, key)) this.remove(`${path}/${escapeToken(key)}`);
    return keys.length * MEMBER;
  }

  /** Returns what `to` comes to at least. */
  #betweenArrays(path: string, from: readonly unknown[], to: readonly unknown[], level: number): number {
    const { start, end, kept } = align(from, to, this.#unequal);
    // How far each of the two is done, and how many elements have come or gone.
    let old = start;
    let made = start;
    let moves = 0;
    const upTo = (nextOld: number, nextMade: number): void => {
      while (old < nextOld && made < nextMade)
        this.between(`${path}/${made}`, from[old++], to[made++], level);
      for (; old < nextOld; old++, moves++) this.remove(`${path}/${made}`);
      for (; made < nextMade; made++, moves++) this.add(`${path}/${made}`, to[made]);
    };
    for (const [keptOld, keptMade] of kept) {
      upTo(keptOld, keptMade);
      old++;
      made++;
    }
    upTo(from.length - end, to.length - end);
    return moves * to.length > MOST_MOVES ? Number.NEGATIVE_INFINITY : to.length * ELEMENT;
  }
}

/** How many elements may move, one by one, before a large array is replaced: whoever applies the patch moves them all. */
const MOST_MOVES = 16_000_000;

type Table = Readonly<Record<string, unknown>>;

/** What operations come to without their path and value: `{"op":"add","path":"","value":},`. */
const ADD = 31;
const REPLACE = 35;
const REMOVE = 26;
/** What a member and an element come to at least: `"":0,` and `0,`. */
const MEMBER = 5;
const ELEMENT = 2;

/** How long a value is as JSON text, about, in characters; once it is over `most`, what has been counted so far. */
function sizeWithin(value: unknown, most: number, level: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (!isContainer(value)) return 5;
  checkLevel(level);
  let size = 2;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && size < most; i++)
      size += 1 + sizeWithin(value[i], most - size, level + 1);
    return size;
  }
  for (const key in value) {
    if (size >= most) break;
    size += key.length + 4 + sizeWithin((value as Table)[key], most - size, level + 1);
  }
  return size;
}
