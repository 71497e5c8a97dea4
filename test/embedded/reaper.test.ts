import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

const cases = [
  { reconnectTimeout: 0 },
  { tombstoneTimeout: 0 },
  { reconnectTimeout: 0, tombstoneTimeout: 0 },
  {
    reconnectTimeout: 0,
    tombstoneTimeout: 0,
    gossipDelay: 0,
    failureDelay: 0,
    leaveDelay: 0,
    reconnectDelay: 0,
  },
  { reconnectTimeout: 0.5, tombstoneTimeout: 0.25 },
];

describe.each(cases)('members that are reaped at once: %j', (options) => {
  test('are gone, and nothing goes on for ever', () => {
    const story = new Story({ nodes: 6, ...options });
    const { cluster, scheduler } = story;
    cluster.fail('n2');
    story.tell(story.node('n3').leave());
    cluster.partition(['n5', 'n6']);
    story.pass(2_000);
    cluster.heal();
    story.pass(5_000);
    cluster.restart('n2');
    cluster.restart('n3');
    story.pass(5_000);
    cluster.fail('n6');
    story.tell(story.node('n5').leave());
    story.pass(2_000);
    const left = scheduler.actions.length;

    const { reconnectTimeout, tombstoneTimeout } = options;
    const failed = reconnectTimeout === undefined ? ', n6 failed' : '';
    const gone = tombstoneTimeout === undefined ? ', n5 left' : '';
    expect(story.seenBy('n1')).toBe(`n1 alive, n2 alive, n3 alive, n4 alive${gone}${failed}`);
    // Where one of the two is a day, there is somebody to forget tomorrow.
    expect(left).toBe(failed + gone === '' ? 0 : 1);
  });
});

test('a member that is due soon does not wait for one that is due tomorrow', () => {
  const story = new Story({ reconnectTimeout: 10_000 });
  story.tell(story.node('n2').leave());
  story.pass(20_000);
  story.cluster.fail('n3');
  story.pass(12_000);

  expect(story.seenBy('n1')).toBe('n1 alive, n2 left');
});
