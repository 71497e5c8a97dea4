import { connect, type Serf, type UserEvent, utf8 } from 'rxserf';
import { fakeSerf, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// A fake that forgives what a client does not would pass tests of code that fails in production.

type Wrong = Record<string, (serf: Serf<string | undefined>) => unknown>;

const wrong: Wrong = {
  'a filter that never matches': (serf) => serf.stream('usr' as 'user'),
  'no filter': (serf) => serf.stream([] as never),
  'a log level that is none': (serf) => serf.monitor('loud' as 'info'),
  'a query without a name': (serf) => serf.query(''),
  'a payload that the codec cannot encode': (serf) => serf.query('load', 7 as unknown as string),
  'nodes that are no list': (serf) => serf.query('load', '', { filterNodes: 'n1' as never }),
  'tags that are no table': (serf) => serf.query('load', '', { filterTags: new Map() as never }),
  'a relay factor of -1': (serf) => serf.query('load', '', { relayFactor: -1 }),
  'a query of -1 ms': (serf) => serf.query('load', '', { timeout: -1 }),
  'completeWhen: 0': (serf) => serf.query('load', '', { completeWhen: 0 }),
  'an id that is no count': (serf) => serf.respond(-1),
  'an event without a name': (serf) => serf.event(''),
  "an event's payload": (serf) => serf.event('deploy', {} as string),
  'a pattern that is no text': (serf) => serf.members({ name: 7 as never }),
  'no tags to change': (serf) => serf.tags({}),
  'a list of tags to set': (serf) => serf.tags({ set: ['role'] as never }),
  'nobody to join': (serf) => serf.join([]),
  'no node to have leave': (serf) => serf.forceLeave(''),
  'no node to find': (serf) => serf.coordinate(''),
  'a key that is none': (serf) => serf.installKey('secret'),
  'another key that is none': (serf) => serf.useKey('secret'),
  'a third key that is none': (serf) => serf.removeKey('secret'),
  'a time to wait that is none': (serf) => serf.stats({ timeout: Number.NaN }),
  'a stream that waits for -1 ms': (serf) => serf.stream('user', { timeout: -1 }),
};

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing was thrown';
}

describe('misuse throws at the call, as in a client', () => {
  test.each(Object.entries(wrong))('%s', (_, call) => {
    const fake = fakeSerf({ codec: utf8() });
    const thrown = errorOf(() => call(fake));

    expect(thrown).toMatchObject({ name: 'InvalidArgumentError' });
    expect(thrown).toEqual(errorOf(() => call(connect('agent', { codec: utf8() }))));
    expect(fake.requests).toEqual([]);
  });
});

test('an event with a payload that the codec cannot encode names the event and the option', () => {
  const fake = fakeSerf();
  fake.stream('user', { codec: utf8() }).subscribe();

  expect(() => fake.emit(userEvent('deploy', 'v1') as unknown as UserEvent)).toThrow(
    /the event user:deploy has a payload .* give fakeSerf or serfMarbles the option codec/,
  );
});
