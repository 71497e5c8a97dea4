import type { DropReport, Member, SerfEvent, StreamGap } from 'rxserf';
import type { Gap, Mark, MarkKind } from './mark.ts';

/** One line of the feed. */
export interface LogEntry {
  /** Grows by one from entry to entry. */
  readonly id: number;
  readonly at: number;
  readonly kind: MarkKind | 'gap' | 'drops';
  readonly subject: string;
  readonly what: string;
  /** With an event or a query: its Lamport time. */
  readonly ltime?: string;
  readonly payload?: Uint8Array;
  readonly coalesce?: boolean;
}

/** Whether something has happened, and is not missing only. */
export function isMark(entry: LogEntry): entry is LogEntry & Mark {
  return entry.kind !== 'gap' && entry.kind !== 'drops';
}

const KINDS: Readonly<Record<string, MarkKind>> = {
  'member-join': 'join',
  'member-leave': 'left',
  'member-failed': 'failed',
  'member-update': 'update',
  'member-reap': 'reap',
};

const NONE: readonly Mark[] = [];
/** Entries that are kept; the oldest give way. */
export const KEPT = 2_000;
/** Marbles that are kept of a member. */
export const KEPT_OF_MEMBER = 32;
/** Marbles that are kept of all members; of those who were heard of longest ago they give way. */
export const KEPT_MARKS = 40_000;
/** Gaps that are kept. */
const KEPT_GAPS = 50;

/** What this page has heard of the cluster, newest last. An event costs a push; lists are made when they are read. */
export class EventLog {
  /** How many entries there were in all. */
  total = 0;
  readonly gaps: Gap[] = [];
  /** Of what was before, not everything is kept; in ms since the epoch. */
  forgotten = 0;
  #kept = 0;
  #entries: LogEntry[] = [];
  readonly #marks = new Map<string, readonly Mark[]>();
  /** As they were last heard of, to tell which have changed. */
  readonly #tags = new Map<string, Member['tags']>();

  record(event: SerfEvent | StreamGap, at: number): void {
    if (event.event === 'gap') {
      this.gaps.push({ from: at - event.away, to: at });
      if (this.gaps.length > KEPT_GAPS) this.gaps.shift();
      this.#push(
        at,
        'gap',
        '',
        `${(event.away / 1_000).toFixed(1)} s without connection; events in between are lost, members were read again`,
      );
    } else if (event.event === 'user' || event.event === 'query') {
      this.#push(at, event.event, event.name, '', {
        ltime: String(event.ltime),
        payload: event.payload,
        ...(event.event === 'user' && { coalesce: event.coalesce }),
      });
    } else {
      for (const member of event.members) this.#member(KINDS[event.event] ?? 'update', member, at);
    }
  }

  /** What came and could not be read. Of a reconnect the stream itself has the gap, and with one a gateway tells what its agent has let go of. */
  drop(report: DropReport, at: number): void {
    if (report.cause !== 'malformed') return;
    const { count, subject, error } = report;
    this.#push(
      at,
      'drops',
      `${count} ${count === 1 ? 'record' : 'records'} dropped`,
      `what came as ${subject} could not be read: ${error.message}`,
    );
  }

  /** Tells the log of members that it has not heard of, so that it knows which of their tags change first. */
  learn(members: ReadonlyMap<string, Member>): void {
    for (const [name, { tags }] of members) if (!this.#tags.has(name)) this.#tags.set(name, tags);
    if (this.#tags.size <= 2 * members.size + KEPT) return;
    for (const name of this.#tags.keys()) if (!members.has(name)) this.#tags.delete(name);
  }

  /** The newest entries, newest first. */
  newest(): LogEntry[] {
    return this.#entries.slice(-KEPT).reverse();
  }

  /** The marbles of a member, oldest first. */
  marksOf(name: string): readonly Mark[] {
    return this.#marks.get(name) ?? NONE;
  }

  #member(kind: MarkKind, member: Member, at: number): void {
    const { name, tags } = member;
    const before = this.#tags.get(name);
    const keys = kind === 'update' && before ? changedKeys(before, tags) : [];
    this.#tags.set(name, tags);
    // A new list, so that who has the one before sees that there is something new.
    const heard = this.marksOf(name);
    const marks = [...heard.slice(1 - KEPT_OF_MEMBER), { at, kind, subject: name, keys }];
    // Anew, so that the first of the map is the one who was heard of longest ago.
    this.#marks.delete(name);
    this.#marks.set(name, marks);
    this.#kept += marks.length - heard.length;
    for (const [other, old] of this.#marks) {
      if (this.#kept <= KEPT_MARKS) break;
      this.#marks.delete(other);
      this.#kept -= old.length;
      this.forgotten = Math.max(this.forgotten, old.at(-1)?.at ?? 0);
    }
    this.#push(at, kind, name, whatOf(kind, keys, before, tags));
  }

  #push(
    at: number,
    kind: LogEntry['kind'],
    subject: string,
    what: string,
    more: Partial<LogEntry> = {},
  ): void {
    this.#entries.push({ id: this.total++, at, kind, subject, what, ...more });
    if (this.#entries.length >= 2 * KEPT) this.#entries = this.#entries.slice(-KEPT);
  }
}

/** The keys that are in one of two tables only, or have another value. */
export function changedKeys(before: Member['tags'], after: Member['tags']): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]);
}

function whatOf(
  kind: MarkKind,
  keys: readonly string[],
  before: Member['tags'] | undefined,
  after: Member['tags'],
): string {
  if (kind === 'join') return 'joined';
  if (kind === 'left') return 'left';
  if (kind === 'failed') return 'failed: no answer to probes';
  if (kind === 'reap') return 'reaped: forgotten by the cluster';
  if (keys.length === 0) return 'its tags or its address changed';
  return keys.map((key) => `${key} ${before?.[key] ?? '(none)'} → ${after[key] ?? '(none)'}`).join(', ');
}
