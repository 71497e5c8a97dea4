import type { Signal } from '@angular/core';
import type { Observable } from 'rxjs';
import type { SerfError } from '../errors.ts';
import type { InjectSerfOptions } from './injection-context.ts';
import type { SurfaceOf } from './serf-token.ts';

/**
 * How a {@link Live} value stands:
 *
 * - `idle`: nobody asks for it: its parameters are `undefined`, or this is a server
 * - `loading`: there has been no value yet
 * - `live`: the value is the newest one, and whatever comes next will be seen
 * - `stale`: the value is an older one: from before the connection was lost, or of earlier parameters
 * - `error`: there will be no further value before a `retry()` or other parameters
 */
export type LiveStatus = 'idle' | 'loading' | 'live' | 'stale' | 'error';

/**
 * A value that is kept up to date, with its state. Each part is a signal; reading one never throws.
 *
 * ```
 * emissions   --a-----------b-----c---#
 * connection  c-------x---c------------
 * value       i-a-----------b-----c----     i = initial
 * status      o-l-----s---l-----------e     o = loading, l = live, s = stale, e = error
 * ```
 *
 * The last value stays while parameters change, while the connection is away, and after an error.
 */
export interface Live<T> {
  /** The last value; the initial one before the first. */
  readonly value: Signal<T>;
  readonly status: Signal<LiveStatus>;
  /** Since when the status is what it is, in ms since the epoch. */
  readonly since: Signal<number>;
  /** Why, with the status `error`. */
  readonly error: Signal<SerfError | undefined>;
  /** Asks again, once, whatever the status is; does nothing while it is `idle`. */
  retry(): void;
}

/** Options of `live`. */
export interface LiveOptions<T, R = void, P = unknown> extends InjectSerfOptions<P> {
  /**
   * What the stream depends on: signals that are read in here are dependencies, and another result is another subscription.
   * `undefined`: nothing is asked for, and the status is `idle`. @defaultValue one subscription, at once
   */
  readonly params?: () => R | undefined;
  /** Whether two parameters are the same, so that the stream goes on. @defaultValue Object.is */
  readonly sameParams?: (a: R | undefined, b: R | undefined) => boolean;
  /** What is followed; called once for each subscription, outside of Angular's zone. Signals in here are no dependencies. */
  readonly stream: (serf: SurfaceOf<P>, params: R) => Observable<T>;
  /** The value before the first one, and after a stream that completes without one. */
  readonly initial: T;
}
