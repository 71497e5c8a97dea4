import { Observable, type SchedulerLike, tap } from 'rxjs';
import { monotonicScheduler } from '../../clock.ts';
import { refusal } from '../refusal.ts';
import { RateLimits } from './rate-limits.ts';

/** What the requests of one identity are counted by: share it between the sessions of one identity, over reconnects too. */
export class PolicyUsage {
  /** A token bucket for each command. */
  readonly rates: RateLimits;
  readonly #scheduler: SchedulerLike;
  /** How many queries the cluster has. */
  #queries = 0;

  /** @param scheduler where all time comes from; a `TestScheduler` makes it virtual */
  constructor(scheduler: SchedulerLike = monotonicScheduler) {
    this.#scheduler = scheduler;
    this.rates = new RateLimits(scheduler);
  }

  /**
   * A query, counted for as long as the cluster has it: one that is unsubscribed from goes on there until its deadline.
   *
   * @param most how many there may be at a time; one more is refused
   * @param timeout of the query, in ms
   */
  query<T>(replies$: Observable<T>, most: number, timeout: number): Observable<T> {
    return new Observable((subscriber) => {
      if (this.#queries >= most)
        throw refusal('query', `Rate limited: query (${most} open at a time)`, 'rate-limited');
      this.#queries++;
      let counted = true;
      const end = () => {
        if (counted) this.#queries--;
        counted = false;
      };
      subscriber.add(() => {
        if (counted) this.#scheduler.schedule(end, timeout);
      });
      return replies$.pipe(tap({ error: end, complete: end })).subscribe(subscriber);
    });
  }
}
