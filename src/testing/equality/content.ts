// What objects are, and what they hold in fields and without.

/** `Array`, `Date`, …, as the language has it, or as the class says. */
export function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** The bytes of a buffer or of a view of one. */
export function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const kind = kindOf(value);
  return kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer'
    ? new Uint8Array(value as ArrayBuffer)
    : undefined;
}

/** What a date, a primitive in a box, a pattern or a URL stands for; `undefined` for anything else. */
export function primitiveOf(value: object): unknown {
  const kind = kindOf(value);
  if (/^(Date|Number|String|Boolean|BigInt|Symbol)$/.test(kind)) return value.valueOf();
  return /^(RegExp|URL|URLSearchParams)$/.test(kind) ? String(value) : undefined;
}

/** Whether it is a table: no class has made it. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // One at the root: that of `{}`, of this realm or another, or of a table that inherits nothing.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The own keys of any of them, symbols too, that whoever copies it would copy. */
export function keysOf(...objects: readonly object[]): PropertyKey[] {
  const keys = objects.flatMap((object) =>
    Reflect.ownKeys(object).filter((key) => Object.getOwnPropertyDescriptor(object, key)?.enumerable),
  );
  return [...new Set(keys)];
}
