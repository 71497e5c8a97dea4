import { filter, map, type Observable, type OperatorFunction, of } from 'rxjs';
import { SerfError } from '../errors.ts';
import type { QueryEvent, QueryResponse, UserEvent } from '../model.ts';
import { bufferBounded } from './buffer-bounded.ts';
import { type Checked, checkPayload } from './internal/check-payload.ts';
import { misuse, requireCount, requireHandler } from './internal/checks.ts';
import {
  carriesPayload,
  type PayloadCarrier,
  type PayloadErrorOptions,
  type Received,
} from './payload-carrier.ts';
import type { StandardSchema } from './standard-schema.ts';

/** A query whose payload is `P` by a schema. It is answered with `A`, which is what its codec takes, as before. */
export interface ValidatedQuery<P, A> extends Omit<QueryEvent<P>, 'respond'> {
  /** As {@link QueryEvent.respond}. */
  respond(payload?: A): Observable<void>;
}

/** `T` with payloads `P` by a schema, in whatever of it carries a payload. */
export type Validated<T, P> =
  T extends UserEvent<unknown>
    ? UserEvent<P>
    : T extends { readonly event: 'query'; respond(payload?: infer A): unknown }
      ? ValidatedQuery<P, A>
      : T extends QueryResponse<unknown>
        ? QueryResponse<P>
        : T;

/** Options of {@link validatePayload}. */
export interface ValidatePayloadOptions<T> extends PayloadErrorOptions<T> {
  /** With a schema that answers later: how many values may wait for their turn. @defaultValue 1,024 */
  readonly capacity?: number;
}

/** A value, with what its schema says where it was asked. */
type Judged =
  | readonly [value: Received, checked: undefined]
  | readonly [value: PayloadCarrier, checked: Checked<unknown>];

/**
 * Validates payloads by a schema of any library that speaks Standard Schema: zod, valibot, arktype…
 *
 * ```
 * source                    --a--b--m--|     a = a user event that fits, b = one that does not, m = member-join
 * validatePayload(schema)   --x--y--m--|     x = a with the schema's output, y = b without payload, with a payloadError
 * ```
 *
 * The payload becomes the schema's output. One that does not fit is `undefined`; its `payloadError` (`payload-invalid`)
 * tells the first issues, and has all of them in `cause.issues`. With `onError` its event goes there instead. What has a
 * `payloadError` already keeps it, or goes to `onError`, and is not validated; what carries no payload passes as it is. A
 * schema that throws or rejects refuses that payload only.
 *
 * A schema that answers at once is as fast as that. Of one that answers later, each value waits for those before it, so
 * their order stays: at most `capacity` wait, a further one ends the stream with a `SerfError` (`overflow`). Completes
 * when the source has and nothing waits any more; errors with the source, and does not wait then. Unsubscribes from it.
 *
 * @param schema what a payload has to be; its output is the new payload
 * @throws `InvalidArgumentError` at the call when `schema` is none, or capacity is not a positive integer
 * @example
 * ```ts
 * import { connect, json, type StandardSchema, validatePayload } from 'rxserf';
 *
 * // In your code: z.object({ version: z.string() })
 * declare const Deploy: StandardSchema<unknown, { version: string }>;
 *
 * connect(undefined, { codec: json() })
 *   .stream('user:deploy')
 *   .pipe(validatePayload(Deploy, { onError: (error) => console.warn(error.message) }))
 *   .subscribe(({ payload }) => console.log(payload.version));
 * ```
 */
export function validatePayload<P, T extends Received>(
  schema: StandardSchema<unknown, P>,
  options: ValidatePayloadOptions<T> & Required<PayloadErrorOptions<T>>,
): OperatorFunction<T, Validated<T, P>>;
export function validatePayload<P, T extends Received>(
  schema: StandardSchema<unknown, P>,
  options?: ValidatePayloadOptions<T>,
): OperatorFunction<T, Validated<T, P | undefined>>;
export function validatePayload(
  schema: StandardSchema,
  { onError, capacity = 1_024 }: ValidatePayloadOptions<Received> = {},
): OperatorFunction<Received, Received> {
  if (typeof schema?.['~standard']?.validate !== 'function')
    throw misuse('validatePayload', 'schema', 'a Standard Schema', schema);
  requireHandler('validatePayload', 'onError', onError);
  requireCount('validatePayload', 'capacity', capacity);
  const judge = (value: Received): Observable<Judged> => {
    if (!carriesPayload(value)) return of([value, undefined]);
    if (value.payloadError) return of([value, { error: value.payloadError }]);
    return checkPayload(schema, value.payload).pipe(map((checked) => [value, checked]));
  };
  const emitted = ([value, checked]: Judged): Received | undefined => {
    if (!checked) return value;
    if ('payload' in checked) return { ...value, payload: checked.payload };
    if (!onError) return { ...value, payload: undefined, payloadError: checked.error };
    onError(checked.error, value);
    return undefined;
  };
  const onDrop = () => {
    throw new SerfError('overflow', `validatePayload: ${capacity} values are waiting already`);
  };
  return (source) =>
    source.pipe(
      bufferBounded(judge, { capacity, onDrop }),
      map(emitted),
      filter((value) => value !== undefined),
    );
}
