import { VirtualTimeScheduler } from 'rxjs';
import type { Member } from 'rxserf';
import { member } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { type Coalescer, coalescing } from '../../src/embedded/gossip/coalescing.ts';
import { RecentIntents } from '../../src/embedded/gossip/recent-intents.ts';
import { TaskQueue } from '../../src/embedded/gossip/task-queue.ts';
import { matchMembers } from '../../src/embedded/queries/match-members.ts';
import type { MembersMatcher } from '../../src/embedded/queries/patterns.ts';
import { Story } from './kit.ts';

// What a peer can make a node keep, and do at once.

describe('intents about names that nobody has', () => {
  const leave = (ltime: number) => ({ type: 'leave', ltime }) as const;
  const kept = (intents: RecentIntents, names: readonly string[]) =>
    names.filter((name) => intents.get(name, 0) !== undefined);

  test('are kept up to a number, the latest ones', () => {
    const intents = new RecentIntents();
    const names = Array.from({ length: 10_000 }, (_, i) => `n${i}`);
    for (const [i, name] of names.entries()) intents.set(name, leave(i), 0);

    expect(kept(intents, names)).toEqual(names.slice(-512));
  });

  test('are kept up to a size, whatever their names are', () => {
    const intents = new RecentIntents();
    const names = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(10_000, 'x'));
    for (const [i, name] of names.entries()) intents.set(name, leave(i), 0);
    intents.set('x'.repeat(1_000_000), leave(1), 0);

    expect(kept(intents, names)).toEqual(names.slice(-6));
  });
});

test('a query that is never answered is forgotten when 4,096 have come after it', () => {
  const story = new Story({ nodes: 2, gossipDelay: 0 });
  const heard = story.tell(story.node('n2').stream('query'));
  story.pass(0);
  const ask = (count: number) => {
    for (let i = 0; i < count; i++) {
      const asked = story.node('n1').query('q', undefined, { timeout: 2_000_000_000 }).subscribe();
      story.pass(0);
      asked.unsubscribe();
    }
  };
  ask(4_097);
  const [first, second] = heard.values;

  expect(story.refusal(first!.respond(), 0)).toMatchObject({ code: 'unknown-query' });
  story.ask(second!.respond());
});

test('a keyring takes 1,000 keys', () => {
  const key = (n: number) => Buffer.from(String(n).padStart(32)).toString('base64');
  const story = new Story({ nodes: 1, encryptKey: key(0), gossipDelay: 0 });
  for (let n = 1; n < 1_000; n++) story.ask(story.node('n1').installKey(key(n)), 10);

  expect(story.refusal(story.node('n1').installKey(key(1_000)), 10)).toMatchObject({
    code: 'nodes-failed',
    report: { messages: { n1: 'An embedded node has no more than 1000 keys' } },
  });
  story.ask(story.node('n1').installKey(key(7)), 10);
});

test('events that coalesce go on before their time when there are 4,096', () => {
  const tasks = new TaskQueue(new VirtualTimeScheduler());
  const flushed: number[] = [];
  let held = 0;
  const counting: Coalescer<number> = {
    takes: () => true,
    add: () => held++,
    flush() {
      const all = [held];
      held = 0;
      return all;
    },
  };
  const next = coalescing(tasks, { period: 1e6, quiescence: 1e6 }, counting, (n) => flushed.push(n));
  for (let i = 0; i < 10_000; i++) next(i);

  expect(flushed).toEqual([4_096, 4_096]);
});

test('one address named 10,000 times is joined once', () => {
  const story = new Story({ nodes: ['a', { name: 'b', join: false }] });
  const log = story.tell(story.node('a').monitor('debug'));
  const address = story.cluster.gossipAddress('a');

  expect(story.ask(story.node('b').join(Array.from({ length: 10_000 }, () => address)), 500)).toBe(10_000);
  expect(log.values.filter((line) => line.includes('messageJoinType: b'))).toHaveLength(1);
});

describe('patterns', () => {
  test.each([
    ['long', 'a?'.repeat(5_000)],
    ['short, but large', '(a{100}){10}b{1000}'],
    ['of many Unicode classes', '[\\pL]'.repeat(100)],
    ['nested deep', '('.repeat(1_000) + ')'.repeat(1_000)],
  ])('that are %s are refused before they are compiled', (_, pattern) => {
    const story = new Story({ nodes: 2 });
    const refused = { code: 'invalid-pattern', message: expect.stringContaining('too large') };

    expect(story.refusal(story.node('n1').members({ name: pattern }))).toMatchObject(refused);
    expect(story.refusal(story.node('n1').members({ tags: { role: pattern } }))).toMatchObject(refused);
    const { message } = story.refusal(story.node('n1').members({ name: pattern }));
    expect(message.length).toBeLessThan(400);
  });

  test('of one request count together', () => {
    const story = new Story({ nodes: 1 });
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${i}`, 'a{60}']));

    expect(story.refusal(story.node('n1').members({ tags }))).toMatchObject({ code: 'invalid-pattern' });
  });

  test('of a query are refused as well, and every node says why', () => {
    const story = new Story({ nodes: 2 });
    const filterTags = { role: '(a{100}){10}b{1000}' };
    const log = story.tell(story.node('n2').monitor('warn'));
    story.pass(0);

    expect(story.refusal(story.node('n1').query('q', undefined, { filterTags }), 100)).toMatchObject({
      code: 'invalid-pattern',
      message: expect.stringContaining('too large'),
    });
    story.pass(100);
    expect(log.values).toEqual([expect.stringMatching(/failed to compile filter regex .*: too large/)]);
  });

  test('that people write are taken', () => {
    const name = 'web-eu-west-1.prod.example.org';
    const story = new Story({ nodes: [name] });
    for (const pattern of [
      'web-.*',
      '(web|api|db|cache)-(eu|us)-.*',
      '(?i)WEB-[a-z]{2}-[a-z]+-\\d{1,3}\\..*',
      'web-\\pL+-west-\\d+\\.prod\\.example\\.org',
      name.replaceAll('.', '\\.'),
    ]) {
      expect(story.ask(story.node(name).members({ name: pattern }))).toHaveLength(1);
    }
  });

  test('that take long are worked on in parts, and not when nobody waits any more', () => {
    const scheduler = new VirtualTimeScheduler();
    const tasks = new TaskQueue(scheduler);
    let steps = 0;
    const matcher = {
      get steps() {
        return steps;
      },
      matches() {
        steps += 200_000;
        return true;
      },
    } as unknown as MembersMatcher;
    const members = Array.from({ length: 10 }, (_, i) => member(`n${i}`));
    const answers: (readonly Member[])[] = [];
    const teardowns: (() => void)[] = [];
    const reply = {
      ok: (value: Member[]) => answers.push(value),
      refuse: () => {},
      fail: () => {},
      lost: () => {},
      add: (teardown: () => void) => teardowns.push(teardown),
    };
    matchMembers(() => matcher, members, tasks, reply);
    expect(steps).toBe(600_000);
    for (const teardown of teardowns) teardown();
    scheduler.flush();
    expect([steps, answers]).toEqual([600_000, []]);

    steps = 0;
    matchMembers(() => matcher, members, tasks, reply);
    scheduler.flush();
    expect(answers).toEqual([members]);
  });
});
