import type { Task, Timeline } from '../gossip/task-queue.ts';
import type { ClusterSettings } from '../options.ts';
import type { Agent } from './agent.ts';
import { isGone, type Known } from './member-view.ts';

/** As Serf, which looks every 15 s: a member may be remembered for so much longer than it should, in ms. */
const LATE = 15_000;
/** Nor for more than so much of its time, where that is short. */
const LATE_PART = 0.1;

/**
 * Has members that are gone for long forgotten, on every node. It looks only as long as there is somebody to forget, and
 * not for each one: what is due soon is waited for.
 */
export class Reaper {
  readonly #timeline: Timeline;
  readonly #settings: ClusterSettings;
  readonly #agents: () => Iterable<Agent>;
  #next: { readonly at: number; readonly task: Task } | undefined;

  constructor(timeline: Timeline, settings: ClusterSettings, agents: () => Iterable<Agent>) {
    this.#timeline = timeline;
    this.#settings = settings;
    this.#agents = agents;
  }

  /** Somebody is gone. */
  wake(): void {
    const { reconnectTimeout, tombstoneTimeout } = this.#settings;
    this.#lookIn(Math.min(reconnectTimeout, tombstoneTimeout));
  }

  /** Looks in so many ms, or a little later; or before, where it does so anyway. */
  #lookIn(ms: number): void {
    const { reconnectTimeout, tombstoneTimeout } = this.#settings;
    const late = Math.min(LATE, LATE_PART * Math.min(reconnectTimeout, tombstoneTimeout));
    const delay = Math.ceil(ms + late);
    const at = this.#timeline.now() + delay;
    if (this.#next && this.#next.at <= at) return;
    this.#next?.task.cancel();
    this.#next = { at, task: this.#timeline.at(delay, () => this.#look()) };
  }

  #look(): void {
    const now = this.#timeline.now();
    let next = Number.POSITIVE_INFINITY;
    this.#next = undefined;
    for (const agent of this.#agents()) {
      const due: Known[] = [];
      for (const known of agent.view) {
        if (!isGone(known)) continue;
        const end = known.goneAt + this.#timeOf(known);
        if (end <= now) due.push(known);
        else next = Math.min(next, end);
      }
      for (const known of due) agent.members.reap(known);
    }
    if (next < Number.POSITIVE_INFINITY) this.#lookIn(next - now);
  }

  #timeOf({ status }: Known): number {
    return status === 'left' ? this.#settings.tombstoneTimeout : this.#settings.reconnectTimeout;
  }
}
