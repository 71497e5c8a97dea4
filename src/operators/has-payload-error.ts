import type { SerfError } from '../errors.ts';
import { type CarrierOf, carriesPayload, type Received } from './payload-carrier.ts';

/**
 * Whether the payload of a value failed to decode or to validate: a type guard, behind which `payloadError` is there.
 *
 * ```
 * source                     --a--m--b--c--|     a = a user event, m = member-join, b, c = an event and a query whose payload failed
 * filter(hasPayloadError)    --------b--c--|
 * ```
 *
 * @param value what `stream` or `query` has emitted; a member event, a gap or an ack has no payload, and no error
 * @example
 * ```ts
 * import { filter } from 'rxjs';
 * import { connect, hasPayloadError, json } from 'rxserf';
 *
 * connect(undefined, { codec: json() })
 *   .stream('*')
 *   .pipe(filter(hasPayloadError))
 *   .subscribe(({ name, payloadError, rawPayload }) => console.warn(name, payloadError.message, rawPayload));
 * ```
 */
export function hasPayloadError<T extends Received>(
  value: T,
): value is CarrierOf<T> & { readonly payloadError: SerfError } {
  return carriesPayload(value) && value.payloadError !== undefined;
}
