// What Chromium itself notes of a page: its tasks, and how long what somebody does takes until it is seen.

/** @import { CDPSession } from 'playwright-core' */

/**
 * @typedef {object} TraceEvent
 * @property {string} name
 * @property {string} ph
 * @property {number} ts in µs
 * @property {number} [dur] in µs
 * @property {number} [tdur] what the thread itself was at work meanwhile, in µs
 * @property {number} pid
 * @property {number} tid
 * @property {{local?: string, global?: string}} [id2]
 * @property {string} [id]
 * @property {any} [args]
 */

/** A task that takes longer is a long one, in ms. */
export const LONG = 50;
const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', 'loading'];

/**
 * Records what `work` has the browser do.
 * @param {CDPSession} session of the browser or of a page
 * @param {() => Promise<void>} work
 */
export async function traced(session, work) {
  /** @type {TraceEvent[]} */
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value) events.push(/** @type {TraceEvent} */ (/** @type {unknown} */ (event)));
  });
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', {
    traceConfig: {
      includedCategories: CATEGORIES,
      excludedCategories: ['*'],
      recordMode: 'recordAsMuchAsPossible',
    },
    transferMode: 'ReportEvents',
  });
  await work();
  await session.send('Tracing.end');
  await complete;
  return new Trace(events);
}

export class Trace {
  #tasks;
  #timings;

  /** @param {TraceEvent[]} events */
  constructor(events) {
    const main = mainThread(events);
    this.#tasks = events.filter(
      ({ name, pid, tid }) => name === 'RunTask' && pid === main?.pid && tid === main.tid,
    );
    this.#timings = events.filter(({ name }) => name === 'EventTiming').sort((a, b) => a.ts - b.ts);
  }

  /**
   * What tasks of the page's main thread took, in ms: of the processor, as others' processes are not the page's fault, or by the clock.
   * @param {'work' | 'clock'} by
   */
  tasks(by) {
    return this.#tasks.map(({ dur = 0, tdur = dur }) => (by === 'clock' ? dur : tdur) / 1_000);
  }

  /** @param {'work' | 'clock'} by */
  longTasks(by) {
    return this.tasks(by).filter((ms) => ms > LONG);
  }

  /** How busy the main thread was, in ms. */
  busy() {
    return this.tasks('work').reduce((sum, ms) => sum + ms, 0);
  }

  /**
   * What somebody did, and how long it took until the frame with what came of it was shown, in ms: by the clock, and how much of that
   * the page's main thread was at work.
   */
  interactions() {
    /** @type {Map<string, TraceEvent>} */
    const begun = new Map();
    /** @type {{type: string, clock: number, work: number}[]} */
    const found = [];
    for (const event of this.#timings) {
      const id = `${event.id2?.local ?? event.id}`;
      const begin = begun.get(id);
      if (event.ph === 'b') begun.set(id, event);
      if (event.ph !== 'e' || !begin) continue;
      const { interactionId = 0, type } = begin.args?.data ?? {};
      if (interactionId > 0)
        found.push({ type, clock: (event.ts - begin.ts) / 1_000, work: this.#work(begin.ts, event.ts) });
    }
    return found;
  }

  /**
   * @param {number} from in µs
   * @param {number} to
   */
  #work(from, to) {
    let work = 0;
    for (const { ts, dur = 0, tdur = dur } of this.#tasks) {
      const overlap = Math.min(to, ts + dur) - Math.max(from, ts);
      if (overlap > 0) work += tdur * (overlap / dur);
    }
    return work / 1_000;
  }
}

/**
 * The renderer's thread that lays out: the others have a name of the same, but no page.
 * @param {TraceEvent[]} events
 */
function mainThread(events) {
  /** @type {Map<string, {pid: number, tid: number, count: number}>} */
  const threads = new Map();
  for (const { name, pid, tid } of events) {
    if (name !== 'UpdateLayoutTree' && name !== 'Layout' && name !== 'FunctionCall') continue;
    const thread = threads.get(`${pid} ${tid}`) ?? { pid, tid, count: 0 };
    thread.count++;
    threads.set(`${pid} ${tid}`, thread);
  }
  return [...threads.values()].sort((a, b) => b.count - a.count)[0];
}
