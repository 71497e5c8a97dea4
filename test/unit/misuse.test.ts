import { connect, InvalidArgumentError, type Serf } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { fakeSerf } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { any, KEY } from './calls.ts';
import { thrownBy } from './shown.ts';

// Whatever is a Serf refuses the same calls, in the same words: else a test with a fake would pass where a client throws.

const MISUSE: readonly (readonly [name: string, call: (serf: Serf) => unknown])[] = [
  ['stream without options', (serf) => serf.stream('user', any(null))],
  ['stream with a gap handler that is none', (serf) => serf.stream('user', { onGap: any(5) })],
  ['stream of nothing', (serf) => serf.stream(any(''))],
  ['stream with a codec that is none', (serf) => serf.stream('user', { codec: any({}) })],
  ['stream that waits for no time', (serf) => serf.stream('user', { timeout: any(null) })],
  ['monitor of no level', (serf) => serf.monitor(any('loud'))],
  ['monitor without options', (serf) => serf.monitor('info', any(null))],
  ['query without a name', (serf) => serf.query('')],
  ['query without options', (serf) => serf.query('q', undefined, any(null))],
  ['query with an ack that is neither', (serf) => serf.query('q', undefined, { requestAck: any('yes') })],
  ['query with a handler that is none', (serf) => serf.query('q', undefined, { onAccepted: any('x') })],
  ['query of no nodes', (serf) => serf.query('q', undefined, { filterNodes: [] })],
  ['query of null nodes', (serf) => serf.query('q', undefined, { filterNodes: any(null) })],
  ['query of an empty text of tags', (serf) => serf.query('q', undefined, { filterTags: any('') })],
  ['query of null tags', (serf) => serf.query('q', undefined, { filterTags: any(null) })],
  ['query with an ack of 0', (serf) => serf.query('q', undefined, { requestAck: any(0) })],
  ['query with a null ack', (serf) => serf.query('q', undefined, { requestAck: any(null) })],
  ['query with a relay factor of NaN', (serf) => serf.query('q', undefined, { relayFactor: Number.NaN })],
  ['query with an empty relay factor', (serf) => serf.query('q', undefined, { relayFactor: any('') })],
  ['query of NaN ms', (serf) => serf.query('q', undefined, { timeout: Number.NaN })],
  ['query of null ms', (serf) => serf.query('q', undefined, { timeout: any(null) })],
  ['query that is over at null', (serf) => serf.query('q', undefined, { completeWhen: any(null) })],
  ['query with a null handler', (serf) => serf.query('q', undefined, { onAccepted: any(null) })],
  ['query with a codec that is none', (serf) => serf.query('q', undefined, { codec: any({}) })],
  ['query with a null codec', (serf) => serf.query('q', undefined, { codec: any(null) })],
  ['respond without options', (serf) => serf.respond(1, undefined, any(null))],
  ['respond with a codec that is none', (serf) => serf.respond(1, undefined, { codec: any({}) })],
  ['respond to no query', (serf) => serf.respond(any(null))],
  ['event without a name', (serf) => serf.event('')],
  ['event without options', (serf) => serf.event('e', undefined, any(null))],
  ['event with a codec that is none', (serf) => serf.event('e', undefined, { codec: any({}) })],
  ['event that waits for no time', (serf) => serf.event('e', undefined, { timeout: any(null) })],
  ['event that coalesces somehow', (serf) => serf.event('e', undefined, { coalesce: any(1) })],
  ['members by a number', (serf) => serf.members({ name: any(5) })],
  ['members by null', (serf) => serf.members(any(null))],
  ['members by a null status', (serf) => serf.members({ status: any(null) })],
  ['members by null tags', (serf) => serf.members({ tags: any(null) })],
  ['members without options', (serf) => serf.members({}, any(null))],
  ['members of a name without options', (serf) => serf.members({ name: 'n' }, any(null))],
  ['tags without a change', (serf) => serf.tags({})],
  ['tags by nothing', (serf) => serf.tags(any(undefined))],
  ['tags by null', (serf) => serf.tags(any(null))],
  ['tags set to null', (serf) => serf.tags({ set: any(null), delete: ['role'] })],
  ['tags without options', (serf) => serf.tags({ delete: ['role'] }, any(null))],
  ['join nowhere', (serf) => serf.join([])],
  ['join an empty address', (serf) => serf.join('')],
  ['join with a replay that is neither', (serf) => serf.join('a', { replay: any({}) })],
  ['join without options', (serf) => serf.join('a', any(null))],
  ['leave without options', (serf) => serf.leave(any(null))],
  ['forceLeave of nobody', (serf) => serf.forceLeave('')],
  ['forceLeave with a prune that is neither', (serf) => serf.forceLeave('n', { prune: any('yes') })],
  ['forceLeave without options', (serf) => serf.forceLeave('n', any(null))],
  ['stats without options', (serf) => serf.stats(any(null))],
  ['coordinate of nobody', (serf) => serf.coordinate('')],
  ['coordinate without options', (serf) => serf.coordinate('n', any(null))],
  ['a key that is none', (serf) => serf.installKey('key')],
  ['installKey without options', (serf) => serf.installKey(KEY, any(null))],
  ['useKey without options', (serf) => serf.useKey(KEY, any(null))],
  ['removeKey without options', (serf) => serf.removeKey(KEY, any(null))],
  ['listKeys without options', (serf) => serf.listKeys(any(null))],
];

describe.each(MISUSE)('%s', (_, call) => {
  const refused = thrownBy(() => call(connect('127.0.0.1:7373'))) as InvalidArgumentError;

  test('is refused by a client', () => {
    expect(refused).toBeInstanceOf(InvalidArgumentError);
  });

  test.each<[string, () => Serf]>([
    ['an embedded node', () => new EmbeddedCluster({ nodes: 1 }).node('n1')],
    ['a fake', () => fakeSerf()],
  ])('is refused by %s in the same words', (_name, serf) => {
    expect(thrownBy(() => call(serf()))).toMatchObject({
      name: 'InvalidArgumentError',
      code: refused.code,
      message: refused.message,
    });
  });
});

test('a fake is refused a codec that is none, as a client is', () => {
  const codec = any({});
  const refused = thrownBy(() => connect('127.0.0.1:7373', { codec }));

  expect(refused).toBeInstanceOf(InvalidArgumentError);
  expect(thrownBy(() => fakeSerf({ codec }))).toEqual(refused);
});
