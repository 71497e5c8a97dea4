import { TestBed } from '@angular/core/testing';
import { animationFrames, distinctUntilChanged, map, type Observable, startWith } from 'rxjs';

/**
 * What a page shows, in the virtual time of a marble story: when it is subscribed, and at each frame of the story's
 * `animate`, Angular renders, and what `read` gives then is emitted if it is another than before. So a burst between two
 * frames shows as one.
 *
 * ```
 * animate            ---x--x--x
 * signal             a-b-cd----
 * rendered(signal)   a--b--d---
 * ```
 *
 * A frame of `animate` begins with it: what happens in the frame itself is rendered at the next one. Never completes by itself; renders nothing once it is unsubscribed.
 *
 * @param read what is compared and emitted: a signal, or a text of the page
 * @example
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectMembers } from 'rxserf/angular';
 * import { provideFakeSerf, rendered } from 'rxserf/angular/testing';
 * import { member, serfMarbles } from 'rxserf/testing';
 *
 * serfMarbles(({ serf, on, animate, connection, acts, expectObservable }) => {
 *   connection('        c---x--c--');
 *   on('members', '     --m', { m: [member('n1')] });
 *   acts('              ---------d', { d: () => TestBed.resetTestingModule() });
 *   animate('           -xxxxxxxxx');
 *   // What is injected asks at once: the answers are set before it.
 *   TestBed.configureTestingModule({ providers: [provideFakeSerf(serf)] });
 *   const members = TestBed.runInInjectionContext(() => injectMembers());
 *   const status = '    o--l-s--l-';
 *
 *   expectObservable(rendered(members.status), '^--------!').toBe(status, { o: 'loading', l: 'live', s: 'stale' });
 * });
 * ```
 */
export function rendered<T>(read: () => T): Observable<T> {
  return animationFrames().pipe(
    startWith(undefined),
    map(() => {
      TestBed.tick();
      return read();
    }),
    distinctUntilChanged(),
  );
}
