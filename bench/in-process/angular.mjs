// What signals cost on top of `membership()`: 10,000 members, 200 changes a second, and a page that reads its members at each
// frame. The time is virtual, so what is measured is work, and no waiting.
import { DestroyRef, Injector, NgZone, PLATFORM_ID, runInInjectionContext } from '@angular/core';
import { VirtualTimeScheduler } from 'rxjs';
import { injectMembers, SERF } from 'rxserf/angular';
import { fakeSerf, member, memberEvent } from 'rxserf/testing';
import { begin } from '../peers/runner.mjs';

/** @import { Member } from 'rxserf' */

const MEMBERS = 10_000;
/** 200 a second, in ms. */
const PERIOD = 5;
/** A frame of a page, in ms. */
const FRAME = 16;

const run = begin();
const { n } = run;
const scheduler = new VirtualTimeScheduler();
const serf = fakeSerf({ scheduler });
serf.reply(
  'members',
  Array.from({ length: MEMBERS }, (_, i) => at(i, 0)),
);

const read = run.peer === 'signal' ? bySignal() : byObservable();
let checked = 0;
let changes = 0;
// A first reading outside of the time, as the first snapshot is.
scheduler.schedule(begun, 100);
scheduler.flush();

function begun() {
  if (read().size !== MEMBERS) run.fail('there is no snapshot');
  run.start();
  scheduler.schedule(change, PERIOD);
  scheduler.schedule(frame, FRAME);
}

function change() {
  serf.emit(memberEvent('member-update', at(changes % MEMBERS, ++changes)));
  if (changes < n) scheduler.schedule(change, PERIOD);
}

function frame() {
  // A change is told 16 ms after it at the latest, and there are eight in two frames and a half.
  const seen = changes - 8;
  const rev = read().get(nameOf(seen % MEMBERS))?.tags['rev'];
  if (seen >= 0 && rev !== String(seen + 1)) run.fail(`change ${seen + 1} is not seen, but ${rev}`);
  checked += 1;
  if (changes < n) scheduler.schedule(frame, FRAME);
  else scheduler.schedule(ended, 2 * FRAME);
}

function ended() {
  if (read().get(nameOf((n - 1) % MEMBERS))?.tags['rev'] !== String(n))
    run.fail('the last change is missing');
  if (checked < (n * PERIOD) / FRAME / 2) run.fail(`only ${checked} frames`);
  run.done(n);
}

/** @returns {() => ReadonlyMap<string, Member>} */
function byObservable() {
  /** @type {ReadonlyMap<string, Member>} */
  let members = new Map();
  serf.membership().subscribe((now) => {
    members = now;
  });
  return () => members;
}

/** An application without a page: what `injectMembers` injects. @returns {() => ReadonlyMap<string, Member>} */
function bySignal() {
  const injector = Injector.create({
    providers: [
      { provide: SERF, useValue: serf },
      { provide: NgZone, useValue: { runOutsideAngular: (/** @type {() => unknown} */ act) => act() } },
      { provide: DestroyRef, useValue: { onDestroy: () => () => {} } },
      { provide: PLATFORM_ID, useValue: 'browser' },
    ],
  });
  const { value } = runInInjectionContext(injector, () => injectMembers());
  return () => value();
}

/**
 * @param {number} i
 * @param {number} rev
 */
function at(i, rev) {
  return member(nameOf(i), { tags: { rev: String(rev) } });
}

/** @param {number} i */
function nameOf(i) {
  return `node-${i}`;
}
