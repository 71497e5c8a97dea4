import { EnvironmentInjector, type EnvironmentProviders, type Provider } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { Live } from 'rxserf/angular';
import { provideFakeSerf } from 'rxserf/angular/testing';
import { type FakeSerf, fakeSerf } from 'rxserf/testing';

/** A fake, and a TestBed that provides it. */
export function provide(...providers: (Provider | EnvironmentProviders)[]): FakeSerf {
  const fake = fakeSerf();
  TestBed.configureTestingModule({ providers: [provideFakeSerf(fake), ...providers] });
  return fake;
}

export function inContext<T>(create: () => T): T {
  return TestBed.runInInjectionContext(create);
}

export const injector = () => TestBed.inject(EnvironmentInjector);

/** `status value`, and the code of the error. */
export function shown<T>({ status, value, error }: Live<T>): string {
  const code = error()?.code;
  return `${status()} ${String(value())}${code ? ` (${code})` : ''}`;
}
