import type { Observable } from 'rxjs';
import type { Codec } from '../../codec.ts';
import type { KeyReport } from '../../key-report.ts';
import type { Member, QueryReply, SerfEvent, Stats } from '../../model.ts';
import { SafeTable } from '../../safe-table.ts';
import { fingerprinted } from './key-fingerprints.ts';
import type { Rules } from './policy-rules.ts';

const NOTHING = new Uint8Array(0);

/**
 * Leaves out what a policy hides. What many get is made once for all of them and frozen; what hides nothing is passed on as it
 * is.
 */
export class Redaction {
  readonly #rules: Rules;
  readonly #hidden: ReadonlySet<string>;
  /** What was redacted before, for as long as somebody has it. */
  readonly #events = new WeakMap<object, SerfEvent<never>>();
  readonly #lists = new WeakMap<readonly Member[], readonly Member[]>();

  constructor(rules: Rules) {
    this.#rules = rules;
    this.#hidden = new Set(rules.hideTags);
  }

  members(members: readonly Member[]): Member[] {
    if (this.#hidden.size === 0) return members as Member[];
    let redacted = this.#lists.get(members);
    if (!redacted) {
      redacted = Object.freeze(members.map((member) => ({ ...member, tags: this.#tags(member.tags) })));
      this.#lists.set(members, redacted);
    }
    return redacted as Member[];
  }

  /** An event, but for what `respond` of a query does. */
  event<T>(event: SerfEvent<T>, codec: Codec<T>): SerfEvent<T> {
    const carries = event.event === 'user' || event.event === 'query';
    if (carries ? this.#rules.payloads : this.#hidden.size === 0) return event;
    let redacted = this.#events.get(event) as SerfEvent<T> | undefined;
    if (!redacted) {
      redacted = carries ? withoutPayload(event, codec) : { ...event, members: this.members(event.members) };
      this.#events.set(event, redacted as SerfEvent<never>);
    }
    return redacted;
  }

  reply<T>(reply: QueryReply<T>, codec: Codec<T>): QueryReply<T> {
    return reply.type === 'response' && !this.#rules.payloads ? withoutPayload(reply, codec) : reply;
  }

  stats(stats: Stats): Stats {
    const { event_handlers, ...others } = stats;
    const shown = this.#rules.eventHandlers ? stats : others;
    return shown.tags && this.#hidden.size > 0 ? { ...shown, tags: this.#tags(shown.tags) } : shown;
  }

  /** A report, with fingerprints in the keys' place. */
  report(report$: Observable<KeyReport>): Observable<KeyReport> {
    return this.#rules.keys === 'plain' ? report$ : fingerprinted(report$);
  }

  #tags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const shown: Record<string, string> = new SafeTable();
    for (const tag of Object.keys(tags)) if (!this.#hidden.has(tag)) shown[tag] = tags[tag] as string;
    return shown;
  }
}

/** The same with the payload that no bytes decode to, without what may tell more of it. */
function withoutPayload<T, V extends { readonly payload: T }>(value: V, codec: Codec<T>): V {
  const { payloadError, rawPayload, ...others } = value as V & {
    payloadError?: unknown;
    rawPayload?: unknown;
  };
  return { ...others, payload: emptyPayload(codec) } as unknown as V;
}

function emptyPayload<T>(codec: Codec<T>): T | undefined {
  try {
    return codec.decode(NOTHING);
  } catch {
    return undefined;
  }
}
