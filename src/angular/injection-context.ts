import { assertInInjectionContext, type Injector, runInInjectionContext } from '@angular/core';
import type { SerfToken } from './serf-token.ts';

/** What every function that injects a cluster takes. */
export interface InjectSerfOptions<P = unknown> {
  /** Which of several clusters. @defaultValue SERF, that of `provideSerf` without a token */
  readonly token?: SerfToken<P>;
  /** Whose life the result shares, outside of an injection context. @defaultValue the injector of the context */
  readonly injector?: Injector;
}

/**
 * Runs `create` in the injection context of `injector`, or in the present one.
 *
 * @throws Angular's `NG0203`, which names `owner`, where there is neither
 */
export function inInjectionContext<T>(
  // biome-ignore lint/complexity/noBannedTypes: Angular's own signature; it reads the name alone.
  owner: Function,
  injector: Injector | undefined,
  create: () => T,
): T {
  if (injector) return runInInjectionContext(injector, create);
  assertInInjectionContext(owner);
  return create();
}
