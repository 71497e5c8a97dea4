/** @import { Measured } from './run-peer.mjs' */

/** What was measured, run by run. A quantity is `WORKLOAD PEER MEASURE`. */
export class Results {
  /** @type {{workload: string, peer: string, round: number, measured: Measured}[]} */
  runs = [];

  /**
   * @param {string} workload
   * @param {string} peer
   * @param {number} round
   * @param {Measured} measured
   */
  add(workload, peer, round, measured) {
    this.runs.push({ workload, peer, round, measured });
  }

  /**
   * @param {string} workload
   * @param {string} peer
   */
  of(workload, peer) {
    return this.runs.filter((run) => run.workload === workload && run.peer === peer);
  }

  /**
   * Whether it was run, with whatever success.
   * @param {string} quantity
   */
  was(quantity) {
    const [workload = '', peer = ''] = quantity.split(' ');
    return this.of(workload, peer).length > 0;
  }

  /**
   * Why runs failed, each reason once.
   * @param {string} workload
   * @param {string} peer
   */
  failures(workload, peer) {
    const reasons = this.of(workload, peer).flatMap(({ measured }) =>
      'failed' in measured ? [String(measured.failed)] : [],
    );
    return { count: reasons.length, reasons: [...new Set(reasons)] };
  }

  /**
   * Run by run; without those that failed.
   * @param {string} quantity
   * @returns {number[]}
   */
  values(quantity) {
    const [workload = '', peer = '', measure = ''] = quantity.split(' ');
    return this.of(workload, peer)
      .map(({ measured }) => /** @type {Record<string, unknown>} */ (measured)[measure])
      .filter((value) => typeof value === 'number');
  }

  /**
   * Undefined where a run failed: what is wrong now and then is wrong.
   * @param {string} quantity
   */
  median(quantity) {
    return this.#failed(quantity) ? undefined : median(this.values(quantity));
  }

  /**
   * The median of the rounds' ratios. A machine is slow for a while now and then: that is about the same for what is run one right
   * after the other, and not for a median of each.
   * @param {string} of
   * @param {string} over
   */
  ratio(of, over) {
    if (this.#failed(of) || this.#failed(over)) return undefined;
    const others = this.values(over);
    return others.length > 0
      ? median(this.values(of).map((value, i) => value / Number(others[i])))
      : undefined;
  }

  /**
   * The median of the rounds' differences.
   * @param {string} of
   * @param {string} minus
   */
  difference(of, minus) {
    if (this.#failed(of) || this.#failed(minus)) return undefined;
    const others = this.values(minus);
    return others.length > 0
      ? median(this.values(of).map((value, i) => value - Number(others[i])))
      : undefined;
  }

  /** @param {string} quantity */
  #failed(quantity) {
    const [workload = '', peer = ''] = quantity.split(' ');
    return this.failures(workload, peer).count > 0;
  }
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
