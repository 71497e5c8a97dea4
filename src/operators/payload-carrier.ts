import type { SerfError } from '../errors.ts';
import type { QueryEvent, QueryReply, QueryResponse, SerfEvent, StreamGap, UserEvent } from '../model.ts';

/** Whatever carries a payload: a user event, a query, or a response to one. */
export type PayloadCarrier<P = unknown> = UserEvent<P> | QueryEvent<P> | QueryResponse<P>;

/** Everything that `stream` and `query` emit: what carries a payload, and what comes along with it. */
export type Received<P = unknown> = SerfEvent<P> | StreamGap | QueryReply<P>;

/** Those of `T` that carry a payload. */
export type CarrierOf<T> = Extract<T, PayloadCarrier>;

/** The payloads of `T`. */
export type PayloadOf<T> = CarrierOf<T>['payload'];

/** What becomes of values whose payload failed, for operators on payloads. */
export interface PayloadErrorOptions<T> {
  /**
   * Takes each value whose payload failed, as it came, with the reason; it is not emitted then. What this throws ends the
   * stream. @defaultValue it is emitted, with `payload: undefined`
   */
  readonly onError?: (error: SerfError, value: CarrierOf<T>) => void;
}

export function carriesPayload<T extends Received>(value: T): value is CarrierOf<T> {
  return 'event' in value ? value.event === 'user' || value.event === 'query' : value.type === 'response';
}
