import { Observable, type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { diff } from '../json-patch/diff.ts';
import { assertJson } from '../json-patch/json.ts';
import { DEFAULT_PATCH_LIMITS } from '../json-patch/limits.ts';
import type { JsonPatch, JsonPatchOperation } from '../json-patch/operation.ts';
import { duration } from '../options.ts';
import { LOOK_AGAIN, type Output, whole } from './local-data.ts';
import { dataFrame } from './messages.ts';

/**
 * A document for many connections, by `shareLocalData`: its changes are found and written once, however many read it.
 *
 * ```
 * changes          -a--b-------c----     autoflush 5
 * each connection  ------(b)-------(c)
 * one that joins        ^x               x: the whole document, as it was sent last
 * ```
 *
 * @typeParam T what it looks like
 */
export interface SharedDocument<T> {
  readonly value: T;
  /** Sends what has changed, now. */
  flush(): void;
  /** For a connection, to take part. */
  join(): SharedData;
}

/** Options of a {@link SharedDocument}. */
export interface SharedDocumentOptions {
  /** How long after a change it is sent, with all that has changed until then, in ms; 0: at once. @defaultValue 200 */
  readonly autoflush?: number;
  /** Where all time comes from. @defaultValue monotonic time */
  readonly scheduler?: SchedulerLike;
}

/** A connection's part in a shared document, in the place of local data of its own. */
export interface SharedData {
  readonly value: unknown;
  attach(output: Output, again: boolean): void;
  detach(): void;
  sync(regardless?: boolean): void;
  flush(): Observable<void>;
  end(error: unknown): void;
}

/** Where a shared document comes from. */
export interface DocumentSource {
  /** The document, as `take` has left it. */
  sent(): unknown;
  /** What has changed since the last time; it is taken once, for everybody. */
  take(): readonly JsonPatchOperation[];
  /** Begins to follow what it is made of: somebody is there to read it. */
  connect?(): Subscription;
}

/** How many operations are kept for a peer that reads too slowly; after more than these it gets the whole document. */
const MOST_KEPT = 1_000;
/** And how long their frames may be altogether, in characters: their values are kept from being forgotten. */
const MOST_KEPT_SIZE = 1024 * 1024;
/** What a peer of ours takes in one patch. */
const MOST_OPERATIONS = DEFAULT_PATCH_LIMITS.operations;

/** Sends a document's changes to all who take part, each written once. */
export class Broadcast {
  readonly #source: DocumentSource;
  readonly #autoflush: number;
  readonly #scheduler: SchedulerLike;
  readonly #readers = new Set<Reader>();
  /** Those of them that are new, or too slow. */
  readonly #behind = new Set<Reader>();
  /** The whole document in a frame, as it was sent last. */
  #whole: string | undefined;
  /** Whether there is something to take. */
  #pending = false;
  #timer: Subscription | undefined;
  #later: Subscription | undefined;
  #connection = Subscription.EMPTY;

  constructor(source: DocumentSource, { autoflush = 200, scheduler }: SharedDocumentOptions = {}) {
    this.#source = source;
    this.#autoflush = duration('autoflush', autoflush);
    this.#scheduler = scheduler ?? monotonicScheduler;
  }

  /** There is something to take. */
  changed(): void {
    this.#pending = true;
    if (this.#readers.size === 0) return;
    if (this.#autoflush === 0) this.flush();
    else this.#timer ??= this.#scheduler.schedule(() => this.flush(), this.#autoflush);
  }

  flush(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    if (!this.#pending) return;
    const operations = this.#take();
    if (operations.length === 0) return;
    const frame = operations.length > MOST_OPERATIONS ? this.wholeFrame() : dataFrame(operations);
    for (const reader of this.#readers) reader.offer(operations, frame);
  }

  /** The whole document in a frame, as it was sent last; written once until it changes. */
  wholeFrame(): string {
    this.#whole ??= dataFrame(whole(this.#source.sent()));
    return this.#whole;
  }

  enter(reader: Reader): void {
    // Nobody was there to be told.
    if (this.#readers.size === 0 && this.#pending) this.#take();
    this.#readers.add(reader);
    if (this.#readers.size === 1) this.#connection = this.#source.connect?.() ?? Subscription.EMPTY;
  }

  leave(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    this.#behind.delete(reader);
    if (this.#readers.size > 0) return;
    this.#connection.unsubscribe();
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#whole = undefined;
  }

  /** One that is not where all others are is looked after until it is. */
  isBehind(reader: Reader): void {
    this.#behind.add(reader);
    this.#later ??= this.#scheduler.schedule(() => {
      this.#later = undefined;
      for (const each of [...this.#behind]) if (!each.catchUp()) this.isBehind(each);
    }, LOOK_AGAIN);
  }

  caughtUp(reader: Reader): void {
    this.#behind.delete(reader);
    if (this.#behind.size > 0) return;
    this.#later?.unsubscribe();
    this.#later = undefined;
  }

  #take(): readonly JsonPatchOperation[] {
    this.#pending = false;
    const operations = this.#source.take();
    if (operations.length > 0) this.#whole = undefined;
    return operations;
  }
}

/** One connection's part: it has got all that was sent, or what it has missed is kept for it. */
export class Reader implements SharedData {
  readonly #document: SharedDocument<unknown>;
  readonly #broadcast: Broadcast;
  readonly #waiting = new Set<Subscriber<void>>();
  #output: Output | undefined;
  /** What it has missed, if anything; `'all'`: it has nothing yet, or has missed too much. */
  #missed: JsonPatch | 'all' | undefined = 'all';
  #missedSize = 0;

  constructor(document: SharedDocument<unknown>, broadcast: Broadcast) {
    this.#document = document;
    this.#broadcast = broadcast;
  }

  get value(): unknown {
    return this.#document.value;
  }

  attach(output: Output): void {
    this.#output = output;
    this.#missed = 'all';
    this.#broadcast.enter(this);
    if (!this.catchUp()) this.#broadcast.isBehind(this);
  }

  detach(): void {
    this.#output = undefined;
    this.#broadcast.leave(this);
  }

  end(error: unknown): void {
    this.detach();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const subscriber of waiting) subscriber.error(error);
  }

  flush(): Observable<void> {
    return new Observable((subscriber) => {
      this.#waiting.add(subscriber);
      this.sync();
      return () => this.#waiting.delete(subscriber);
    });
  }

  sync(): void {
    if (!this.#output) return;
    this.#broadcast.flush();
    if (this.#missed === undefined) this.#settle();
  }

  /** What has changed, as operations and in a frame. */
  offer(operations: JsonPatch, frame: string): void {
    const missed = this.#missed;
    const output = this.#output as Output;
    if (missed === undefined && !output.full()) output.send(frame);
    else if (missed !== 'all') {
      const kept = (missed?.length ?? 0) + operations.length;
      this.#missedSize += frame.length;
      const tooMuch = kept > MOST_KEPT || this.#missedSize > MOST_KEPT_SIZE;
      this.#missed = tooMuch ? 'all' : [...(missed ?? []), ...operations];
      this.#broadcast.isBehind(this);
    }
  }

  /** Sends what it has missed, if there is room; whether there was. */
  catchUp(): boolean {
    const output = this.#output;
    if (!output || output.full()) return false;
    const missed = this.#missed;
    this.#missed = undefined;
    this.#missedSize = 0;
    this.#broadcast.caughtUp(this);
    if (missed === 'all') output.send(this.#broadcast.wholeFrame());
    else if (missed) output.send(dataFrame(missed));
    this.#settle();
    return true;
  }

  #settle(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const subscriber of waiting) {
      subscriber.next();
      subscriber.complete();
    }
  }
}

/** A {@link SharedDocument} that is set from outside. */
export interface SettableDocument<T> extends SharedDocument<T> {
  /** What was set last. */
  readonly value: T;
  /**
   * Sets the document; what has changed is found once, for everybody.
   *
   * @throws `InvalidArgumentError` (`invalid-payload`, `payload-too-large`) for what is not JSON
   */
  set(value: T): void;
}

/**
 * A document that many connections have as their local data: set it once, and each of them sends it.
 *
 * @param value to begin with
 * @throws `InvalidArgumentError` (`invalid-payload`, `payload-too-large`) for what is not JSON
 * @example
 * ```ts
 * import { jugglerListen, sharedDocument } from 'rxserf/juggler';
 *
 * const board = sharedDocument({ headlines: ['hello'] });
 * jugglerListen({ port: 8080 }).subscribe((event) => {
 *   if (event.type === 'connected') event.connection.shareLocalData(board);
 * });
 * board.set({ headlines: ['hello', 'world'] }); // one patch, for all
 * ```
 */
export function sharedDocument<T>(value: T, options?: SharedDocumentOptions): SettableDocument<T> {
  assertJson('the document', value, DEFAULT_PATCH_LIMITS);
  let present = value;
  let sent: unknown = value;
  const broadcast = new Broadcast(
    {
      sent: () => sent,
      take: () => {
        const patch = diff(sent, present);
        sent = present;
        return patch;
      },
    },
    options,
  );
  const document: SettableDocument<T> = {
    get value() {
      return present;
    },
    set(next) {
      assertJson('the document', next, DEFAULT_PATCH_LIMITS, present);
      present = next;
      broadcast.changed();
    },
    flush: () => broadcast.flush(),
    join: () => new Reader(document, broadcast),
  };
  return document;
}
