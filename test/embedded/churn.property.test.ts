import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Story } from './kit.ts';

const NAMES = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
const name = fc.constantFrom(...NAMES);
const act = fc.oneof(
  fc.record({ act: fc.constant('fail' as const), name }),
  fc.record({ act: fc.constant('restart' as const), name }),
  fc.record({ act: fc.constant('leave' as const), name }),
  fc.record({ act: fc.constant('tags' as const), name, value: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ act: fc.constant('event' as const), name, value: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ act: fc.constant('force' as const), name, of: name }),
  fc.record({ act: fc.constant('join' as const), name, of: name }),
  fc.record({ act: fc.constant('partition' as const), group: fc.subarray(NAMES) }),
  fc.record({ act: fc.constant('heal' as const) }),
);
/**
 * Of a member that is there, forcing can stick, here as on an agent: who has nobody else to tell tells nobody, so nobody
 * objects, and the member is `leaving` for good.
 */
function forceLeaveOfTheGone(story: Story, by: string, gone: string): void {
  const { values } = story.finished(story.node(by).members({ name: gone }), 0);
  if (values[0]?.[0]?.status === 'failed') story.tell(story.node(by).forceLeave(gone));
}

const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), act), { maxLength: 25 });

test('whatever happens: after a heal, all who live agree on who lives, with which tags, and on what became of the others', () => {
  fc.assert(
    fc.property(steps, fc.integer(), fc.constantFrom(0, 10, 60), (history, seed, gossipDelay) => {
      const story = new Story({ nodes: NAMES, seed, gossipDelay });
      const { cluster } = story;
      for (const [delay, step] of history) {
        story.pass(delay);
        if (step.act === 'partition') cluster.partition(step.group);
        else if (step.act === 'heal') cluster.heal();
        else if (step.act === 'fail') cluster.fail(step.name);
        else if (step.act === 'restart') cluster.restart(step.name);
        else {
          const serf = story.node(step.name);
          if (step.act === 'leave') story.tell(serf.leave());
          else if (step.act === 'tags') story.tell(serf.tags({ set: { tag: step.value } }));
          else if (step.act === 'event') story.tell(serf.event(step.value));
          else if (step.act === 'force') forceLeaveOfTheGone(story, step.name, step.of);
          else story.tell(serf.join(cluster.gossipAddress(step.of)));
        }
      }
      story.pass(2_000);
      cluster.heal();
      story.pass(5_000);

      const living = NAMES.filter((each) => story.finished(story.node(each).stats(), 0).end === 'complete');
      const views = living.map((each) => new Map(story.members(each).map((member) => [member.name, member])));
      const own = new Map(living.map((each, index) => [each, views[index]?.get(each)]));
      for (const view of views) {
        const alive = [...view.values()].filter(({ status }) => status === 'alive');
        expect(alive.map((member) => member.name).sort()).toEqual(living);
        for (const member of alive) expect({ ...member.tags }).toEqual({ ...own.get(member.name)?.tags });
        for (const member of view.values()) {
          for (const other of views) {
            const seen = other.get(member.name)?.status;
            if (seen) expect(`${member.name} ${seen}`).toBe(`${member.name} ${member.status}`);
          }
        }
      }
      cluster.close();
      expect(story.scheduler.actions).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
