import { utf8 } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Story, titleOf } from './kit.ts';

const TEXT = { codec: utf8() };
const ALL = 'n1 alive, n2 alive, n3 alive, n4 alive';

describe('a partition', () => {
  test('has each side see the other fail; healed, they see it join again', () => {
    const story = new Story({ nodes: 4 });
    const seen = ['n1', 'n3'].map((name) => story.tell(story.node(name).stream('*')));
    story.pass(0);
    story.cluster.partition(['n1', 'n2'], ['n3', 'n4']);
    story.pass(1_000);
    expect(story.seenBy('n2')).toBe('n1 alive, n2 alive, n3 failed, n4 failed');
    expect(story.seenBy('n4')).toBe('n1 failed, n2 failed, n3 alive, n4 alive');

    story.cluster.heal();
    story.pass(1_000);
    for (const name of story.cluster.names) expect(story.seenBy(name)).toBe(ALL);
    expect(seen.map(({ values }) => values.map(titleOf))).toEqual([
      ['member-failed n3 n4', 'member-join n3 n4'],
      ['member-failed n1 n2', 'member-join n1 n2'],
    ]);
  });

  test('that is healed before anybody has noticed was none, but for the news', () => {
    const story = new Story({ nodes: 4 });
    const members = story.tell(story.node('n1').stream('member-failed,member-join'));
    const events = story.tell(story.node('n3').stream('user', TEXT));
    story.pass(0);
    story.cluster.partition(['n1', 'n2']);
    story.ask(story.node('n1').event('e', 'apart', TEXT), 300);
    expect(events.values).toEqual([]);
    story.cluster.heal();
    story.pass(1_000);

    expect(members.values).toEqual([]);
    expect(events.values).toMatchObject([{ name: 'e', payload: 'apart' }]);
  });

  test('keeps events on their side; healed, each side hears those of the other, once', () => {
    const story = new Story({ nodes: 4 });
    const heard = story.cluster.names.map((name) => story.tell(story.node(name).stream('user', TEXT)));
    story.cluster.partition(['n1', 'n2']);
    story.ask(story.node('n1').event('e', 'of 1', TEXT), 100);
    story.ask(story.node('n3').event('e', 'of 3', TEXT), 100);
    story.pass(1_000);
    expect(heard.map(({ values }) => values.map(({ payload }) => payload))).toEqual([
      ['of 1'],
      ['of 1'],
      ['of 3'],
      ['of 3'],
    ]);
    story.cluster.heal();
    story.pass(2_000);
    for (const { values } of heard)
      expect(values.map(({ payload }) => payload).sort()).toEqual(['of 1', 'of 3']);
  });

  test('has those in no group together, and replaces the one before', () => {
    const story = new Story({ nodes: 4 });
    story.cluster.partition(['n1']);
    story.pass(1_000);
    expect(story.seenBy('n3')).toBe('n1 failed, n2 alive, n3 alive, n4 alive');
    story.cluster.partition(['n2'], ['n3']);
    story.pass(2_000);

    expect(story.seenBy('n1')).toBe('n1 alive, n2 failed, n3 failed, n4 alive');
    expect(story.seenBy('n2')).toBe('n1 failed, n2 alive, n3 failed, n4 failed');
    expect(story.seenBy('n4')).toBe('n1 alive, n2 failed, n3 failed, n4 alive');
  });

  test('during which tags change, somebody leaves, fails, comes back and is forced to leave', () => {
    const story = new Story({ nodes: 6 });
    story.cluster.partition(['n1', 'n2', 'n3']);
    story.pass(1_000);
    story.ask(story.node('n1').tags({ set: { role: 'web' } }));
    story.tell(story.node('n2').leave());
    story.cluster.fail('n4');
    story.cluster.restart('n5');
    // n3 is alive on its side: it has left for the other side only, and objects as soon as it hears of it.
    story.tell(story.node('n6').forceLeave('n3'));
    story.pass(1_000);
    expect(story.seenBy('n6')).toBe('n1 failed, n2 failed, n3 left, n4 failed, n5 alive, n6 alive');
    story.cluster.heal();
    story.pass(2_000);

    expect(story.seenBy('n6')).toBe('n1 alive, n2 left, n3 alive, n4 failed, n5 alive, n6 alive');
    expect(story.seenBy('n1')).toBe('n1 alive, n2 left, n3 alive, n4 failed, n5 alive, n6 alive');
    const [n1] = story.ask(story.node('n5').members({ name: 'n1' }));
    expect({ ...n1?.tags }).toEqual({ role: 'web' });
  });

  test('a node that starts in it joins its side, and later the others', () => {
    const story = new Story({ nodes: 4 });
    story.cluster.partition(['n1']);
    story.pass(1_000);
    story.cluster.restart('n1');
    story.pass(500);
    expect(story.seenBy('n1')).toBe('n1 alive');
    story.cluster.add('n5');
    story.pass(500);
    expect(story.seenBy('n5')).toBe('n2 alive, n3 alive, n4 alive, n5 alive');
    story.cluster.heal();
    story.pass(2_000);
    for (const name of story.cluster.names) expect(story.seenBy(name)).toBe(`${ALL}, n5 alive`);
  });
});
