import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loose } from '../../src/jsonrpc/loose.ts';
import { type JsonObject, lenientError } from '../../src/jsonrpc/messages.ts';
import { WrittenIds } from '../../src/jsonrpc/text.ts';
import { v1 } from '../../src/jsonrpc/v1.ts';
import { v2 } from '../../src/jsonrpc/v2.ts';

const parse = (json: string) => JSON.parse(json) as JsonObject;
/** As it is after a round trip: -0 is 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const method = fc.string({ unit: 'binary' });
const list = fc.array(json);

describe.each([v1, v2, loose])('$name reads what it writes:', (protocol) => {
  test('requests and notifications', () => {
    const id = fc.option(fc.nat(), { nil: undefined });
    const property = fc.property(method, id, list, (name, number, params) => {
      const message = protocol.request(parse(protocol.call(name, number, JSON.stringify(params))));
      expect(message).toEqual(
        number === undefined
          ? { type: 'notification', method: name, params }
          : { type: 'request', id: number, method: name, params },
      );
    });
    fc.assert(property);
  });

  test('results', () => {
    const property = fc.property(json, json, (id, result) => {
      const message = protocol.response(parse(protocol.result(JSON.stringify(id), JSON.stringify(result))));
      expect(message).toEqual({ type: 'result', id, result });
    });
    fc.assert(property);
  });

  test('errors', () => {
    const property = fc.property(json, fc.integer(), method, json, (id, code, message, data) => {
      const read = protocol.response(parse(protocol.error(JSON.stringify(id), { code, message, data })));
      expect(read).toEqual({ type: 'error', id, error: { code, message: message, data } });
    });
    fc.assert(property);
  });

  test('any object is something', () => {
    const names = fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error', '__proto__');
    const object = fc.dictionary(names, fc.oneof(json, fc.constant('2.0')));
    const property = fc.property(object, (value) => {
      const read = [
        protocol.request(parse(JSON.stringify(value))),
        protocol.response(parse(JSON.stringify(value))),
      ];
      for (const { type } of read)
        expect(['request', 'notification', 'result', 'error', 'invalid', 'bad-response']).toContain(type);
    });
    fc.assert(property);
  });
});

test.each([
  ['boom', { code: -100, message: 'boom' }],
  [7, { code: 7, message: 'no error message provided' }],
  [7.5, { code: -100, message: 'no error message provided' }],
  [{ code: 7 }, { code: 7, message: 'no error message provided' }],
  [{ message: 'boom' }, { code: -100, message: 'boom' }],
  [
    { code: '7', message: 7, data: 1 },
    { code: -100, message: 'no error message provided', data: 1 },
  ],
  [[], { code: -100, message: 'no error message provided' }],
  [true, { code: -100, message: 'no error message provided' }],
])('an error of 1.0, as far as it goes: %j', (error, expected) => {
  expect(lenientError(error)).toEqual(expected);
});

describe('ids that no number holds come back as they were written', () => {
  const number = fc.constantFrom('1.5', '1e400', '-1.50', '99999999999999999999', '1.255E+2', '0.10');
  const key = fc.constantFrom('"id"', '"\\u0069d"', '"i\\u0064"');
  const other = fc.constantFrom('"Id"', '"idd"', '"\\"id"', '"i\\\\d"', '"params"', '""');
  const space = fc.constantFrom('', ' ', '\n\t');
  /** What is no id of the message: texts that look like one, ids further in. */
  const noise = fc.oneof(
    json.map((value) => JSON.stringify(value)),
    fc.constantFrom('{"id":7.5}', '[{"id":7.5},{"id":8.5}]', '"\\"id\\":7.5"', '"id"', '"{"', '"\\\\"'),
  );
  const member = fc
    .record({
      number,
      key,
      space,
      before: fc.array(fc.tuple(other, noise)),
      after: fc.array(fc.tuple(other, noise)),
    })
    .map(({ number, key, space, before, after }) => {
      const pairs = [...before, [key, number] as const, ...after];
      const written = pairs.map(([name, value]) => `${space}${name}${space}:${space}${value}${space}`);
      return { number, text: `{${written.join(',')}}` };
    });

  test('of a message', () => {
    fc.assert(
      fc.property(member, space, ({ number, text }, space) => {
        const message = `${space}${text}${space}`;
        const { id } = JSON.parse(message) as { id: number };
        expect(new WrittenIds(message).of(id)).toBe(number);
      }),
    );
  });

  test('of the members of a batch', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(member, noise), { minLength: 1 }), space, (members, space) => {
        const texts = members.map((each) => (typeof each === 'string' ? each : each.text));
        const message = `${space}[${texts.join(`${space},${space}`)}]`;
        const values = JSON.parse(message) as readonly { id: number }[];
        const ids = new WrittenIds(message);
        members.forEach((each, index) => {
          if (typeof each !== 'string') expect(ids.of(values[index]?.id, index)).toBe(each.number);
        });
      }),
    );
  });

  test('of two in one message the last', () => {
    expect(new WrittenIds('{"id":1.5,"id":2.50}').of(2.5)).toBe('2.50');
    expect(new WrittenIds('{"id":1.5,"id":"x"}').of('x')).toBe('"x"');
  });
});
