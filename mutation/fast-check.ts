import fc from '../node_modules/fast-check/lib/fast-check.js';

/** Of the runs of a property. Who breaks code in some hundred ways needs the first of them, a mutant that lives needs all of them each time. */
const RUNS = 100;

// A score that can be had again, and no time for a failure that nobody reads to become a short one.
fc.configureGlobal({ seed: 1, endOnFailure: true });

export * from '../node_modules/fast-check/lib/fast-check.js';

export default {
  ...fc,
  assert: (property, parameters) =>
    fc.assert(property, { ...parameters, numRuns: Math.min(parameters?.numRuns ?? RUNS, RUNS) }),
} satisfies typeof fc;
