import { EMPTY, map, merge, mergeMap, toArray } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Agent } from '../../src/embedded/node/agent.ts';
import { Story } from './kit.ts';

const NODES = 1_000;

/** Counts the messages that nodes handle: how much work something is, on any machine. */
function countMessages(): () => number {
  const { receive } = Agent.prototype;
  let count = 0;
  Agent.prototype.receive = function (message) {
    count++;
    receive.call(this, message);
  };
  onTestFinished(() => {
    Agent.prototype.receive = receive;
  });
  return () => count;
}

describe('1,000 nodes', () => {
  test('hear an event once each', () => {
    const messages = countMessages();
    const story = new Story({ nodes: NODES });
    const heard = story.tell(merge(...story.cluster.names.map((name) => story.node(name).stream('user'))));
    story.pass(0);
    story.ask(story.node('n1').event('e'), 50);
    expect(heard.values).toHaveLength(NODES);
    expect(messages()).toBe(NODES - 1);
    story.cluster.close();
  });

  test('answer a query, and see a node fail and come back', () => {
    const messages = countMessages();
    const story = new Story({ nodes: NODES });
    const nodes = story.cluster.names.map((name) => story.node(name));
    story.tell(
      merge(...nodes.map((serf) => serf.stream('query').pipe(mergeMap((asked) => asked.respond())))),
    );
    story.pass(0);
    const replies$ = story.node('n1').query('q', undefined, { requestAck: true, completeWhen: 'all' });
    const [replies] = story.finished(replies$.pipe(toArray()), 200).values;
    expect(replies?.filter(({ type }) => type === 'response')).toHaveLength(NODES);
    expect(messages()).toBe(NODES - 1);

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
    // The query; who is back hears of each, each hears of it, and that it joins.
    expect(messages()).toBeLessThan(5 * NODES);
  });

  test('in two halves, find each other again', () => {
    // Each hears of each other: the square of their number.
    const halves = 300;
    const messages = countMessages();
    const story = new Story({ nodes: halves });
    story.cluster.partition(story.cluster.names.slice(0, halves / 2));
    story.pass(1_000);
    const alive = () => story.ask(story.node('n300').members({ status: 'alive' })).length;
    expect(alive()).toBe(halves / 2);
    story.cluster.heal();
    story.pass(1_000);
    expect(alive()).toBe(halves);
    expect(messages()).toBeLessThan(1.1 * halves * halves);
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
