import type { SchedulerLike } from 'rxjs';
import type { MemberEvent, SerfEvent } from '../../model.ts';
import { Recent } from '../recent.ts';
import { EventKeys, memberKey } from './event-key.ts';
import { PerAgentCounts, type PerAgentCountsOptions } from './per-agent-counts.ts';

/** Deduplicates the events of several agents: each is passed on from whichever agent emits it first. */
export class AgentDeduplicator<T> {
  readonly #keys = new EventKeys();
  readonly #scheduler: SchedulerLike;
  // One memory for each kind: a flood of one does not push the others out.
  readonly #users: Recent<true>;
  readonly #queries: PerAgentCounts;
  readonly #members: PerAgentCounts;

  constructor(scheduler: SchedulerLike, options: PerAgentCountsOptions) {
    this.#scheduler = scheduler;
    this.#users = new Recent(options.window);
    this.#queries = new PerAgentCounts(options);
    this.#members = new PerAgentCounts(options);
  }

  /** What is new in an event; `undefined`: nothing. */
  take(event: SerfEvent<T>, agent: number): SerfEvent<T> | undefined {
    if (event.event !== 'user' && event.event !== 'query') return this.#changes(event, agent);
    const key = this.#keys.of(event);
    if (key === undefined) return event;
    const isNew =
      event.event === 'user'
        ? this.#users.set(key, true)
        : this.#queries.isNew(agent, key, this.#scheduler.now());
    return isNew ? event : undefined;
  }

  /** Notes that an agent was away. */
  returned(agent: number): void {
    this.#members.returned(agent);
  }

  /** Agents coalesce changes differently, so each member counts for itself. */
  #changes(event: MemberEvent, agent: number): SerfEvent<T> | undefined {
    const { event: kind, members } = event;
    const now = this.#scheduler.now();
    // A restarted agent emits a join for each member that is up, and nothing of the others.
    const isRepeated = kind === 'member-join' || kind === 'member-update';
    const fresh = members.filter((member) => {
      // So it does of an updated member, as does an agent that coalesces the two.
      const is = memberKey(isRepeated ? 'member-join' : kind, member);
      return this.#members.isNew(agent, memberKey(kind, member), now, { of: member.name, is, isRepeated });
    });
    if (fresh.length === members.length) return event as SerfEvent<T>;
    return fresh.length > 0 ? ({ ...event, members: fresh } as SerfEvent<T>) : undefined;
  }
}
