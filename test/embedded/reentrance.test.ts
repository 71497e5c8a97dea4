import type { Observable } from 'rxjs';
import type { Serf } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

// A subscriber does something to the cluster in the middle of being told.

const KEY = 'MDEyMzQ1Njc4OWFiY2RlZg==';

const calls: Record<string, (serf: Serf) => Observable<unknown>> = {
  event: (serf) => serf.event('e'),
  members: (serf) => serf.members(),
  tags: (serf) => serf.tags({ set: { a: '1' } }),
  stats: (serf) => serf.stats(),
  'get-coordinate': (serf) => serf.coordinate('n1'),
  join: (serf) => serf.join('10.0.0.2'),
  leave: (serf) => serf.leave(),
  'force-leave': (serf) => serf.forceLeave('n2'),
  'install-key': (serf) => serf.installKey(KEY),
  'list-keys': (serf) => serf.listKeys(),
};

const acts: Record<string, (story: Story) => void> = {
  'closes the cluster': ({ cluster }) => cluster.close(),
  'stops the node': ({ cluster }) => cluster.fail('n1'),
  'restarts the node': ({ cluster }) => cluster.restart('n1'),
};

describe.each(Object.entries(acts))(
  'who gets the single answer and %s has the answer all the same',
  (_, act) => {
    test.each(Object.entries(calls))('%s', (_, call) => {
      const story = new Story({ encryptKey: KEY });
      const told: string[] = [];
      call(story.node('n1')).subscribe({
        next: () => {
          told.push('next');
          act(story);
        },
        error: ({ code }: { code: string }) => told.push(code),
        complete: () => told.push('complete'),
      });
      story.pass(1_000);

      expect(told).toEqual(['next', 'complete']);
    });
  },
);

test('who is told of the end within restart() may restart: one agent lives, and there is no second one', () => {
  const story = new Story();
  let restarts = 0;
  story
    .node('n2')
    .stream('*')
    .subscribe({
      error: () => {
        restarts++;
        story.cluster.restart('n2');
      },
    });
  story.pass(0);
  story.cluster.restart('n2');
  story.pass(2_000);
  const log = story.tell(story.node('n2').monitor('debug'));
  story.pass(0);
  log.values.length = 0;
  story.ask(story.node('n1').event('e'), 200);

  expect(restarts).toBe(1);
  expect(log.values.filter((line) => line.includes('messageUserEventType: e'))).toHaveLength(1);
  story.cluster.fail('n2');
  story.pass(2_000);
  expect(story.seenBy('n1')).toBe('n1 alive, n2 failed, n3 alive');
});
