import type { SchedulerLike } from 'rxjs';
import type { MemberEvent, SerfEvent } from '../../model.ts';
import { Recent } from '../recent.ts';
import { EventKeys, memberKey } from './event-key.ts';
import { Sightings, type SightingsOptions } from './sightings.ts';

/** Of the events that several agents tell, those that no other has told. */
export class AgentNews<T> {
  readonly #keys = new EventKeys();
  readonly #scheduler: SchedulerLike;
  // Each has its own memory: a flood of one kind does not make the others forgotten.
  readonly #users: Recent<true>;
  readonly #queries: Sightings;
  readonly #members: Sightings;

  constructor(scheduler: SchedulerLike, options: SightingsOptions) {
    this.#scheduler = scheduler;
    this.#users = new Recent(options.window);
    this.#queries = new Sightings(options);
    this.#members = new Sightings(options);
  }

  /** What is news in an event; `undefined`: nothing. */
  of(event: SerfEvent<T>, agent: number): SerfEvent<T> | undefined {
    if (event.event !== 'user' && event.event !== 'query') return this.#changes(event, agent);
    const key = this.#keys.of(event);
    if (key === undefined) return event;
    const isNews =
      event.event === 'user'
        ? this.#users.set(key, true)
        : this.#queries.isNews(agent, key, this.#scheduler.now());
    return isNews ? event : undefined;
  }

  /** An agent was away. */
  returned(agent: number): void {
    this.#members.returned(agent);
  }

  /** Agents put changes together as they see fit, so each member counts for itself. */
  #changes(event: MemberEvent, agent: number): SerfEvent<T> | undefined {
    const { event: kind, members } = event;
    const now = this.#scheduler.now();
    // An agent that was restarted tells of all who are up that they have joined, and of nobody else.
    const isRetold = kind === 'member-join' || kind === 'member-update';
    const news = members.filter((member) => {
      // It tells that of an updated member, too, as does one that has put the two together.
      const is = memberKey(isRetold ? 'member-join' : kind, member);
      return this.#members.isNews(agent, memberKey(kind, member), now, { of: member.name, is, isRetold });
    });
    if (news.length === members.length) return event as SerfEvent<T>;
    return news.length > 0 ? ({ ...event, members: news } as SerfEvent<T>) : undefined;
  }
}
