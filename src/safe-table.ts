/**
 * A constructor of objects without a prototype worth the name. (`Object.create(null)` gives an object in V8's
 * dictionary mode, several times slower to fill and to read.)
 */
export const SafeTable = function Table() {} as unknown as new () => Record<string, never>;
(SafeTable as { prototype: unknown }).prototype = Object.create(null);
