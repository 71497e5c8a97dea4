// A document of N members, each an object with tags, one of them changed: our diff and patch, and those of fast-json-patch.
//
//   diff, compare            both documents as they came over a wire: nothing is shared
//   diff-shared, compare-shared   what has not changed is the same object in both
//   apply, apply-patch       the patch of one operation
import fastJsonPatch from 'fast-json-patch';
import { applyPatch, diff } from 'rxserf/json-patch';
import { begin } from '../peers/runner.mjs';

const run = begin();
const members = Number(run.workload.split('-').at(-1));
const key = `node-${members >> 1}`;
const before = received(documentOf(members));
/** @type {Record<string, any>} */
const shared = { ...before, [key]: { ...before[key], status: 'failed' } };
const after = received(shared);
const patch = diff(before, after);
const text = JSON.stringify(shared);
if (JSON.stringify(patch) !== `[{"op":"replace","path":"/${key}/status","value":"failed"}]`)
  run.fail('the patch is another one');
if (JSON.stringify(applyPatch(before, patch)) !== text) run.fail('the patch makes something else');

/** @type {Record<string, () => unknown>} */
const work = {
  diff: () => diff(before, after),
  compare: () => fastJsonPatch.compare(before, after),
  'diff-shared': () => diff(before, shared),
  'compare-shared': () => fastJsonPatch.compare(before, shared),
  apply: () => applyPatch(before, patch),
  'apply-patch': () => fastJsonPatch.applyPatch(before, /** @type {any} */ (patch), true, false),
};
const once = work[run.peer];
if (!once) throw new Error(`no such peer: ${run.peer}`);
for (let i = 0; i < run.n; i++) once();
run.start();
for (let i = 0; i < run.n; i++) once();
run.done(run.n);

/** @param {number} count */
function documentOf(count) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `node-${i}`,
      {
        name: `node-${i}`,
        address: `10.0.${i >> 8}.${i & 255}`,
        port: 7946,
        status: 'alive',
        tags: { role: 'web', dc: 'eu', version: String(i % 7) },
      },
    ]),
  );
}

/**
 * A copy that shares nothing.
 * @template T
 * @param {T} value
 * @returns {T}
 */
function received(value) {
  return JSON.parse(JSON.stringify(value));
}
