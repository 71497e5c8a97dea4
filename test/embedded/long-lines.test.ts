import type { Serf } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Log } from '../../src/embedded/node/log.ts';
import { retained } from '../agent/harness/retained.ts';
import { Story } from './kit.ts';

const BIG = 1_000_000;

describe('a log has what is refused, but not all of it:', () => {
  test.each<[string, (serf: Serf) => ReturnType<Serf['event'] | Serf['query'] | Serf['join']>, string]>([
    [
      'the payload of an event',
      (n1) => n1.event('e', new Uint8Array(BIG)),
      'Requesting user event send: e. ',
    ],
    ['the name of an event', (n1) => n1.event('e'.repeat(BIG)), 'Requesting user event send: eee'],
    ['the payload of a query', (n1) => n1.query('q', new Uint8Array(BIG)), 'Requesting query send: q. '],
    ['an address', (n1) => n1.join('a'.repeat(BIG)), 'joining: [aaa'],
  ])('%s', (_what, ask, begins) => {
    const story = new Story({ nodes: 1 });
    story.refusal(ask(story.node('n1')), 100);
    const { values } = story.tell(story.node('n1').monitor('debug'));
    story.pass(1);

    expect(values.filter((line) => line.includes(begins))).toEqual([expect.stringMatching(/…$/)]);
    expect(Math.max(...values.map(({ length }) => length))).toBeLessThan(8_300);
  });

  test('what is taken is told whole', () => {
    const story = new Story({ nodes: 1 });
    story.ask(story.node('n1').event('e', new Uint8Array(480)), 10);
    const { values } = story.tell(story.node('n1').monitor('debug'));
    story.pass(1);

    expect(values.find((line) => line.includes('Requesting'))).toContain(`"${'\\u0000'.repeat(480)}"`);
  });
});

test('of a line that was cut, nothing else stays in memory', async () => {
  const log = new Log(() => 0);
  const { heap } = await retained();
  for (let i = 0; i < 100; i++) log.write('debug', JSON.stringify(`${i}${'x'.repeat(BIG)}`));
  expect((await retained()).heap - heap).toBeLessThan(5 * BIG);
  log.write('debug', 'still in use');
});
