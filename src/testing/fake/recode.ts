import type { Codec } from '../../codec.ts';
import { SerfError } from '../../errors.ts';
import type { DecodedPayload } from '../../model.ts';

const NO_BYTES = new Uint8Array(0);

/** What a payload is to another codec, as it would come out of a client that has that one. */
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
