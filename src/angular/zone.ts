import { NgZone } from '@angular/core';
import { isObservable, Observable } from 'rxjs';
import type { SerfSurface } from '../client/serf-client.ts';

/**
 * A client whose timers and sockets are outside of Angular's zone, wherever it is subscribed to; what it emits arrives in
 * the zone of the subscriber. Without zone.js, the client itself.
 */
export function outsideZone<P>(serf: SerfSurface<P>, zone: NgZone): SerfSurface<P> {
  // A zoneless application has a stand-in that is no NgZone.
  if (!(zone instanceof NgZone)) return serf;
  const adapt = (value: unknown) => (isObservable(value) ? across(value, zone) : value);
  return new Proxy(serf, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return adapt(value);
      return (...args: readonly unknown[]) =>
        adapt(zone.runOutsideAngular(() => Reflect.apply(value, target, args)));
    },
  });
}

function across<T>(source$: Observable<T>, zone: NgZone): Observable<T> {
  return new Observable((subscriber) => {
    if (!NgZone.isInAngularZone()) return source$.subscribe(subscriber);
    return zone.runOutsideAngular(() =>
      source$.subscribe({
        next: (value) => zone.run(() => subscriber.next(value)),
        error: (error: unknown) => zone.run(() => subscriber.error(error)),
        complete: () => zone.run(() => subscriber.complete()),
      }),
    );
  });
}
