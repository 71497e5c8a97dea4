// The live table against the stream that it is made from: the same updates, taken by `membership()`, and by nobody. The load
// agent holds them back until it gets an `event`, so the first snapshot is not in the time.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'rxserf';
import { begin } from '../peers/runner.mjs';

/** @import { Member } from 'rxserf' */

/** What `membership()` listens to. */
const FILTER = 'member-failed,member-join,member-leave,member-reap,member-update';
const run = begin();
const { n, members } = run;
const client = connect(run.address, { reconnect: false });

if (run.peer === 'stream') {
  let count = 0;
  client.stream(FILTER).subscribe((event) => {
    if (revOf(event.members[0]) !== ++count) run.fail(`update ${count} is wrong`);
    if (count === n) told(run.stop(n));
  });
  client.members().subscribe(go);
} else {
  let emissions = 0;
  let over = false;
  /** @type {ReadonlyMap<string, Member>} */
  let table = new Map();
  client.membership().subscribe(async (now) => {
    table = now;
    if (emissions++ === 0) go();
    else if (!over && revOf(table.get(nodeName(n - 1))) === n) {
      over = true;
      const measured = run.stop(n);
      if (run.workload === 'membership-burst') await sleep(100); // there may be another one
      const mistake = wrong(table);
      if (mistake) run.fail(mistake);
      told(measured, { emissions: emissions - 1 });
    }
  });
}

/**
 * @param {{seconds: number}} measured
 * @param {object} more
 */
function told(measured, more = {}) {
  run.emit({ ...measured, us: (measured.seconds / n) * 1e6, ...more });
}

function go() {
  run.start();
  client.event('go').subscribe();
}

/** @param {number} i from 0 */
function nodeName(i) {
  return `node-${String(i % members).padStart(5, '0')}`;
}

/** @param {Member | undefined} member */
function revOf(member) {
  return Number(member?.tags['rev'] ?? 0);
}

/**
 * Each member has to be as its last update says.
 * @param {ReadonlyMap<string, Member>} table
 */
function wrong(table) {
  if (table.size !== members) return `${table.size} members`;
  for (let i = 0; i < members; i++) {
    // The updates of the i-th are i + 1, i + 1 + members, …
    const last = i < n ? i + 1 + Math.floor((n - 1 - i) / members) * members : 0;
    if (revOf(table.get(nodeName(i))) !== last) return `${nodeName(i)} is not at ${last}`;
  }
  return undefined;
}
