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
   * In ascending order; without the runs that failed.
   * @param {string} quantity
   * @returns {number[]}
   */
  values(quantity) {
    const [workload = '', peer = '', measure = ''] = quantity.split(' ');
    return this.of(workload, peer)
      .map(({ measured }) => /** @type {Record<string, unknown>} */ (measured)[measure])
      .filter((value) => typeof value === 'number')
      .sort((a, b) => a - b);
  }

  /**
   * Undefined where a run failed: what is wrong now and then is wrong.
   * @param {string} quantity
   */
  median(quantity) {
    const [workload = '', peer = ''] = quantity.split(' ');
    if (this.failures(workload, peer).count > 0) return undefined;
    const values = this.values(quantity);
    const middle = (values.length - 1) / 2;
    const [low, high] = [values[Math.floor(middle)], values[Math.ceil(middle)]];
    return low === undefined || high === undefined ? undefined : (low + high) / 2;
  }
}
