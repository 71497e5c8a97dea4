import { InvalidArgumentError } from '../errors.ts';
import { ELEMENTS, jsonEqual, jsonSize, NotTaken } from './json.ts';
import { type JsonPatchLimits, patchLimits } from './limits.ts';
import { type Container, isContainer, type JsonPatch, type JsonValue } from './operation.ts';
import { JsonPatchError, shown } from './patch-error.ts';
import { indexOf, parsePointer } from './pointer.ts';

/** Options of {@link applyPatch}. */
export interface ApplyPatchOptions {
  /** Bounds on what the patch may do; `Infinity` takes one away. @defaultValue see {@link JsonPatchLimits} */
  readonly limits?: Partial<JsonPatchLimits>;
}

/**
 * The document that a patch (RFC 6902) makes of another one, which stays as it was.
 *
 * Whatever the patch does not touch is shared between the two, so `===` tells what has changed. All operations are applied, or
 * none. Strict: what the RFC calls an error is one. A document has own members only, so that `toString` is nothing special and
 * `__proto__` is a name like any other.
 *
 * To `remove` the whole document is an error, as nothing would be left. Values of the patch become part of the document as they
 * are: neither is to be written to afterwards.
 *
 * @param document any JSON value
 * @param patch what came from a peer may be given as it is: it is checked
 * @throws {@link JsonPatchError} (`patch-invalid`, `patch-conflict`, `patch-test-failed`, `patch-too-large`)
 * @example
 * ```ts
 * import { applyPatch } from 'rxserf/json-patch';
 *
 * const before = { web: { load: 1 }, db: { load: 3 } };
 * const after = applyPatch<typeof before>(before, [{ op: 'replace', path: '/web/load', value: 2 }]);
 * console.log(after.web.load, after.db === before.db); // 2 true
 * ```
 */
export function applyPatch<T = JsonValue>(
  document: unknown,
  patch: JsonPatch,
  options: ApplyPatchOptions = {},
): T {
  return patchDocument({ document, size: undefined }, patch, patchLimits(options.limits)).document as T;
}

/** A document, and its length as JSON text in characters, as far as it is known. */
export interface Sized {
  readonly document: unknown;
  readonly size: number | undefined;
}

/** {@link applyPatch}; where the document's size is known, it is counted on, and `limits.size` bounds the document itself. */
export function patchDocument(sized: Sized, patch: unknown, limits: JsonPatchLimits): Sized {
  if (!Array.isArray(patch))
    throw new JsonPatchError('patch-invalid', 'a JSON Patch is an array of operations');
  if (patch.length > limits.operations) {
    throw new JsonPatchError(
      'patch-too-large',
      `the patch has ${patch.length} operations, limits.operations is ${limits.operations}`,
    );
  }
  const patching = new Patching(sized, limits);
  for (let index = 0; index < patch.length; index++) apply(patching, patch[index], index);
  return { document: patching.document, size: patching.size };
}

type Member = 'path' | 'from' | 'value';
type Operation = Readonly<Record<Member | 'op', unknown>>;

/** What each operation does. A `Map`: `op` is a peer's text. */
const OPERATIONS: ReadonlyMap<unknown, (patching: Patching, operation: Operation) => void> = new Map([
  ['add', add],
  ['remove', remove],
  ['replace', replace],
  ['move', move],
  ['copy', copy],
  ['test', test],
]);

/** RFC 6902, section 4.1. */
function add(patching: Patching, operation: Operation): void {
  const path = pointerIn(operation, 'path');
  const value = valueIn(operation);
  patching.put(path, value, patching.measure(value, path.length));
}

/** RFC 6902, section 4.2. */
function remove(patching: Patching, operation: Operation): void {
  patching.forget(patching.take(pointerIn(operation, 'path')));
}

/** RFC 6902, section 4.3. */
function replace(patching: Patching, operation: Operation): void {
  const path = pointerIn(operation, 'path');
  const value = valueIn(operation);
  patching.set(path, value, patching.measure(value, path.length));
}

/** RFC 6902, section 4.4: a `remove`, and an `add` of what was removed. */
function move(patching: Patching, operation: Operation): void {
  const from = pointerIn(operation, 'from');
  const path = pointerIn(operation, 'path');
  if (startsWith(path, from)) {
    patching.get(from, 'from');
    if (path.length === from.length) return;
    throw conflict('a value cannot be moved into itself', 'from');
  }
  const value = patching.take(from, 'from');
  if (path.length > from.length) patching.measure(value, path.length);
  patching.put(path, value, 0);
}

/** RFC 6902, section 4.5. */
function copy(patching: Patching, operation: Operation): void {
  const path = pointerIn(operation, 'path');
  const value = patching.get(pointerIn(operation, 'from'), 'from');
  // It is in two places from now on, and what is written to the one must not be seen in the other.
  patching.disown();
  patching.put(path, value, patching.measure(value, path.length));
}

/** RFC 6902, section 4.6. */
function test(patching: Patching, operation: Operation): void {
  const wanted = valueIn(operation);
  if (!patching.same(patching.get(pointerIn(operation, 'path')), wanted))
    throw new Refusal('patch-test-failed', 'the value is another one');
}

function apply(patching: Patching, operation: unknown, index: number): void {
  if (!isContainer(operation) || Array.isArray(operation))
    throw new JsonPatchError('patch-invalid', `operation ${index} is no object`, { index });
  const op = memberOf(operation as Operation, 'op');
  const run = OPERATIONS.get(op);
  if (!run) {
    const what = typeof op === 'string' ? shown(op) : 'no text';
    throw new JsonPatchError('patch-invalid', `operation ${index}: op is ${what}`, { index });
  }
  try {
    run(patching, operation as Operation);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const path = memberOf(operation as Operation, error.at);
    const context = { index, operation: op as string, path: typeof path === 'string' ? path : undefined };
    const where = context.path === undefined ? '' : ` ${shown(context.path)}`;
    throw new JsonPatchError(error.code, `operation ${index} (${op}${where}): ${error.message}`, context);
  }
}

/** Why an operation is not carried out; {@link apply} says of which. */
class Refusal extends Error {
  readonly code: 'patch-invalid' | 'patch-conflict' | 'patch-test-failed' | 'patch-too-large';
  readonly at: 'path' | 'from';

  constructor(code: Refusal['code'], message: string, at: Refusal['at'] = 'path') {
    super(message);
    this.code = code;
    this.at = at;
  }
}

const conflict = (message: string, at?: Refusal['at']) => new Refusal('patch-conflict', message, at);

function memberOf(operation: Operation, member: Member | 'op'): unknown {
  return Object.hasOwn(operation, member) ? operation[member] : undefined;
}

function pointerIn(operation: Operation, member: 'path' | 'from'): string[] {
  const pointer = memberOf(operation, member);
  if (typeof pointer !== 'string') throw new Refusal('patch-invalid', `${member} should be a text`, member);
  try {
    return parsePointer(pointer);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new Refusal('patch-invalid', error.message, member);
    throw error;
  }
}

function valueIn(operation: Operation): unknown {
  if (Object.hasOwn(operation, 'value')) return operation.value;
  throw new Refusal('patch-invalid', 'value is missing');
}

function startsWith(tokens: readonly string[], start: readonly string[]): boolean {
  return start.length <= tokens.length && start.every((token, i) => token === tokens[i]);
}

/**
 * One application of a patch: the document as the operations so far have made it. A container is copied when it is first
 * written to, and is the patch's own from then on.
 */
class Patching {
  document: unknown;
  /** The document's size; where it is not known, what the values that were put in come to. */
  size: number;
  readonly #counting: boolean;
  readonly #limits: JsonPatchLimits;
  #own = new Set<Container>();
  #work = 0;
  readonly #step = (work: number): void => this.#spend(work);

  constructor({ document, size }: Sized, limits: JsonPatchLimits) {
    this.document = document;
    this.#counting = size !== undefined;
    this.size = size ?? 0;
    this.#limits = limits;
  }

  /** The value at a path, which has to be there. */
  get(tokens: readonly string[], at?: Refusal['at']): unknown {
    let value = this.document;
    for (const token of tokens) value = childOf(value, token, at);
    return value;
  }

  /** Puts a value of a size where there was none; in an array, in front of the one that was there. */
  put(tokens: readonly string[], value: unknown, size: number): void {
    const token = tokens.at(-1);
    const parent = token === undefined ? undefined : this.#writable(tokens);
    if (token === undefined || (isTable(parent) && Object.hasOwn(parent, token)))
      this.set(tokens, value, size);
    else if (isTable(parent)) {
      assign(parent, token, value);
      this.#grow(size + token.length + 4);
    } else this.#insert(parent as unknown[], token, value, size);
  }

  /** Puts a value of a size in the place of another one, which has to be there. */
  set(tokens: readonly string[], value: unknown, size: number): void {
    const token = tokens.at(-1);
    if (token === undefined) {
      if (this.#counting) this.size = 0;
      this.document = value;
    } else {
      const parent = this.#writable(tokens);
      this.forget(childOf(parent, token));
      assign(parent, token, value);
    }
    this.#grow(size);
  }

  /** Takes a value out. */
  take(tokens: readonly string[], at?: Refusal['at']): unknown {
    const token = tokens.at(-1);
    if (token === undefined) throw conflict('the whole document cannot be removed: replace it', at);
    const parent = this.#writable(tokens, at);
    const value = childOf(parent, token, at);
    if (isTable(parent)) {
      delete parent[token];
      if (this.#counting) this.size -= token.length + 4;
    } else {
      const index = Number(token);
      this.#spend((parent.length - index) / ELEMENTS);
      if (index === parent.length - 1) parent.pop();
      else parent.splice(index, 1);
      if (this.#counting) this.size -= 1;
    }
    return value;
  }

  /** Counts a value that has been taken out. */
  forget(value: unknown): void {
    if (this.#counting) this.size -= this.measure(value, 0);
  }

  /** How large a value is that is to be so many levels below the root; refuses what may not be there. */
  measure(value: unknown, level: number): number {
    const { depth, size } = this.#limits;
    try {
      return jsonSize(value, { depth: depth - level, size }, undefined, this.#step);
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      if (error.code === 'not-json') throw new Refusal('patch-invalid', `value: ${error.message}`);
      throw new Refusal('patch-too-large', `the value: ${error.message}`);
    }
  }

  /** Whether two values are the same JSON. */
  same(one: unknown, other: unknown): boolean {
    return jsonEqual(one, other, this.#step);
  }

  /** From now on, all is shared again. */
  disown(): void {
    this.#own = new Set();
  }

  #insert(parent: unknown[], token: string, value: unknown, size: number): void {
    const index = token === '-' ? parent.length : indexOf(token);
    if (index === undefined) throw conflict(`${shown(token)} is no index of an array`);
    if (index > parent.length) throw conflict(`the array has ${parent.length} elements`);
    this.#spend((parent.length - index) / ELEMENTS);
    if (index === parent.length) parent.push(value);
    else parent.splice(index, 0, value);
    this.#grow(size + 1);
  }

  /** The container that the last token is in, made the patch's own, and those above it with it. */
  #writable(tokens: readonly string[], at?: Refusal['at']): Table | unknown[] {
    let container = this.#owned(this.document, at);
    this.document = container;
    for (let i = 0; i < tokens.length - 1; i++) {
      const token = tokens[i] as string;
      const child = childOf(container, token, at);
      const owned = this.#owned(child, at);
      if (owned !== child) assign(container, token, owned);
      container = owned;
    }
    return container;
  }

  #owned(value: unknown, at?: Refusal['at']): Table | unknown[] {
    if (!isContainer(value)) throw notThere(value, at);
    if (this.#own.has(value)) return value as Table | unknown[];
    const copied = Array.isArray(value) ? value.slice() : this.#copyOf(value as Table);
    if (Array.isArray(copied)) this.#spend(copied.length / ELEMENTS);
    this.#own.add(copied);
    return copied;
  }

  /** A loop, as `{...value}` takes twice as long where there are thousands of members. */
  #copyOf(value: Table): Table {
    const copied: Table = Object.getPrototypeOf(value) === null ? Object.create(null) : {};
    const keys = Object.keys(value);
    this.#spend(keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (key === '__proto__') assign(copied, key, value[key]);
      else copied[key] = value[key];
    }
    return copied;
  }

  #grow(by: number): void {
    this.size += by;
    if (this.size <= this.#limits.size) return;
    throw new Refusal(
      'patch-too-large',
      `it comes to more than ${this.#limits.size} characters (limits.size)`,
    );
  }

  #spend(work: number): void {
    this.#work += work;
    if (this.#work > this.#limits.work)
      throw new Refusal(
        'patch-too-large',
        `the patch takes more than ${this.#limits.work} steps (limits.work)`,
      );
  }
}

type Table = Record<string, unknown>;

function isTable(value: unknown): value is Table {
  return isContainer(value) && !Array.isArray(value);
}

/** Sets a member or an element; `__proto__` is a member like any other. */
function assign(container: Table | unknown[], token: string, value: unknown): void {
  if (Array.isArray(container)) container[Number(token)] = value;
  else if (token !== '__proto__') container[token] = value;
  else
    Object.defineProperty(container, token, { value, writable: true, enumerable: true, configurable: true });
}

/** A member or an element, which has to be there. */
function childOf(value: unknown, token: string, at?: Refusal['at']): unknown {
  if (Array.isArray(value)) {
    const index = indexOf(token);
    if (index === undefined) throw conflict(`${shown(token)} is no index of an element`, at);
    if (index >= value.length) throw conflict(`the array has ${value.length} elements`, at);
    return value[index];
  }
  if (!isTable(value)) throw notThere(value, at);
  if (!Object.hasOwn(value, token)) throw conflict(`there is no member ${shown(token)}`, at);
  return value[token];
}

function notThere(value: unknown, at?: Refusal['at']): Refusal {
  return conflict(`${value === null ? 'null' : `a ${typeof value}`} has no members`, at);
}
