import type { SchedulerLike, Subscription } from 'rxjs';

/** A scheduled task. */
export interface Task {
  /** Takes it back; nothing of it is left on the scheduler. */
  cancel(): void;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  work: (() => void) | undefined;
}

const NO_TASK: Task = { cancel() {} };

/**
 * The scheduled tasks of a cluster, in order, behind one action of the scheduler: a scheduler keeps its actions sorted at a
 * cost that a thousand nodes' worth of messages would feel, and one action is easily taken back.
 */
export class TaskQueue {
  readonly #scheduler: SchedulerLike;
  /** A binary heap. Bounded by what is on its way: for each message one task a node, until it has arrived; one for each open call. */
  #entries: Entry[] = [];
  #order = 0;
  #cancelled = 0;
  #armed: { readonly at: number; readonly action: Subscription } | undefined;
  #running = false;
  #closed = false;
  /** The latest time that was seen: the scheduler's clock may stand still, or be set back. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** In ms, by the scheduler; never earlier than before, nor than what has come due. */
  now(): number {
    this.#latest = Math.max(this.#latest, this.#scheduler.now());
    return this.#latest;
  }

  /** Runs `work` in `delay` ms; tasks that are due at the same time run in the order of the calls. */
  schedule(delay: number, work: () => void): Task {
    return this.scheduleAt(this.now() + delay, work);
  }

  /** Runs `work` at a time, in ms as {@link now} has it: what is to come in an order must not ask the clock again. */
  scheduleAt(at: number, work: () => void): Task {
    if (this.#closed) return NO_TASK;
    const entry: Entry = { at, order: this.#order++, work };
    push(this.#entries, entry);
    this.#arm();
    return { cancel: () => this.#cancel(entry) };
  }

  /** Drops all tasks, and takes no more. */
  close(): void {
    this.#closed = true;
    this.#entries = [];
    this.#arm();
  }

  #cancel(entry: Entry): void {
    if (!entry.work) return;
    entry.work = undefined;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#entries.length) {
      const live = this.#entries.filter(({ work }) => work);
      this.#entries = [];
      this.#cancelled = 0;
      for (const each of live) push(this.#entries, each);
    }
    this.#arm();
  }

  /** Tasks that are added meanwhile wait for the scheduler's next turn, even if they are due: an event loop needs its share. */
  #run(): void {
    // That the action has fired means that its delay is over, whatever the clock says.
    if (this.#armed) this.#latest = Math.max(this.#latest, this.#armed.at);
    this.#armed = undefined;
    const now = this.now();
    const end = this.#order;
    this.#running = true;
    try {
      for (let next = this.#entries[0]; next && next.at <= now && next.order < end; next = this.#entries[0]) {
        pop(this.#entries);
        const { work } = next;
        next.work = undefined;
        if (work) work();
        else this.#cancelled--;
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  #arm(): void {
    if (this.#running) return;
    while (this.#entries[0] && !this.#entries[0].work) {
      pop(this.#entries);
      this.#cancelled--;
    }
    const at = this.#entries[0]?.at;
    // (A virtual scheduler drops all its actions when one of them throws.)
    if (at === this.#armed?.at && !this.#armed?.action.closed) return;
    this.#armed?.action.unsubscribe();
    this.#armed = undefined;
    if (at === undefined) return;
    const action = this.#scheduler.schedule(() => this.#run(), Math.max(0, at - this.now()));
    this.#armed = { at, action };
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above] as Entry;
    if (!before(entry, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && before(heap[below + 1] as Entry, heap[below] as Entry)) below++;
    const child = heap[below] as Entry;
    if (!before(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
