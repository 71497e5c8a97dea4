// Holds medians against budgets.json.
import { readFileSync } from 'node:fs';

/** @import { Results } from './results.mjs' */

/**
 * @typedef {object} Budget
 * @property {string} what
 * @property {string} of `WORKLOAD PEER MEASURE`
 * @property {string} [over] the ratio to this is meant
 * @property {string} [minus] what it has more than this is meant
 * @property {number} [atLeast]
 * @property {number} [atMost]
 */

/** @typedef {{budget: Budget, value: number | undefined, met: boolean}} Verdict `value` is undefined where a run failed */

/** @type {Budget[]} */
const budgets = JSON.parse(readFileSync(new URL('budgets.json', import.meta.url), 'utf8'));

/**
 * The budgets of what was run.
 * @param {Results} results
 * @returns {Verdict[]}
 */
export function judge(results) {
  return budgets
    .filter(({ of, over = of, minus = of }) => [of, over, minus].every((quantity) => results.was(quantity)))
    .map((budget) => {
      const value = figureOf(budget, results);
      return { budget, value, met: value !== undefined && meets(budget, value) };
    });
}

/**
 * @param {Budget} budget
 * @param {Results} results
 */
function figureOf({ of, over, minus }, results) {
  if (over) return results.ratio(of, over);
  return minus ? results.difference(of, minus) : results.median(of);
}

/**
 * @param {Budget} budget
 * @param {number} value
 */
function meets({ atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }, value) {
  return value >= atLeast && value <= atMost;
}
