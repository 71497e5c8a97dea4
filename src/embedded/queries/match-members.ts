import type { SerfError } from '../../errors.ts';
import type { Member } from '../../model.ts';
import type { Task, TaskQueue } from '../gossip/task-queue.ts';
import type { Reply } from '../node/calls.ts';
import { MOST_STEPS_AT_ONCE } from './pattern-cost.ts';
import type { MembersMatcher } from './patterns.ts';

/**
 * Replies with the members that match. After each {@link MOST_STEPS_AT_ONCE} it goes on at the scheduler's next turn: a
 * pattern that takes long holds nobody up.
 *
 * @param compile throws an `InvalidArgumentError` when a pattern is invalid
 */
export function matchMembers(
  compile: () => MembersMatcher,
  members: readonly Member[],
  tasks: TaskQueue,
  { ok, fail, add }: Reply<Member[]>,
): void {
  const matching: Member[] = [];
  let at = 0;
  let next: Task | undefined;
  const match = (matcher: MembersMatcher) => {
    const pause = matcher.steps + MOST_STEPS_AT_ONCE;
    for (; at < members.length; at++) {
      if (matcher.steps > pause) {
        next = tasks.schedule(0, () => attempt(() => match(matcher)));
        return;
      }
      const member = members[at] as Member;
      if (matcher.matches(member)) matching.push(member);
    }
    ok(matching);
  };
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      fail(error as SerfError);
    }
  };
  add(() => next?.cancel());
  attempt(() => match(compile()));
}
