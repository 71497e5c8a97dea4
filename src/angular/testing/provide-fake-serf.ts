import { type EnvironmentProviders, makeEnvironmentProviders } from '@angular/core';
import type { FakeSerf } from '../../testing/fake/fake-serf.ts';
import { type CheckedToken, SERF, type SerfToken } from '../serf-token.ts';

/**
 * Provides a fake instead of a client: that of a marble story, which drives a component's signals in virtual time, or one
 * of `fakeSerf()`, to drive by hand. It is not closed with the injector: it is the test's.
 *
 * @param fake the fake of `serfMarbles`, or one of `fakeSerf()`
 * @example
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectEvents } from 'rxserf/angular';
 * import { provideFakeSerf } from 'rxserf/angular/testing';
 * import { fakeSerf, userEvent } from 'rxserf/testing';
 *
 * const fake = fakeSerf();
 * TestBed.configureTestingModule({ providers: [provideFakeSerf(fake)] });
 * const deploys = TestBed.runInInjectionContext(() => injectEvents('user:deploy'));
 *
 * fake.emit(userEvent('deploy', new Uint8Array()));
 * console.log(deploys.status(), deploys.value().length); // live 1
 * fake.lose();
 * console.log(deploys.status(), deploys.value().length); // stale 1
 *
 * TestBed.resetTestingModule();
 * fake.verify(); // nothing is open
 * ```
 */
export function provideFakeSerf<P, Q = P>(
  fake: FakeSerf<P>,
  options?: { readonly token?: CheckedToken<P, Q> },
): EnvironmentProviders {
  return makeEnvironmentProviders([
    { provide: (options?.token as SerfToken<P> | undefined) ?? SERF, useValue: fake },
  ]);
}
