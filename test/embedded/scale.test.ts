import { EMPTY, map, merge, mergeMap, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

const NODES = 1_000;

/** How long it takes, in real ms. Budgets are about ten times what it takes on two cores. */
function within(budget: number, work: () => void): void {
  const start = performance.now();
  work();
  expect(performance.now() - start).toBeLessThan(budget);
}

describe('1,000 nodes', () => {
  test('are created, and hear an event, in a moment', () => {
    within(800, () => {
      const story = new Story({ nodes: NODES });
      const heard = story.tell(merge(...story.cluster.names.map((name) => story.node(name).stream('user'))));
      story.pass(0);
      story.ask(story.node('n1').event('e'), 50);
      expect(heard.values).toHaveLength(NODES);
      story.cluster.close();
    });
  });

  test('answer a query, and see a node fail and come back', () => {
    within(4_000, () => {
      const story = new Story({ nodes: NODES });
      const nodes = story.cluster.names.map((name) => story.node(name));
      story.tell(
        merge(...nodes.map((serf) => serf.stream('query').pipe(mergeMap((asked) => asked.respond())))),
      );
      story.pass(0);
      const replies$ = story.node('n1').query('q', undefined, { requestAck: true, completeWhen: 'all' });
      const [replies] = story.finished(replies$.pipe(toArray()), 200).values;
      expect(replies?.filter(({ type }) => type === 'response')).toHaveLength(NODES);

      const seen = story.tell(
        merge(
          ...story.cluster.names
            .filter((name) => name !== 'n7')
            .map((name) =>
              story
                .node(name)
                .stream('member-failed,member-join')
                .pipe(map(({ event }) => event)),
            ),
        ),
      );
      story.pass(0);
      story.tell(
        story
          .node('n7')
          .stream('user')
          .pipe(mergeMap(() => EMPTY)),
      );
      story.cluster.fail('n7');
      story.pass(1_000);
      story.cluster.restart('n7');
      story.pass(1_000);
      expect(seen.values.filter((event) => event === 'member-failed')).toHaveLength(NODES - 1);
      expect(seen.values.filter((event) => event === 'member-join')).toHaveLength(NODES - 1);
      expect(story.members('n7')).toHaveLength(NODES);
    });
  });

  test('in two halves, find each other again', () => {
    within(15_000, () => {
      const story = new Story({ nodes: NODES });
      story.cluster.partition(story.cluster.names.slice(0, NODES / 2));
      story.pass(1_000);
      const alive = () => story.ask(story.node('n1000').members({ status: 'alive' })).length;
      expect(alive()).toBe(NODES / 2);
      story.cluster.heal();
      story.pass(1_000);
      expect(alive()).toBe(NODES);
    });
  });

  test('the same seed makes the same cluster, another one another', () => {
    const history = (seed: number) => {
      const story = new Story({ nodes: 50, seed });
      const heard = story.tell(merge(...story.cluster.names.map((name) => story.node(name).stream('user'))));
      story.pass(0);
      story.ask(story.node('n1').event('e'), 100);
      return [heard.times, story.ask(story.node('n1').coordinate('n2'))];
    };

    expect(history(1)).toEqual(history(1));
    expect(history(1)).not.toEqual(history(2));
  });
});
