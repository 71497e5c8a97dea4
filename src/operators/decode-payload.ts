import { filter, map, type OperatorFunction } from 'rxjs';
import { type Codec, decodeWith, encodeWith } from '../codec.ts';
import type { QueryEvent, QueryResponse, UserEvent } from '../model.ts';
import { misuse, requireHandler } from './internal/checks.ts';
import {
  carriesPayload,
  type PayloadCarrier,
  type PayloadErrorOptions,
  type Received,
} from './payload-carrier.ts';

/** `T` with payloads `P` in place of bytes, in whatever of it carries a payload. */
export type Decoded<T, P> =
  T extends UserEvent<Uint8Array>
    ? UserEvent<P>
    : T extends QueryEvent<Uint8Array>
      ? QueryEvent<P>
      : T extends QueryResponse<Uint8Array>
        ? QueryResponse<P>
        : T;

/**
 * Decodes payloads that are bytes: of user events, queries and responses; queries are then answered with what the codec
 * encodes.
 *
 * ```
 * source                 --a--b--m--|     a = a user event of bytes, b = of bytes that are no JSON, m = member-join
 * decodePayload(json())  --x--y--m--|     x = a with a value, y = b without one, and with a payloadError
 * ```
 *
 * For clients without a codec of their own, or streams of events that are not all of one kind; `connect` and `stream`
 * take a codec as well. What carries no payload passes as it is. A payload that does not decode is `undefined`, as in
 * any stream: the reason is in `payloadError`, the bytes are in `rawPayload`. With `onError` its event goes there
 * instead. Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @param codec how bytes become values, and the answers to queries become bytes
 * @throws `InvalidArgumentError` at the call when `codec` is none; and (`invalid-payload`) at the call of a query's
 * `respond` when the codec cannot encode the answer
 * @example
 * ```ts
 * import { connect, decodePayload, json, named } from 'rxserf';
 *
 * connect()
 *   .stream('user')
 *   .pipe(
 *     named('deploy'),
 *     decodePayload(json<{ version: string }>(), { onError: (error, { name }) => console.warn(name, error.message) }),
 *   )
 *   .subscribe(({ payload }) => console.log(payload?.version));
 * ```
 */
export function decodePayload<P, T extends Received<Uint8Array>>(
  codec: Codec<P>,
  options: Required<PayloadErrorOptions<T>>,
): OperatorFunction<T, Decoded<T, P>>;
export function decodePayload<P, T extends Received<Uint8Array>>(
  codec: Codec<P>,
  options?: PayloadErrorOptions<T>,
): OperatorFunction<T, Decoded<T, P | undefined>>;
export function decodePayload<P>(
  codec: Codec<P>,
  { onError }: PayloadErrorOptions<Received<Uint8Array>> = {},
): OperatorFunction<Received<Uint8Array>, Received<P>> {
  if (typeof codec?.decode !== 'function' || typeof codec.encode !== 'function')
    throw misuse('decodePayload', 'codec', 'a codec', codec);
  requireHandler('decodePayload', 'onError', onError);
  const decode = (value: Received<Uint8Array>): Received<P> | undefined => {
    if (!carriesPayload(value)) return value;
    const decoded = decodedOf(value, codec);
    if (!decoded.payloadError || !onError) return decoded;
    onError(decoded.payloadError, value);
    return undefined;
  };
  return (source) =>
    source.pipe(
      map(decode),
      filter((value) => value !== undefined),
    );
}

function decodedOf<P>(value: PayloadCarrier<Uint8Array>, codec: Codec<P>): PayloadCarrier<P> {
  // A codec of bytes may have failed before: there is nothing to decode then.
  const decoded = value.payloadError ? { payload: undefined as P } : decodeWith(codec, value.payload);
  if (!('event' in value) || value.event === 'user') return { ...value, ...decoded };
  const respond = (payload?: P) =>
    value.respond(payload === undefined ? undefined : encodeWith(codec, payload, 'respond'));
  return { ...value, ...decoded, respond };
}
