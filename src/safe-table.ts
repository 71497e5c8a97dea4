/**
 * A table whose keys come from the wire: any key is just data, `__proto__`, `constructor` and `toString` too, as it inherits no
 * key that is a text. It prints and converts as a plain object does, by symbols, which no key on the wire is.
 *
 * A constructor, as `Object.create(null)` gives an object in V8's dictionary mode, several times slower to fill and to read.
 */
export const SafeTable = /* @__PURE__ */ makeConstructor();

function makeConstructor() {
  function Table() {}
  Table.prototype = Object.create(null, {
    // `String(tags)`, `${tags}`, which would throw.
    [Symbol.toPrimitive]: { value: () => '[object Object]' },
    // Node's console.log, which would show the prototype.
    [Symbol.for('nodejs.util.inspect.custom')]: {
      value(this: object) {
        return { ...this };
      },
    },
  });
  return Table as unknown as new () => Record<string, never>;
}
