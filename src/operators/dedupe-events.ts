import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { SerfEvent, StreamGap } from '../model.ts';
import { requireCount } from './internal/checks.ts';
import { EventKeys } from './internal/event-key.ts';
import { Recent } from './recent.ts';

/** Options of {@link dedupeEvents}. */
export interface DedupeEventsOptions {
  /** How many different user events are remembered; those not seen for longest are forgotten first. @defaultValue 4096 */
  readonly window?: number;
}

/**
 * Passes each user event once, though it comes through two agents, or is replayed after a rejoin.
 *
 * ```
 * source           --a-b-a-q-q-c-b-|     a, b, c = user events, q = a query
 * dedupeEvents()   --a-b---q-q-c---|
 * ```
 *
 * Two user events are the same to Serf, and here, when name, Lamport time and payload are. Queries, member events and
 * gaps all pass: nothing on the wire tells a repeated one from a new one. Completes and errors with the source, and
 * unsubscribes from it. Keeps `window` keys, each about as large as the event's name and payload.
 *
 * A payload made by a codec is compared by what is in it: arrays, objects, maps and sets by their parts, instances of
 * a class by that and their properties, or by what their `toJSON` gives. One that cannot be compared so (a function, a
 * class without properties, over 200,000 characters in a structure, one that `validatePayload` has refused) is the same as
 * no other, and its event passes. A cluster that is restarted as a whole begins its Lamport times anew: an event that is
 * equal in all to one remembered from before does not pass.
 *
 * @param options `window`: how many events are remembered
 * @throws `InvalidArgumentError` at the call when `window` is not a positive integer
 * @example
 * ```ts
 * import { merge } from 'rxjs';
 * import { connect, dedupeEvents } from 'rxserf';
 *
 * const agents = [connect('10.0.0.1'), connect('10.0.0.2')];
 *
 * merge(...agents.map((agent) => agent.stream('user:deploy')))
 *   .pipe(dedupeEvents())
 *   .subscribe(({ ltime }) => console.log('deploy at', ltime));
 * ```
 */
export function dedupeEvents<T extends SerfEvent<unknown> | StreamGap>({
  window = 4_096,
}: DedupeEventsOptions = {}): MonoTypeOperatorFunction<T> {
  requireCount('dedupeEvents', 'window', window);
  return (source) =>
    defer(() => {
      const keys = new EventKeys();
      const seen = new Recent<true>(window);
      return source.pipe(
        filter((event) => {
          if (event.event !== 'user') return true;
          const key = keys.of(event);
          return key === undefined || seen.set(key, true);
        }),
      );
    });
}
