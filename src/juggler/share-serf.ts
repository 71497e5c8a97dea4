import { defer, type Observable, Subscription } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError, SerfError } from '../errors.ts';
import { diff } from '../json-patch/diff.ts';
import { jsonSize } from '../json-patch/json.ts';
import { DEFAULT_PATCH_LIMITS } from '../json-patch/limits.ts';
import type { JsonPatchOperation, JsonValue } from '../json-patch/operation.ts';
import { escapeToken } from '../json-patch/pointer.ts';
import { MemberTable } from '../member-table.ts';
import { followMembers, type MembershipFilter } from '../membership.ts';
import type { Member, SerfEvent } from '../model.ts';
import { duration } from '../options.ts';
import { readText } from '../protocol/text.ts';
import type { AnySerf } from '../serf.ts';
import {
  Broadcast,
  type DocumentSource,
  Reader,
  type SharedDocument,
  type SharedDocumentOptions,
} from './shared-document.ts';

/** An event in a {@link SerfDocument}. Lamport times above 2^53 are texts; payloads of bytes are texts, as names are. */
export type SharedEvent =
  | {
      readonly event: 'user' | 'query';
      readonly name: string;
      readonly ltime: number | string;
      readonly payload: JsonValue;
    }
  | { readonly event: string; readonly members: readonly string[] };

/** What is known of the connection to the cluster. */
export interface SharedStatus {
  /** As `status$` of a client has it; `closed`: what is in the document does not change any more. */
  readonly state: 'idle' | 'connecting' | 'connected' | 'waiting' | 'closed';
  /** The code of the error behind it, if there is one. */
  readonly error: string | null;
}

/** A cluster as a JSON document; each part is there as it was asked for. */
export interface SerfDocument {
  readonly members?: Readonly<Record<string, Member>>;
  readonly status?: SharedStatus;
  /** The last ones, the newest last. */
  readonly events?: readonly SharedEvent[];
}

/** Options of {@link shareSerf}. Times are in ms. */
export interface ShareSerfOptions extends SharedDocumentOptions {
  /** Whether there are members, and which. @defaultValue true: all */
  readonly members?: boolean | MembershipFilter;
  /**
   * Whether there is a status: that of a client; or of something else that is given here, as the one behind a `policy`. Of a Serf
   * without a status it is `connected` once its members are known. @defaultValue true
   */
  readonly status?:
    | boolean
    | Observable<{ readonly state: SharedStatus['state']; readonly error?: SerfError }>;
  /** How many events there are, such as `'last 100'`; 10,000 at the most. @defaultValue none */
  readonly events?: `last ${number}`;
  /** Which events: a filter of `stream`. @defaultValue '*' */
  readonly filter?: string;
  /** How often all members are asked for, in case an event was lost; 0: never. @defaultValue 60,000 */
  readonly resync?: number;
}

/** What a document is made of: a client, an embedded node, one of them under a `policy`. */
export type SharedSerf = Pick<AnySerf, 'members' | 'stream'> & {
  readonly status$?: Observable<{ readonly state: SharedStatus['state']; readonly error?: SerfError }>;
};

/** The most events that a document has. */
const MOST_EVENTS = 10_000;
/** So many changed members at least, and a quarter of all: the members are written anew. */
const MANY = 1_000;

/**
 * A cluster as a JSON document for any juggler peer: `{ members: { NAME: … }, status, events }`. Its patches are made from the changes
 * themselves, and written once, however many read it.
 *
 * It shows whoever connects what `serf` shows: give it one under a policy. It follows the cluster while somebody reads it. What
 * fails (a refused stream, a client that has given up) is the document's `status`.
 *
 * @throws `InvalidArgumentError` for options that cannot be
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { jugglerListen, shareSerf } from 'rxserf/juggler';
 *
 * const cluster = shareSerf(connect('10.0.0.1:7373'), { events: 'last 100' });
 * jugglerListen({ port: 8080, staticDir: 'public' }).subscribe((event) => {
 *   if (event.type === 'connected') event.connection.shareLocalData(cluster);
 * });
 * ```
 */
export function shareSerf(serf: SharedSerf, options: ShareSerfOptions = {}): SharedDocument<SerfDocument> {
  const source = new SerfSource(serf, options, () => broadcast.changed());
  const broadcast = new Broadcast(source, options);
  const document: SharedDocument<SerfDocument> = {
    get value() {
      return source.sent();
    },
    flush: () => broadcast.flush(),
    join: () => new Reader(document, broadcast),
  };
  return document;
}

/** The changes of a cluster, as they come, until they are taken as operations. */
class SerfSource implements DocumentSource {
  readonly #serf: SharedSerf;
  readonly #options: ShareSerfOptions;
  readonly #last: number;
  readonly #changed: () => void;
  #table = new MemberTable();
  /** Whether the table is that of a cluster, by now. */
  #known = false;
  /** The members in the document. */
  readonly #told = new Map<string, Member>();
  /** Who has changed since; a cluster has no more names than members. */
  readonly #dirty = new Set<string>();
  #status: SharedStatus = { state: 'connecting', error: null };
  #toldStatus = this.#status;
  #failed = false;
  /** The events in the document, and those since: `#last` of each at the most. */
  #events: readonly SharedEvent[] = [];
  #newEvents: SharedEvent[] = [];

  constructor(serf: SharedSerf, options: ShareSerfOptions, changed: () => void) {
    this.#serf = serf;
    this.#options = options;
    this.#changed = changed;
    this.#last = lastOf(options.events);
    duration('resync', options.resync ?? 60_000);
  }

  sent(): SerfDocument {
    const { members = true, status = true, events } = this.#options;
    return {
      ...(members !== false && { members: tableOf(this.#told) }),
      ...(status !== false && { status: this.#toldStatus }),
      ...(events !== undefined && { events: this.#events }),
    };
  }

  take(): JsonPatchOperation[] {
    return [...this.#takeMembers(), ...this.#takeStatus(), ...this.#takeEvents()];
  }

  connect(): Subscription {
    const {
      members = true,
      status = true,
      filter = '*',
      resync = 60_000,
      scheduler = monotonicScheduler,
    } = this.#options;
    const activity = new Subscription(() => this.#clear());
    const status$ = typeof status === 'object' ? status : this.#serf.status$;
    if (status !== false && status$)
      activity.add(status$.subscribe(({ state, error }) => this.#is({ state, error: error?.code ?? null })));
    if (members !== false) {
      const [accepts, pattern] = filterOf(members);
      this.#table = new MemberTable(accepts, (name) => this.#dirty.add(name));
      const onChange = () => {
        this.#known = true;
        if (!status$ && this.#status.state === 'connecting') this.#is({ state: 'connected', error: null });
        this.#changed();
      };
      const members$ = defer(() =>
        followMembers(this.#serf, this.#table, onChange, { pattern, resync, scheduler }),
      );
      activity.add(members$.subscribe(this.#end));
    }
    if (this.#last > 0) {
      const events$ = defer(() => this.#serf.stream<string>(filter) as Observable<SerfEvent<unknown>>);
      activity.add(events$.subscribe({ ...this.#end, next: (event) => this.#event(event) }));
    }
    return activity;
  }

  /** What becomes of the document when a part of it ends. */
  readonly #end = {
    error: (error: unknown) => this.#fail(error instanceof SerfError ? error.code : 'agent-error'),
    complete: () => this.#fail(null),
  };

  #fail(error: string | null): void {
    if (this.#failed) return;
    this.#is({ state: 'closed', error });
    this.#failed = true;
  }

  #is(status: SharedStatus): void {
    if (this.#failed) return;
    this.#status = status;
    this.#changed();
  }

  #event(event: SerfEvent<unknown>): void {
    this.#newEvents.push(sharedEvent(event));
    if (this.#newEvents.length > this.#last) this.#newEvents.shift();
    this.#changed();
  }

  /** Nobody reads it any more: whoever comes next is not to see what was true then. */
  #clear(): void {
    this.#known = false;
    this.#failed = false;
    this.#told.clear();
    this.#dirty.clear();
    this.#status = { state: 'connecting', error: null };
    this.#toldStatus = this.#status;
    this.#events = [];
    this.#newEvents = [];
  }

  #takeMembers(): JsonPatchOperation[] {
    if (!this.#known || this.#dirty.size === 0) return [];
    const names = [...this.#dirty];
    this.#dirty.clear();
    const anew = names.length >= MANY && names.length > this.#told.size / 4;
    const operations: JsonPatchOperation[] = [];
    for (const name of names) {
      const before = this.#told.get(name);
      const now = this.#table.get(name);
      if (now) this.#told.set(name, now);
      else this.#told.delete(name);
      if (!anew) changesOf(`/members/${escapeToken(name)}`, before, now, operations);
    }
    if (anew)
      operations.push({
        op: 'replace',
        path: '/members',
        value: tableOf(this.#told) as unknown as JsonValue,
      });
    return operations;
  }

  #takeStatus(): JsonPatchOperation[] {
    const status = this.#status;
    const { state, error } = this.#toldStatus;
    this.#toldStatus = status;
    if (this.#options.status === false || (status.state === state && status.error === error)) return [];
    return [{ op: 'replace', path: '/status', value: status as unknown as JsonValue }];
  }

  #takeEvents(): JsonPatchOperation[] {
    const added = this.#newEvents;
    if (added.length === 0) return [];
    this.#newEvents = [];
    const removed = Math.max(0, this.#events.length + added.length - this.#last);
    this.#events = [...this.#events.slice(removed), ...added];
    if (removed > 0 && removed >= this.#events.length / 2)
      return [{ op: 'replace', path: '/events', value: this.#events as unknown as JsonValue }];
    return [
      ...Array.from({ length: removed }, () => ({ op: 'remove', path: '/events/0' }) as const),
      ...added.map(
        (value) => ({ op: 'add', path: '/events/-', value: value as unknown as JsonValue }) as const,
      ),
    ];
  }
}

/** Adds what makes a member what it is now. */
function changesOf(
  path: string,
  before: Member | undefined,
  now: Member | undefined,
  operations: JsonPatchOperation[],
): void {
  if (!now) {
    if (before) operations.push({ op: 'remove', path });
  } else if (!before) operations.push({ op: 'add', path, value: now as unknown as JsonValue });
  else for (const each of diff(before, now)) operations.push({ ...each, path: path + each.path });
}

/** A table of members; any name can be one, `__proto__` too. */
function tableOf(members: ReadonlyMap<string, Member>): Readonly<Record<string, Member>> {
  const table: Record<string, Member> = Object.create(null);
  for (const [name, member] of members) table[name] = member;
  return table;
}

function filterOf(members: true | MembershipFilter) {
  if (members === true) return [undefined, undefined] as const;
  return typeof members === 'function' ? ([members, undefined] as const) : ([undefined, members] as const);
}

function lastOf(events: string | undefined): number {
  if (events === undefined) return 0;
  const [, digits] = /^last ([1-9]\d{0,4})$/.exec(events) ?? [];
  if (digits !== undefined && Number(digits) <= MOST_EVENTS) return Number(digits);
  throw new InvalidArgumentError(
    'invalid-argument',
    `events should be 'last 1' to 'last ${MOST_EVENTS}', not ${JSON.stringify(events)}`,
  );
}

function sharedEvent(event: SerfEvent<unknown>): SharedEvent {
  if (event.event !== 'user' && event.event !== 'query')
    return { event: event.event, members: event.members.map(({ name }) => name) };
  const { name, ltime, payload } = event;
  return {
    event: event.event,
    name,
    ltime: typeof ltime === 'bigint' ? `${ltime}` : ltime,
    payload: jsonOf(payload),
  };
}

/** A payload, as far as JSON can say it; `null` where it cannot. */
function jsonOf(payload: unknown): JsonValue {
  if (payload instanceof Uint8Array) return readText(payload, 0, payload.length);
  try {
    jsonSize(payload, DEFAULT_PATCH_LIMITS);
    return payload as JsonValue;
  } catch {
    return null;
  }
}
