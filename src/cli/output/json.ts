import type { ConnectionStatus, DecodedPayload, QueryReply, SerfEvent, StreamGap } from '../../model.ts';
import { printable } from './text.ts';

type Payload = DecodedPayload<string | undefined>;

/**
 * A value as one line of JSON. What no terminal should see is escaped, a bigint (a Lamport time above 2^53) is a text,
 * an error is its code and its message.
 */
export function ndjson(value: object): string {
  return printable(
    JSON.stringify(value, (_, item: unknown) => {
      if (typeof item === 'bigint') return item.toString();
      if (item instanceof Error) return { code: (item as { code?: unknown }).code, message: item.message };
      return item;
    }),
  );
}

/** Everything `watch` tells, told apart by `type`. */
export function record(type: string, fields: object): string {
  return ndjson({ type, time: new Date().toISOString(), ...fields });
}

export function eventFields(event: SerfEvent<string | undefined> | StreamGap): object {
  if (event.event === 'user') {
    const { name, ltime, coalesce } = event;
    return { event: 'user', name, ltime, coalesce, ...payloadFields(event) };
  }
  if (event.event === 'query') {
    const { id, name, ltime } = event;
    return { event: 'query', id, name, ltime, ...payloadFields(event) };
  }
  return event;
}

export function replyFields(reply: QueryReply<string | undefined>): object {
  const { type, from } = reply;
  return type === 'ack' ? reply : { type, from, ...payloadFields(reply) };
}

export function statusFields(status: ConnectionStatus): object {
  if ('retryAt' in status) return { ...status, retryAt: new Date(status.retryAt).toISOString() };
  if ('silentSince' in status && status.silentSince !== undefined)
    return { ...status, silentSince: new Date(status.silentSince).toISOString() };
  return status;
}

/** `payload` as text; where it is not UTF-8, `payloadBase64`. */
function payloadFields({ payload, payloadError, rawPayload }: Payload): object {
  if (!payloadError) return { payload: payload ?? '' };
  return { payloadBase64: Buffer.from(rawPayload ?? []).toString('base64') };
}
