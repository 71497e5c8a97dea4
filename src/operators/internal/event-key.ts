import type { DecodedPayload, LTime, Member, MemberEventType } from '../../model.ts';

/**
 * How much of a key a payload may become, in characters and parts. An agent lets 9 KB of a user event through, and a byte
 * becomes 21 of these at the most (a value that is `undefined`).
 */
const MOST = 200_000;

type Tagged = readonly [tag: string, parts: readonly unknown[]];

/** A name and a payload, as user events and queries have them. */
interface Sent extends DecodedPayload<unknown> {
  readonly event: 'user' | 'query';
  readonly name: string;
  readonly ltime: LTime;
}

/** What tells events apart, as texts. Every text in them is preceded by its length, so none passes for another. */
export class EventKeys {
  /** Instances of two classes are different, whatever their properties say. */
  readonly #classes = new WeakMap<object, number>();
  #known = 0;

  /**
   * Kind, name, Lamport time and payload: what makes a user event one for Serf itself. `undefined` where the payload
   * cannot be compared (a function, an object that says nothing of itself or throws, over {@link MOST}; one that did not
   * fit its schema, and is not there any more): such an event is the same as no other.
   */
  of({ event, name, ltime, payload, payloadError, rawPayload }: Sent): string | undefined {
    if (payloadError && !rawPayload) return undefined;
    const key = rawPayload ? `raw ${bytes(rawPayload)}` : this.#payload(payload);
    return key === undefined ? undefined : `${event} ${text(name)}${ltime} ${key}`;
  }

  #payload(payload: unknown): string | undefined {
    try {
      // Whole, however large: these are what came, or nearly so.
      if (typeof payload === 'string') return `string ${text(payload)}`;
      if (payload instanceof Uint8Array) return `bytes ${bytes(payload)}`;
      return this.#structure(payload);
    } catch {
      // A getter, a toJSON or a proxy of the application's that throws.
      return undefined;
    }
  }

  /** Not by recursion: a hostile payload may be as deep as it is long. */
  #structure(payload: unknown): string | undefined {
    const todo: unknown[] = [payload];
    let key = '';
    let rest = MOST;
    while (todo.length > 0) {
      const value = todo.pop();
      const part = typeof value === 'object' && value !== null ? this.#object(value, rest) : primitive(value);
      if (part === undefined) return undefined;
      const [tag, parts] = typeof part === 'string' ? [part, []] : part;
      key += tag;
      rest -= tag.length + parts.length;
      if (rest < 0) return undefined;
      for (const each of parts) todo.push(each);
    }
    return key;
  }

  /** An object's kind and its parts, with their number: thus it is clear where each ends. */
  #object(value: object, most: number): Tagged | string | undefined {
    if (value instanceof Uint8Array) return value.length > most ? undefined : `bytes ${bytes(value)}`;
    if (Array.isArray(value)) return value.length > most ? undefined : [`array ${value.length} `, value];
    const prototype = Object.getPrototypeOf(value) as object | null;
    const isPlain = prototype === null || prototype === Object.prototype;
    const kind = isPlain ? 'object' : `class ${this.#class(prototype)}`;
    if (ArrayBuffer.isView(value)) {
      const all = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return all.length > most ? undefined : `${kind} ${bytes(all)}`;
    }
    if (value instanceof Map || value instanceof Set) {
      return value.size > most ? undefined : [`${kind} ${value.size} `, [...value.entries()].flat()];
    }
    // Dates and the like, whose state is in no property.
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') return [`${kind} json `, [toJSON.call(value)]];
    const entries = Object.entries(value);
    if (entries.length === 0 && !isPlain) return undefined;
    return [`${kind} ${entries.length} `, entries.flat()];
  }

  #class(prototype: object): number {
    const known = this.#classes.get(prototype);
    if (known !== undefined) return known;
    this.#classes.set(prototype, ++this.#known);
    return this.#known;
  }
}

/** What became of a member, and all that events say of it. */
export function memberKey(kind: MemberEventType, { name, status, address, port, tags }: Member): string {
  // Agents send tags in any order.
  const sorted = Object.keys(tags).sort();
  const said = sorted.map((key) => text(key) + text(tags[key] ?? '')).join('');
  return `${kind} ${text(name)}${text(status)}${text(address)}${port} ${said}`;
}

function primitive(value: unknown): string | undefined {
  if (typeof value === 'string') return `string ${text(value)}`;
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)} `;
}

function text(value: string): string {
  return `${value.length}:${value}`;
}

/** A character for each byte. In pieces: a call takes only so many arguments. */
function bytes(value: Uint8Array): string {
  let shown = `${value.length}:`;
  for (let at = 0; at < value.length; at += 4_096) {
    shown += String.fromCharCode(...value.subarray(at, at + 4_096));
  }
  return shown;
}
