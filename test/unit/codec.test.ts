import { encode as msgpackBytes } from '@msgpack/msgpack';
import fc from 'fast-check';
import { binary, json, msgpack, utf8 } from 'rxserf';
import { describe, expect, expectTypeOf, test } from 'vitest';

const bytes = (...values: number[]) => Uint8Array.from(values);
const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** In the middle of a larger buffer, as payloads come. */
const view = (content: Uint8Array) => {
  const buffer = new Uint8Array(content.length + 10).fill(0xee);
  buffer.set(content, 5);
  return buffer.subarray(5, 5 + content.length);
};

describe('binary', () => {
  const codec = binary();

  test('gives bytes as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(codec.encode(value)).toEqual(value);
        expect(codec.decode(view(value))).toEqual(value);
      }),
    );
  });

  test('decodes to the bytes themselves: they are its own (the reader has copied them)', () => {
    const payload = bytes(2, 3);

    expect(codec.decode(payload)).toBe(payload);
  });

  test('no bytes are no bytes', () => {
    expect(codec.decode(bytes())).toEqual(bytes());
    expect(codec.encode(bytes())).toEqual(bytes());
  });

  test.each([['text'], [[1, 2]], [null], [1], [new ArrayBuffer(1)], [new Uint16Array(1)]])(
    'takes nothing but a Uint8Array: %j',
    (value) => {
      expect(() => codec.encode(value as never)).toThrow(
        new TypeError('the binary codec takes a Uint8Array'),
      );
    },
  );
});

describe('utf8', () => {
  const codec = utf8();
  // Any code points but surrogates. (`fc.string` has the same, and takes seconds to set it up.)
  const codePoint = fc.oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  );
  const text = fc.array(codePoint).map((codePoints) => String.fromCodePoint(...codePoints));

  test('round trip', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(codec.decode(view(codec.encode(value)))).toBe(value);
      }),
    );
  });

  test('spells', () => {
    expect(codec.encode('aü€𝄞')).toEqual(bytes(0x61, 0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xf0, 0x9d, 0x84, 0x9e));
  });

  test('no bytes are the empty text; undefined is no bytes', () => {
    expect(codec.decode(bytes())).toBe('');
    expect(codec.encode('')).toEqual(bytes());
    expect(codec.encode(undefined)).toEqual(bytes());
  });

  test('a BOM is a character like others', () => {
    expect(codec.decode(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(codec.encode('\ufeffa')).toEqual(bytes(0xef, 0xbb, 0xbf, 0x61));
  });

  test.each([
    ['a stray byte', bytes(0x61, 0xff)],
    ['a character cut short', bytes(0xe2, 0x82)],
    ['an overlong form', bytes(0xc0, 0x80)],
    ['a surrogate', bytes(0xed, 0xa0, 0x80)],
    ['Latin-1', bytes(0xfc)],
  ])('%s is not UTF-8', (_, payload) => {
    expect(() => codec.decode(payload)).toThrow(TypeError);
  });

  test('what did not decode leaves no trace in the next', () => {
    expect(() => codec.decode(bytes(0xe2, 0x82))).toThrow(TypeError);
    expect(codec.decode(bytes(0x61))).toBe('a');
  });

  test.each([[1], [null], [{}], [bytes(1)]])('takes nothing but a text: %j', (value) => {
    expect(() => codec.encode(value as never)).toThrow(new TypeError('the utf8 codec takes a string'));
  });
});

describe('json', () => {
  const codec = json();

  test('round trip', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(codec.decode(view(codec.encode(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('spells', () => {
    expect(codec.encode({ version: 'ü' })).toEqual(new TextEncoder().encode('{"version":"ü"}'));
    expect(codec.encode(null)).toEqual(ascii('null'));
    expect(codec.encode('')).toEqual(ascii('""'));
  });

  test('no payload is undefined, both ways; null is a value', () => {
    expect(codec.decode(bytes())).toBeUndefined();
    expect(codec.encode(undefined)).toEqual(bytes());
    expect(codec.decode(ascii('null'))).toBeNull();
  });

  test('a payload that names __proto__ changes no prototype', () => {
    const decoded = codec.decode(
      ascii('{"__proto__":{"admin":true},"a":{"constructor":{"prototype":{"admin":true}}}}'),
    );

    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect((decoded as { admin?: boolean }).admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    ['not JSON', ascii('{version: 1}'), SyntaxError],
    ['JSON cut short', ascii('{"version":'), SyntaxError],
    ['two values', ascii('1 2'), SyntaxError],
    ['blanks only', ascii(' '), SyntaxError],
    ['a BOM', bytes(0xef, 0xbb, 0xbf, 0x31), SyntaxError],
    ['not UTF-8', bytes(0x22, 0xff, 0x22), TypeError],
  ])('%s does not decode', (_, payload, error) => {
    expect(() => codec.decode(payload)).toThrow(error);
  });

  test('what JSON has no form for does not encode', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;

    expect(() => codec.encode(() => 1)).toThrow(new TypeError('JSON has no form for a function'));
    expect(() => codec.encode(Symbol('s'))).toThrow(new TypeError('JSON has no form for a symbol'));
    expect(() => codec.encode(1n)).toThrow(TypeError);
    expect(() => codec.encode(circle)).toThrow(TypeError);
  });

  test('is typed by what it is said to carry', () => {
    expectTypeOf(json<{ version: string }>().decode).returns.toEqualTypeOf<{ version: string } | undefined>();
  });
});

describe('msgpack', () => {
  const codec = msgpack();
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      // MessagePack's integers have no −0.
      fc.double({ noNaN: true }).map((number) => number + 0),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  })).value;

  test('round trip', () => {
    fc.assert(
      fc.property(value, (sent) => {
        expect(codec.decode(view(codec.encode(sent)))).toEqual(sent);
      }),
    );
  });

  test('what was decoded stays as it is when the next payload is', () => {
    const codec = msgpack();
    const small = [
      bytes(1, 2, 3),
      [bytes(4), 'text', [bytes(5, 6)]],
      { key: bytes(7), name: 'é' },
      new Date(1_700_000_000_000),
      'a text of sixty characters, which is as long as small ones go',
      0xc4,
    ];
    const encoded = small.map((value) => msgpackBytes(value));
    const decoded = encoded.map((payload) => codec.decode(view(payload)));
    for (let byte = 0; byte < 64; byte++) codec.decode(msgpackBytes('x'.repeat(byte)));
    expect(decoded).toEqual(small);
  });

  test('spells', () => {
    expect(codec.encode({ a: [1, null] })).toEqual(bytes(0x81, 0xa1, 0x61, 0x92, 0x01, 0xc0));
    expect(codec.encode(null)).toEqual(bytes(0xc0));
  });

  test('no payload is undefined, both ways; null is a value', () => {
    expect(codec.decode(bytes())).toBeUndefined();
    expect(codec.encode(undefined)).toEqual(bytes());
    expect(codec.decode(bytes(0xc0))).toBeNull();
  });

  test('a payload that names __proto__ does not decode', () => {
    const hostile = msgpackBytes(Object.fromEntries([['__proto__', { admin: true }]]));

    expect(() => codec.decode(hostile)).toThrow(/__proto__/);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    ['cut short', bytes(0x92, 0x01)],
    ['two values', bytes(0x01, 0x02)],
    ['a byte that means nothing', bytes(0xc1)],
    ['a length that is a lie', bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ])('%s does not decode', (_, payload) => {
    expect(() => codec.decode(payload)).toThrow();
  });

  test('what MessagePack has no form for does not encode', () => {
    expect(() => codec.encode(() => 1)).toThrow(/function/i);
    expect(() => codec.encode(Symbol('s'))).toThrow();
  });
});
