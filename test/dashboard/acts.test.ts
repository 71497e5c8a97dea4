import { describe, expect, test } from 'vitest';
import { addressesOf, statsSections, worryOf } from '../../dashboard/src/model/agent-view.ts';
import { eventSize, eventWords, wrongWithEvent } from '../../dashboard/src/model/event-form.ts';
import { keyRows, newKey, rotationStep, shortKey, wrongWithKey } from '../../dashboard/src/model/key-view.ts';
import { missingOf } from '../../dashboard/src/model/typed-name.ts';

describe('an event', () => {
  test('its size is in bytes, name and payload together', () => {
    expect(eventSize({ name: 'dé', payload: '💀', coalesce: false })).toBe(7);
  });

  test('what may not be fired is told before, and as a command no text becomes an option', () => {
    const form = { name: '-x', payload: '--y', coalesce: true };
    expect(wrongWithEvent(form, () => true)).toBeUndefined();
    expect(wrongWithEvent(form, () => false)).toBe('Your role may not fire this event.');
    expect(wrongWithEvent({ ...form, name: '' }, () => true)).toBe('An event has a name.');
    expect(eventWords(form)).toEqual(['rxserf', 'event', '--', '-x', '--y']);
  });
});

describe('the agent', () => {
  test('its figures in an order that stays, without what is told elsewhere', () => {
    const sections = statsSections(
      {
        later: { a: 'x' },
        runtime: { os: 'linux' },
        agent: { name: 'n1' },
        session: { role: 'admin' },
        tags: {},
      },
      ['tags'],
    );
    expect(sections.map(({ title }) => title)).toEqual(['agent', 'runtime', 'later']);
    expect(
      statsSections({ serf: { members: '3', encrypted: 'true' } })[0]?.rows.map(({ number }) => number),
    ).toEqual([true, false]);
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`s${i}`, { a: '1' }]));
    expect(statsSections(many)).toHaveLength(20);
  });

  test('what is worth a look', () => {
    expect(worryOf('health_score', '0')).toBeUndefined();
    expect(worryOf('health_score', '2')).toContain('slow');
    expect(worryOf('event_queue', '40')).toBeUndefined();
    expect(worryOf('event_queue', '400')).toContain('wait');
    expect(worryOf('members', '400')).toBeUndefined();
  });

  test('addresses as people write them', () => {
    expect(addressesOf(' 10.0.0.1:7946,10.0.0.2\n10.0.0.2 ')).toEqual(['10.0.0.1:7946', '10.0.0.2']);
  });
});

describe('keys', () => {
  const report = { nodes: 3, responses: 3, errors: 0, messages: {} };
  const [a, b] = [`sha256:${'a1'.repeat(32)}`, `sha256:${'b2'.repeat(32)}`];

  test('who has which, and what is next', () => {
    expect(keyRows({ ...report, keys: { [a]: 3 } })).toEqual([
      { id: a, short: 'sha256:a1a1a1a1a1a1a1a1', nodes: 3, everywhere: true },
    ]);
    const step = (keys: Record<string, number>) => rotationStep(keyRows({ ...report, keys }));
    expect([step({ [a]: 3 }), step({ [a]: 3, [b]: 2 }), step({ [a]: 3, [b]: 3 })]).toEqual([
      'install',
      'spread',
      'use',
    ]);
    expect(shortKey('plain key')).toBe('plain key');
  });

  test('a key is 16, 24 or 32 bytes in base64; a new one is', () => {
    expect(wrongWithKey('not base64!')).toBe('A key is written in base64.');
    expect(wrongWithKey(btoa('short'))).toContain('this has 5');
    const keys = [newKey(), newKey()];
    expect(keys.map(wrongWithKey)).toEqual([undefined, undefined]);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

test.each([
  ['db-2', '', '4 characters missing.'],
  ['db-2', 'db-', '1 character missing.'],
  ['db-2', 'db-2', ''],
  ['db-2', 'db-3', 'This is something else.'],
  ['db-2', 'db-22', 'This is something else.'],
])('of %s, %j is typed: %j', (asked, typed, missing) => {
  expect(missingOf(asked, typed)).toBe(missing);
});
