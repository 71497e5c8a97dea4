import { connect, InvalidArgumentError, type Serf } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { fakeSerf } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { thrownBy } from './shown.ts';

// Whatever is a Serf refuses the same calls, in the same words: else a test with a fake would pass where a client throws.

const any = (value: unknown) => value as never;

const MISUSE: readonly (readonly [name: string, call: (serf: Serf) => unknown])[] = [
  ['stream without options', (serf) => serf.stream('user', any(null))],
  ['stream with a gap handler that is none', (serf) => serf.stream('user', { onGap: any(5) })],
  ['stream of nothing', (serf) => serf.stream(any(''))],
  ['monitor of no level', (serf) => serf.monitor(any('loud'))],
  ['query without a name', (serf) => serf.query('')],
  ['query without options', (serf) => serf.query('q', undefined, any(null))],
  ['query with an ack that is neither', (serf) => serf.query('q', undefined, { requestAck: any('yes') })],
  ['query with a handler that is none', (serf) => serf.query('q', undefined, { onAccepted: any('x') })],
  ['query of no nodes', (serf) => serf.query('q', undefined, { filterNodes: [] })],
  ['event without a name', (serf) => serf.event('')],
  ['event without options', (serf) => serf.event('e', undefined, any(null))],
  ['event that coalesces somehow', (serf) => serf.event('e', undefined, { coalesce: any(1) })],
  ['members by a number', (serf) => serf.members({ name: any(5) })],
  ['tags without a change', (serf) => serf.tags({})],
  ['join nowhere', (serf) => serf.join([])],
  ['join an empty address', (serf) => serf.join('')],
  ['join with a replay that is neither', (serf) => serf.join('a', { replay: any({}) })],
  ['forceLeave of nobody', (serf) => serf.forceLeave('')],
  ['forceLeave with a prune that is neither', (serf) => serf.forceLeave('n', { prune: any('yes') })],
  ['coordinate of nobody', (serf) => serf.coordinate('')],
  ['a key that is none', (serf) => serf.installKey('key')],
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
