import type { Codec } from '../../codec.ts';
import { SerfError } from '../../errors.ts';
import type { DecodedPayload } from '../../model.ts';

const NO_BYTES = new Uint8Array(0);

/** Converts a payload from one codec to another, as a client with the other one would decode it. */
export function recode<P, T>(
  { payload, rawPayload }: DecodedPayload<P>,
  from: Codec<P>,
  to: Codec<T>,
): DecodedPayload<T> {
  const bytes = rawPayload ?? (payload === undefined ? NO_BYTES : from.encode(payload));
  try {
    return { payload: to.decode(bytes) };
  } catch (cause) {
    const message = 'the codec could not decode the payload';
    const payloadError = new SerfError('payload-undecodable', message, { cause });
    return { payload: undefined as T, payloadError, rawPayload: bytes };
  }
}
