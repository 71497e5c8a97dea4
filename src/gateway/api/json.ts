import type { DecodedPayload, Member, SerfEvent } from '../../model.ts';

/** Lists of members that were written before, for as long as somebody has them: many ask for the same one. */
const written = new WeakMap<readonly Member[], string>();

/** Members as JSON. Names that are not UTF-8 have lone surrogates, which JSON writes as escapes. */
export function membersJson(members: readonly Member[]): string {
  let text = written.get(members);
  if (text === undefined) {
    text = JSON.stringify({ members });
    // One that somebody may still change is not the same tomorrow.
    if (Object.isFrozen(members)) written.set(members, text);
  }
  return text;
}

/**
 * An event as JSON. A payload is `{"utf8": …}`, or `{"base64": …}` where it is not UTF-8; a Lamport time above 2^53 − 1 is a text. A
 * query has no id: it cannot be answered here.
 */
export function eventJson(event: SerfEvent): string {
  return JSON.stringify(fieldsOf(event), (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

function fieldsOf(event: SerfEvent): object {
  if (event.event === 'user') {
    const { event: kind, name, ltime, coalesce } = event;
    return { event: kind, name, ltime, coalesce, payload: payloadOf(event) };
  }
  if (event.event === 'query') {
    const { event: kind, name, ltime } = event;
    return { event: kind, name, ltime, payload: payloadOf(event) };
  }
  const { event: kind, members } = event;
  return { event: kind, members };
}

function payloadOf({ payload, rawPayload }: DecodedPayload<Uint8Array>): object {
  const bytes = payload ?? rawPayload ?? new Uint8Array(0);
  try {
    return { utf8: UTF8.decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
