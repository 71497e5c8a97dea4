import fc from 'fast-check';
import { connect, InvalidArgumentError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { eventMatcher, normalizeFilter } from '../../src/filter.ts';
import { thrownBy } from './shown.ts';

describe('normalizeFilter', () => {
  test.each<[string | string[], string]>([
    ['*', '*'],
    ['user', 'user'],
    ['query', 'query'],
    ['member-join', 'member-join'],
    ['member-leave', 'member-leave'],
    ['member-failed', 'member-failed'],
    ['member-update', 'member-update'],
    ['member-reap', 'member-reap'],
    ['user:deploy', 'user:deploy'],
    ['query:load', 'query:load'],
    // Names are anything but a comma.
    ['user:a:b', 'user:a:b'],
    ['user:*', 'user:*'],
    ['user: deploy ', 'user: deploy '],
    ['user:Ünïcode 🚀', 'user:Ünïcode 🚀'],
    ['query:query', 'query:query'],
    // One order, no doubles.
    ['user:deploy,member-join', 'member-join,user:deploy'],
    ['member-join,user:deploy', 'member-join,user:deploy'],
    [['user:deploy', 'member-join'], 'member-join,user:deploy'],
    ['user:b,user:a,user:b', 'user:a,user:b'],
    [['user', 'user'], 'user'],
    // What another part covers goes.
    ['*,user:deploy,member-join', '*'],
    [['query', '*'], '*'],
    ['user:deploy,user', 'user'],
    ['query:a,user:a,query', 'query,user:a'],
    ['user,query:user', 'query:user,user'],
    // Names differ by case.
    ['user:A,user:a', 'user:A,user:a'],
  ])('%j is %j', (filter, expected) => {
    expect(normalizeFilter(filter)).toBe(expected);
  });

  const list =
    'use one of *, member-failed, member-join, member-leave, member-reap, member-update, query, user, user:NAME, query:NAME, without spaces';

  test.each<[string, unknown, string]>([
    ['an empty text', '', `"" (${list})`],
    ['an empty array', [], "an empty list (use '*' for everything)"],
    ['an unknown kind', 'deploy', `"deploy" (${list})`],
    ['a kind of another case', 'User', `"User" (${list})`],
    ['a kind cut short', 'member-joi', `"member-joi" (${list})`],
    ['a member kind with a name', 'member-join:n1', `"member-join:n1" (${list})`],
    ['everything with a name', '*:a', `"*:a" (${list})`],
    ['a user event without its name', 'user:', '"user:" (use \'user\' for every name)'],
    ['a query without its name', 'query:', '"query:" (use \'query\' for every name)'],
    ['a blank before a part', 'user, query', `" query" (${list})`],
    ['a comma at the end', 'user,', `"" (${list})`],
    ['a bad part of a good list', 'user,*,nope', `"nope" (${list})`],
    ['a bad part of an array', ['user', 'nope'], `"nope" (${list})`],
    [
      'a comma in an array',
      ['user:a,query'],
      '"user:a,query" (the agent splits filters at commas: give each its own array item)',
    ],
    ['a number', 7, 'number (filters are texts)'],
    ['a number in an array', ['user', 7], 'number (filters are texts)'],
    ['null', null, 'object (filters are texts)'],
    ['nothing', undefined, 'undefined (filters are texts)'],
    ['an object', { event: 'user' }, 'object (filters are texts)'],
  ])('%s is refused', (_, filter, message) => {
    const error = thrownBy(() => normalizeFilter(filter as string));

    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({
      code: 'invalid-filter',
      command: 'stream',
      message: `not an event filter: ${message}`,
    });
    expect(thrownBy(() => connect().stream(filter as '*'))).toMatchObject({ code: 'invalid-filter' });
  });

  const part = fc.oneof(
    fc.constantFrom('*', 'user', 'query', 'member-join', 'member-failed', 'member-reap'),
    fc
      .tuple(fc.constantFrom('user', 'query'), fc.string({ minLength: 1, maxLength: 3 }))
      .map(([kind, name]) => `${kind}:${name.replaceAll(',', ';')}`),
  );
  const parts = fc.array(part, { minLength: 1, maxLength: 8 });

  test('equal sets have one spelling, however they are written', () => {
    fc.assert(
      fc.property(
        parts.chain((some) =>
          fc.tuple(
            fc.constant(some),
            fc.shuffledSubarray([...some, ...some], {
              minLength: 2 * some.length,
              maxLength: 2 * some.length,
            }),
          ),
        ),
        ([some, shuffled]) => {
          const expected = normalizeFilter(some);
          expect(normalizeFilter(shuffled)).toBe(expected);
          expect(normalizeFilter(shuffled.join(','))).toBe(expected);
          expect(normalizeFilter(expected)).toBe(expected);
        },
      ),
    );
  });

  test('the spelling matches the same events, and no part of it is too much', () => {
    const matches = (filter: readonly string[], event: string) =>
      filter.some((one) => one === '*' || one === event || one === event.split(':', 1)[0]);
    fc.assert(
      fc.property(parts, fc.array(part.filter((one) => one !== '*')), (some, events) => {
        const normal = normalizeFilter(some).split(',');
        for (const event of [...events, ...some]) expect(matches(normal, event)).toBe(matches(some, event));
        for (const one of normal)
          expect(
            matches(
              normal.filter((other) => other !== one),
              one,
            ),
          ).toBe(false);
      }),
    );
  });

  test('the matcher of the spelling lets those events through, and no others', () => {
    const matches = (filter: readonly string[], event: string) =>
      filter.some((one) => one === '*' || one === event || one === event.split(':', 1)[0]);
    const eventOf = (text: string) => {
      const colon = text.indexOf(':');
      return colon < 0 ? { event: text } : { event: text.slice(0, colon), name: text.slice(colon + 1) };
    };
    const event = part.filter((one) => one !== '*');
    fc.assert(
      fc.property(parts, fc.array(event), (some, events) => {
        const matcher = eventMatcher(normalizeFilter(some));
        for (const one of [...events, ...some.filter((each) => each !== '*')]) {
          expect(matcher(eventOf(one))).toBe(matches(some, one));
        }
      }),
    );
  });
});
