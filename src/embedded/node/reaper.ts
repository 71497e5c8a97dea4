import type { Task, TaskQueue } from '../gossip/task-queue.ts';
import type { ClusterSettings } from '../options.ts';
import { isGone, type MemberState, type MemberView } from './member-view.ts';
import type { Members } from './members.ts';

/** As Serf, which reaps every 15 s: the most that a member is reaped late, in ms. */
const LATE = 15_000;
/** The same as a part of its timeout, where that is short. */
const LATE_PART = 0.1;

/** A node whose members are reaped. */
export interface ReapedNode {
  readonly view: MemberView;
  readonly members: Members;
}

/**
 * Reaps members that failed or left long ago, on every node. It runs only while there is a member to reap, and not for
 * each one: those that are due soon are reaped together.
 */
export class Reaper {
  readonly #tasks: TaskQueue;
  readonly #settings: ClusterSettings;
  readonly #nodes: () => Iterable<ReapedNode>;
  #next: { readonly at: number; readonly task: Task } | undefined;

  constructor(tasks: TaskQueue, settings: ClusterSettings, nodes: () => Iterable<ReapedNode>) {
    this.#tasks = tasks;
    this.#settings = settings;
    this.#nodes = nodes;
  }

  /** Takes note that a member has failed or left. */
  wake(): void {
    const { reconnectTimeout, tombstoneTimeout } = this.#settings;
    this.#reapIn(Math.min(reconnectTimeout, tombstoneTimeout));
  }

  /** Reaps in so many ms, or a little later; or earlier, where it does so anyway. */
  #reapIn(ms: number): void {
    const { reconnectTimeout, tombstoneTimeout } = this.#settings;
    const late = Math.min(LATE, LATE_PART * Math.min(reconnectTimeout, tombstoneTimeout));
    const at = this.#tasks.now() + Math.ceil(ms + late);
    if (this.#next && this.#next.at <= at) return;
    this.#next?.task.cancel();
    this.#next = { at, task: this.#tasks.scheduleAt(at, () => this.#reap()) };
  }

  #reap(): void {
    const now = this.#tasks.now();
    let next = Number.POSITIVE_INFINITY;
    this.#next = undefined;
    for (const { view, members } of this.#nodes()) {
      const due: MemberState[] = [];
      for (const member of view) {
        if (!isGone(member)) continue;
        const end = member.leaveTime + this.#timeoutOf(member);
        if (end <= now) due.push(member);
        else next = Math.min(next, end);
      }
      for (const member of due) members.reap(member);
    }
    if (next < Number.POSITIVE_INFINITY) this.#reapIn(next - now);
  }

  #timeoutOf({ status }: MemberState): number {
    return status === 'left' ? this.#settings.tombstoneTimeout : this.#settings.reconnectTimeout;
  }
}
