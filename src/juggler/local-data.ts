import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { diff } from '../json-patch/diff.ts';
import { assertJson, type JsonBounds } from '../json-patch/json.ts';
import { DEFAULT_PATCH_LIMITS } from '../json-patch/limits.ts';
import type { JsonPatch, JsonValue } from '../json-patch/operation.ts';
import { dataFrame } from './messages.ts';

/** Where frames go. */
export interface Output {
  send(frame: string): void;
  /** Whether so much waits that data had better wait, too. */
  full(): boolean;
}

/** How often a peer that reads too slowly is looked after, in ms: no platform tells when it has caught up. */
export const LOOK_AGAIN = 10;

/** What a peer of ours takes in one patch. */
const MOST_OPERATIONS = DEFAULT_PATCH_LIMITS.operations;

/** What {@link LocalData} needs. */
export interface LocalDataOptions {
  /** In ms; see `JugglerOptions`. */
  readonly autoflush: number | 'manual';
  readonly bounds: JsonBounds;
  readonly scheduler: SchedulerLike;
}

/** A patch that replaces everything. */
export function whole(value: unknown): JsonPatch {
  return [{ op: 'replace', path: '', value: value as JsonValue }];
}

/**
 * A document that is sent as the patches from one state to the next. The window is fixed: it begins with the first change that
 * has not been sent, and whatever comes until its end is sent as one patch, to the last state.
 *
 * ```
 * set              -a--b-------c----     autoflush 5
 * sent             ------(b)-------(c)
 * ```
 */
export class LocalData {
  readonly #options: LocalDataOptions;
  readonly #waiting = new Set<Subscriber<void>>();
  #output: Output | undefined;
  /** What the peer has; `null` before anything was sent. */
  #sent: unknown = null;
  /** What an earlier peer had. */
  #before: unknown = null;
  /** Whether the present value is to be sent as soon as that is possible. */
  #due = false;
  #timer: Subscription | undefined;
  value: unknown = null;

  constructor(options: LocalDataOptions) {
    this.#options = options;
  }

  /** @throws `InvalidArgumentError` for what is not JSON */
  set(value: unknown): void {
    const { autoflush, bounds } = this.#options;
    assertJson('local data', value, bounds, this.value);
    this.value = value;
    if (autoflush === 0) this.sync();
    else if (autoflush !== 'manual' && !this.#timer) this.#schedule(autoflush);
  }

  /** Sends what is pending, or waits for the occasion; completes when there is nothing left to be sent. */
  flush(): Observable<void> {
    return new Observable((subscriber) => {
      this.#waiting.add(subscriber);
      this.sync();
      return () => this.#waiting.delete(subscriber);
    });
  }

  /** There is a connection, whose peer has nothing yet. */
  attach(output: Output, again: boolean): void {
    this.#output = output;
    if (again && !this.#due && this.#options.autoflush === 'manual') this.#sendTo(this.#before, output);
    else if (again || this.#due) this.sync();
  }

  /** There is none any more. */
  detach(): void {
    this.#output = undefined;
    this.#before = this.#sent;
    this.#sent = null;
  }

  /** Nothing is sent any more; who waits for a flush gets the error. */
  end(error: unknown): void {
    this.detach();
    this.#timer?.unsubscribe();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const subscriber of waiting) subscriber.error(error);
  }

  /** Sends the present value, as soon as that is possible, or at once whatever waits for a slow peer (`regardless`). */
  sync(regardless = false): void {
    const output = this.#output;
    this.#due = output === undefined || (!regardless && output.full());
    if (!output || this.#due) {
      if (output) this.#schedule(LOOK_AGAIN);
      return;
    }
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#sendTo(this.value, output);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const subscriber of waiting) {
      subscriber.next();
      subscriber.complete();
    }
  }

  #sendTo(value: unknown, output: Output): void {
    const patch = diff(this.#sent, value);
    this.#sent = value;
    if (patch.length > 0) output.send(dataFrame(patch.length > MOST_OPERATIONS ? whole(value) : patch));
  }

  #schedule(delay: number): void {
    this.#timer?.unsubscribe();
    this.#timer = this.#options.scheduler.schedule(() => {
      this.#timer = undefined;
      this.sync();
    }, delay);
  }
}
