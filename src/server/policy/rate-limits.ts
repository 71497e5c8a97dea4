import { defer, mergeMap, type Observable, type SchedulerLike, timer } from 'rxjs';
import type { Command } from '../../protocol/commands.ts';
import { refusal } from '../refusal.ts';

/** How long a request over the rate waits for its turn at most, in ms. */
const LONGEST_WAIT = 2_000;

/**
 * A token bucket: as many requests at once as a second has, then at the rate. Those that wait have taken a token in advance, so
 * at most 2 s of them wait.
 */
class TokenBucket {
  readonly #perMs: number;
  readonly #size: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1_000;
    this.#size = Math.max(1, perSecond);
    this.#tokens = this.#size;
    this.#at = now;
  }

  /** How long to wait for a token, in ms. */
  wait(now: number): number {
    this.#tokens = Math.min(this.#size, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    // What is left of a token after rounding is a token.
    return Math.max(0, Math.ceil((1 - this.#tokens) / this.#perMs - 1e-6));
  }

  /** Takes a token. Returns how long to wait for it, in ms; `undefined` if that is too long, and none is taken. */
  take(now: number): number | undefined {
    const wait = this.wait(now);
    if (wait > LONGEST_WAIT) return undefined;
    this.#tokens--;
    return wait;
  }
}

/** What somebody's requests are counted by: a bucket for each command that has a rate, one at most for each of 20. */
export class RateLimits {
  readonly #scheduler: SchedulerLike;
  readonly #buckets = new Map<Command, TokenBucket>();

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Each subscription to what it returns is a request: subscribes to `source$` at once, or when its turn has come. */
  limit<T>(command: Command, perSecond: number | undefined, source$: Observable<T>): Observable<T> {
    if (perSecond === undefined) return source$;
    return defer(() => {
      const wait = this.#bucketOf(command, perSecond).take(this.#scheduler.now());
      if (wait === undefined) throw rateLimited(command, perSecond);
      return wait === 0 ? source$ : timer(wait, this.#scheduler).pipe(mergeMap(() => source$));
    });
  }

  /** @throws `AgentError` (`rate-limited`) if a request would not be allowed now */
  check(command: Command, perSecond: number | undefined): void {
    if (perSecond === undefined) return;
    const wait = this.#bucketOf(command, perSecond).wait(this.#scheduler.now());
    if (wait > LONGEST_WAIT) throw rateLimited(command, perSecond);
  }

  #bucketOf(command: Command, perSecond: number): TokenBucket {
    const known = this.#buckets.get(command);
    if (known) return known;
    const bucket = new TokenBucket(perSecond, this.#scheduler.now());
    this.#buckets.set(command, bucket);
    return bucket;
  }
}

function rateLimited(command: Command, perSecond: number) {
  return refusal(command, `Rate limited: ${command} (${perSecond} per second)`, 'rate-limited');
}
