import {
  DestroyRef,
  EnvironmentInjector,
  type EnvironmentProviders,
  inject,
  makeEnvironmentProviders,
  NgZone,
  PLATFORM_ID,
  runInInjectionContext,
} from '@angular/core';
import type { SerfSurface } from '../client/serf-client.ts';
import { connect } from '../connect.ts';
import type { AuthKey, ConnectOptions } from '../options.ts';
import type { AnySerf, OwnCodec, Serf } from '../serf.ts';
import { completeSerf } from './complete-serf.ts';
import { type CheckedToken, SERF } from './serf-token.ts';
import { serverSerf } from './server-serf.ts';
import { outsideZone } from './zone.ts';

/** Options of {@link provideSerf}: those of `connect`, and which of several clusters it is. */
export interface ProvideSerfOptions<P = Uint8Array, Q = P> extends ConnectOptions<P> {
  /** What the cluster is injected by; of the same payloads. @defaultValue SERF */
  readonly token?: CheckedToken<P, Q>;
}

/**
 * Provides a cluster to an application, a route or an environment injector: to {@link injectSerf} and all the other
 * functions of `rxserf/angular`.
 *
 * The client is made when it is first injected, outside of Angular's zone, and closed with the injector that has the
 * provider. It keeps trying if the first connection fails, as a page has nobody to restart it (`reconnect: { firstConnect:
 * 'fail-fast' }` gives up instead). On a server (`PLATFORM_ID`) nothing is made, and nothing connects.
 *
 * `authKey` as a function is called for each connection, in the injection context of the provider: `authKey: () =>
 * inject(Session).token()`.
 *
 * It takes an address or several, as `connect` does; its options alone; or a function that makes a `Serf`: a client, a node of an
 * `EmbeddedCluster`, or one of your own. The function is called in an injection context; what it makes is closed with the injector,
 * if it can be. A `Serf` without a `membership()` and a `status$` gets them; it counts as connected.
 *
 * @throws `InvalidArgumentError` when the cluster is first injected, for what `connect` does not take
 * @example
 * ```ts
 * import type { ApplicationConfig } from '@angular/core';
 * import { json } from 'rxserf';
 * import { provideSerf } from 'rxserf/angular';
 *
 * export const appConfig: ApplicationConfig = {
 *   providers: [provideSerf('wss://serf.example.org/serf', { codec: json<{ version: string }>() })],
 * };
 * ```
 */
export function provideSerf<P, Q = P>(
  address: string | readonly string[] | undefined,
  options: ProvideSerfOptions<P, Q> & OwnCodec<P>,
): EnvironmentProviders;
export function provideSerf<P, Q = P>(options: ProvideSerfOptions<P, Q> & OwnCodec<P>): EnvironmentProviders;
export function provideSerf(factory: () => AnySerf): EnvironmentProviders;
export function provideSerf<P, Q = P>(
  factory: () => Serf<P>,
  options?: { readonly token?: CheckedToken<P, Q> },
): EnvironmentProviders;
export function provideSerf<Q = Uint8Array>(
  address?: string | readonly string[],
  options?: ProvideSerfOptions<Uint8Array, Q>,
): EnvironmentProviders;
export function provideSerf<Q = Uint8Array>(options: ProvideSerfOptions<Uint8Array, Q>): EnvironmentProviders;
export function provideSerf(
  source?: string | readonly string[] | object | (() => Serf<unknown>),
  options?: object,
): EnvironmentProviders {
  const alone = typeof source === 'object' && !Array.isArray(source);
  const given: ProvideSerfOptions<unknown> = (alone ? source : options) ?? {};
  const { token = SERF, reconnect, authKey, ...others } = given;
  const make = (): Serf<unknown> => {
    if (typeof source === 'function') return (source as () => Serf<unknown>)();
    return connect(alone ? undefined : (source as string | readonly string[] | undefined), {
      ...(others as ConnectOptions<unknown> & OwnCodec<unknown>),
      ...(authKey !== undefined && { authKey: inContext(authKey) }),
      reconnect: reconnect === false ? false : { firstConnect: 'keep-trying', ...reconnect },
    });
  };
  return makeEnvironmentProviders([{ provide: token, useFactory: () => provided(make) }]);
}

/** A key that is asked for where `inject` works: it comes from a session, as a rule. */
function inContext(authKey: AuthKey): AuthKey {
  const injector = inject(EnvironmentInjector);
  return typeof authKey === 'function' ? () => runInInjectionContext(injector, authKey) : authKey;
}

function provided<P>(make: () => Serf<P>): SerfSurface<P> {
  if (inject(PLATFORM_ID) === 'server') return serverSerf();
  const zone = inject(NgZone);
  const serf = zone.runOutsideAngular(() => completeSerf(make()));
  inject(DestroyRef).onDestroy(() => void zone.runOutsideAngular(() => serf.close()));
  return outsideZone(serf, zone);
}
