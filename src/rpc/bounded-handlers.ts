import {
  from,
  isObservable,
  type Observable,
  type Observer,
  type SchedulerLike,
  type Subscription,
  take,
} from 'rxjs';
import type { Deadlines, Expiring } from './deadlines.ts';
import { RpcError } from './rpc-error.ts';

/** How often a peer that reads too slowly is looked after, in ms: no platform tells when it has caught up. */
const LOOK_AGAIN = 10;
/** How many finished entries the queue keeps in front before it is moved up. */
const SLACK = 1_000;

/**
 * Why a call has no value:
 *
 * - an {@link RpcError}: thrown by the handler, and meant for the peer
 * - `'failed'`: the handler threw anything else, which the peer is not to see
 * - `'timed-out'`: it took too long, and was unsubscribed from
 * - `'busy'`: too many wait already; it was not begun
 */
export type HandlerFailure = RpcError | 'failed' | 'timed-out' | 'busy';

/** One call of a handler. Exactly one of `done` and `failed` is called, none after {@link BoundedHandlers.close}. */
export interface HandlerCall {
  /** How many bytes of memory it keeps while it waits, about. */
  readonly size: number;
  /** Whether nobody waits for the answer any more, though the handler has only begun. @defaultValue never */
  readonly isOver?: boolean;
  /** Calls the handler. The first value of an Observable, a Promise's value, or anything else is the answer. */
  invoke(): unknown;
  /** The answer; `undefined` for none. */
  done(value: unknown): void;
  /** @param cause with `'failed'`: what the handler threw */
  failed(why: HandlerFailure, cause?: unknown): void;
}

/** Bounds on the handlers of one connection, and the clock. */
export interface BoundedHandlersOptions {
  /** How many run at a time. */
  readonly concurrency: number;
  /** How many may wait for their turn. */
  readonly waiting: number;
  /** How many bytes those that wait may keep. */
  readonly waitingBytes: number;
  /** How long one may run, in ms; 0: for ever. */
  readonly timeout: number;
  /** Whether there is no room for an answer: then none is begun, and the answers of those that run are held. @defaultValue never */
  readonly full?: () => boolean;
  readonly deadlines: Deadlines;
  readonly scheduler: SchedulerLike;
}

/** The function of this name, if it is the table's own: names come from the wire, and `constructor` may be one. */
export function handlerOf<F>(table: Readonly<Record<string, F>>, name: string): F | undefined {
  if (!Object.hasOwn(table, name)) return undefined;
  const handler = table[name];
  return typeof handler === 'function' ? handler : undefined;
}

/**
 * Runs handlers: `concurrency` at a time, each for `timeout` ms at most; the others wait in their order, within bounds. Of
 * one that takes too long, an Observable is unsubscribed from; a Promise cannot be stopped, and no longer counts.
 */
export class BoundedHandlers {
  readonly #options: BoundedHandlersOptions;
  /** Those that run and are not over within the call. */
  readonly #runs = new Set<Run>();
  /** How many run. */
  #active = 0;
  /** Those that wait, from `#head` on. */
  #queue: HandlerCall[] = [];
  #head = 0;
  #queuedBytes = 0;
  /** Those whose answers wait for room, in their order: at most as many as may run, as they count as such. */
  #held: Run[] = [];
  #working = false;
  #closed = false;
  #later: Subscription | undefined;

  constructor(options: BoundedHandlersOptions) {
    this.#options = options;
  }

  /** How many run or wait. */
  get size(): number {
    return this.#active + this.#waiting;
  }

  get #waiting(): number {
    return this.#queue.length - this.#head;
  }

  /** Begins a call, or has it wait for its turn. */
  run(call: HandlerCall): void {
    if (this.#closed) return;
    const { concurrency, waiting, waitingBytes, full } = this.#options;
    if (this.#waiting === 0 && this.#active < concurrency && !full?.()) {
      this.#begin(call);
      if (this.#waiting > 0) this.#work();
    } else if (this.#waiting >= waiting || this.#queuedBytes + call.size > waitingBytes) {
      call.failed('busy');
    } else {
      this.#queue.push(call);
      this.#queuedBytes += call.size;
      if (this.#active < concurrency) this.#lookAgain();
    }
  }

  /** Unsubscribes from a call that runs, or forgets one that waits; nothing is told of it any more. */
  cancel(call: HandlerCall): void {
    for (const run of this.#runs) {
      if (run.call !== call || !this.over(run)) continue;
      run.stop();
      this.settled();
      return;
    }
    const index = this.#queue.indexOf(call, this.#head);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    this.#queuedBytes -= call.size;
  }

  /** Unsubscribes from those that run, and forgets those that wait. What an unsubscription throws is ignored. */
  close(): void {
    this.#closed = true;
    this.#later?.unsubscribe();
    this.#queue = [];
    this.#head = 0;
    this.#queuedBytes = 0;
    this.#held = [];
    const runs = [...this.#runs];
    this.#runs.clear();
    for (const run of runs) {
      this.#options.deadlines.delete(run);
      run.stop();
    }
  }

  /** A loop, and not a call per handler: thousands may wait, each of which is over at once. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    const { concurrency, full } = this.#options;
    this.#release();
    while (this.#waiting > 0 && this.#active < concurrency) {
      if (full?.()) {
        this.#lookAgain();
        break;
      }
      const call = this.#queue[this.#head++] as HandlerCall;
      this.#queuedBytes -= call.size;
      this.#begin(call);
    }
    if (this.#head === this.#queue.length || this.#head > SLACK) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#working = false;
  }

  /** Hands over what was held, as far as there is room. */
  #release(): void {
    const { full } = this.#options;
    while (this.#held.length > 0 && !full?.()) {
      const run = this.#held.shift() as Run;
      if (this.over(run)) run.call.done(run.value);
    }
    if (this.#held.length > 0) this.#lookAgain();
  }

  #lookAgain(): void {
    this.#later ??= this.#options.scheduler.schedule(() => {
      this.#later = undefined;
      this.#work();
    }, LOOK_AGAIN);
  }

  #begin(call: HandlerCall): void {
    this.#active++;
    let answer: unknown;
    let later$: Observable<unknown> | undefined;
    try {
      answer = call.invoke();
      later$ = isObservable(answer) || isPromiseLike(answer) ? from(answer) : undefined;
    } catch (error) {
      this.#active--;
      if (!this.#isOver(call)) fail(call, error);
      return;
    }
    if (this.#isOver(call)) {
      this.#active--;
      // A Promise goes on, and what it is rejected with would end the process.
      if (later$ && !isObservable(answer)) later$.subscribe({ error: () => {} });
    } else if (later$) this.#await(later$, new Run(call, this));
    else {
      this.#active--;
      call.done(answer);
    }
  }

  /** Whether a handler, which has just been called, has ended its own call meanwhile, or all of them. */
  #isOver(call: HandlerCall): boolean {
    return this.#closed || call.isOver === true;
  }

  #await(answer$: Observable<unknown>, run: Run): void {
    const { timeout, deadlines } = this.#options;
    this.#runs.add(run);
    if (timeout > 0) {
      run.deadline = deadlines.now() + timeout;
      deadlines.add(run);
    }
    run.subscription = answer$.pipe(take(1)).subscribe(run);
    // Closed meanwhile: there was nothing to unsubscribe from yet.
    if (this.#closed) run.stop();
  }

  /**
   * A handler is done. Its answer goes out, or is held until there is room for it: many that run at a time may be done at once, and
   * a peer that reads as fast as it can is not to be hung up on for that.
   */
  finished(run: Run, value: unknown): void {
    const { full, deadlines } = this.#options;
    if (this.#held.length === 0 && !full?.()) {
      if (!this.over(run)) return;
      run.call.done(value);
      this.settled();
    } else if (this.#runs.has(run) && !run.isHeld) {
      run.value = value;
      run.isHeld = true;
      if (run.deadline > 0) deadlines.delete(run);
      this.#held.push(run);
      this.#lookAgain();
    }
  }

  /** Whether `run` was still under way; the next one may begin. */
  over(run: Run): boolean {
    if (!this.#runs.delete(run)) return false;
    this.#active--;
    if (run.deadline > 0) this.#options.deadlines.delete(run);
    return true;
  }

  /** Something is over, and has been told. */
  settled(): void {
    if (this.#waiting > 0 || this.#held.length > 0) this.#work();
  }
}

/** A call that is not over within `invoke`. */
class Run implements Expiring, Observer<unknown> {
  readonly call: HandlerCall;
  readonly #handlers: BoundedHandlers;
  subscription: Subscription | undefined;
  /** By the scheduler's clock, in ms; 0: none. */
  deadline = 0;
  sooner: Expiring | undefined;
  later: Expiring | undefined;
  /** The answer, while it waits for room. */
  value: unknown;
  isHeld = false;

  constructor(call: HandlerCall, handlers: BoundedHandlers) {
    this.call = call;
    this.#handlers = handlers;
  }

  next(value: unknown): void {
    this.#handlers.finished(this, value);
  }

  error(error: unknown): void {
    if (!this.#handlers.over(this)) return;
    fail(this.call, error);
    this.#handlers.settled();
  }

  complete(): void {
    this.next(undefined);
  }

  expire(): void {
    if (!this.#handlers.over(this)) return;
    this.stop();
    this.call.failed('timed-out');
    this.#handlers.settled();
  }

  stop(): void {
    try {
      this.subscription?.unsubscribe();
    } catch {
      // A handler's own trouble: the answer is known already, and others are to go on.
    }
  }
}

function fail(call: HandlerCall, error: unknown): void {
  if (error instanceof RpcError) call.failed(error);
  else call.failed('failed', error);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
