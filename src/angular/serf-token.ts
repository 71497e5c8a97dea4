import { InjectionToken } from '@angular/core';
import type { SerfSurface } from '../client/serf-client.ts';

/**
 * What a cluster is injected by. An application with one cluster needs none of its own; one with several has a
 * {@link serfToken} for each. `P` is the type of payloads, given by the codec.
 */
export type SerfToken<P = Uint8Array, S = P> = InjectionToken<SerfSurface<P, S>>;

/**
 * A token of payloads `Q`, if those of the cluster, `P`, are the same; else what no token is. (TypeScript does not compare what an
 * `InjectionToken` is of.)
 */
export type CheckedToken<P, Q> = unknown extends Q
  ? SerfToken<Q>
  : [P, Q] extends [Q, P]
    ? SerfToken<Q>
    : { readonly notATokenOfThesePayloads: P };

/** What a token of payloads `P` injects; where they are `unknown`, what is sent has a codec of its own. */
export type SurfaceOf<P> = unknown extends P ? SerfSurface<unknown, never> : SerfSurface<P>;

/** The token of a cluster whose payloads nobody has told: what comes is `unknown`, what is sent has a codec of its own. */
export type AnyToken = SerfToken<unknown, never>;

/** The cluster of an application that has one: what every function here injects unless it is given a token. */
export const SERF: AnyToken = new InjectionToken<SerfSurface<unknown, never>>(nameOf('SERF'));

/**
 * A token for one of several clusters.
 *
 * @param name for error messages: `No provider found for InjectionToken Serf EU`
 * @example
 * ```ts
 * import type { ApplicationConfig } from '@angular/core';
 * import { json } from 'rxserf';
 * import { injectMembers, provideSerf, serfToken } from 'rxserf/angular';
 *
 * interface Deploy {
 *   readonly version: string;
 * }
 * const EU = serfToken<Deploy | undefined>('EU');
 * const US = serfToken<Deploy | undefined>('US');
 *
 * export const appConfig: ApplicationConfig = {
 *   providers: [
 *     provideSerf('wss://eu.example.org/serf', { token: EU, codec: json<Deploy>() }),
 *     provideSerf('wss://us.example.org/serf', { token: US, codec: json<Deploy>() }),
 *   ],
 * };
 *
 * export class Clusters {
 *   readonly eu = injectMembers(undefined, { token: EU });
 *   readonly us = injectMembers(undefined, { token: US });
 * }
 * ```
 */
export function serfToken<P = Uint8Array>(name: string): SerfToken<P> {
  return new InjectionToken<SerfSurface<P>>(nameOf(name));
}

function nameOf(token: string): string {
  return `Serf ${token} (provideSerf)`;
}
