// A gateway with the dashboard, in a process of its own, over a cluster that is made up: an embedded one of ten thousand nodes has enough to
// do with itself. Its parent says when something happens in it.
//
//   node bench/dashboard/gateway.mjs MEMBERS DASHBOARD
//   → {"url"}   ← {"updates", "events"} a second; both 0: none
import { NEVER, of, Subject } from 'rxjs';
import { gateway, tokens } from 'rxserf/gateway';
import { ADMIN } from 'rxserf/server';

/** @import { Coordinate, Member, Serf, SerfEvent } from 'rxserf' */

/** What happens in a second comes in so many parts. */
const PARTS = 20;
const DCS = ['eu-west', 'us-east', 'ap-south'];
const ROLES = ['web', 'api', 'db', 'cache'];

const [count = '100', dir = ''] = process.argv.slice(2);
/** @type {Subject<SerfEvent>} */
const event$ = new Subject();
const members = Array.from({ length: Number(count) }, (_, i) => memberOf(i, 'v1'));
const serf = /** @type {Serf} */ (
  /** @type {unknown} */ ({
    ...Object.fromEntries(
      'monitor query respond event tags join leave forceLeave installKey useKey removeKey listKeys'
        .split(' ')
        .map((name) => [name, () => NEVER]),
    ),
    stream: () => event$,
    members: () => of([...members]),
    stats: () => of({ agent: { name: members[0]?.name } }),
    coordinate: (/** @type {string} */ name) => of(coordinateOf(Number(name.split('-').at(-1)))),
  })
);

let ltime = 1;
let updated = 0;
/** @type {NodeJS.Timeout | undefined} */
let churn;
process.on('message', (/** @type {{updates: number, events: number}} */ { updates, events }) => {
  clearInterval(churn);
  if (updates + events === 0) return;
  churn = setInterval(() => happen(updates / PARTS, events / PARTS), 1_000 / PARTS);
});
process.on('disconnect', () => process.exit());

gateway(serf, {
  port: 0,
  authenticate: tokens({ 'bench-key-0123456789': { role: 'admin', name: 'bench' } }),
  roles: { admin: ADMIN },
  dashboard: { dir },
}).subscribe((event) => {
  if (event.type === 'listening') process.send?.({ url: event.url });
});

/**
 * @param {number} updates
 * @param {number} events
 */
function happen(updates, events) {
  for (let i = 0; i < updates; i++) {
    // All of them, one after the other, far from each other.
    const at = (++updated * 7_919) % members.length;
    const member = memberOf(at, `v${2 + Math.floor(updated / members.length)}`);
    members[at] = member;
    event$.next({ event: 'member-update', members: [member] });
  }
  for (let i = 0; i < events; i++) {
    const payload = new TextEncoder().encode(JSON.stringify({ node: `web-${i}`, at: ltime }));
    event$.next({ event: 'user', name: `deploy-${ltime % 10}`, ltime: ltime++, payload, coalesce: false });
  }
}

/**
 * @param {number} i
 * @param {string} version
 * @returns {Member}
 */
function memberOf(i, version) {
  const role = /** @type {string} */ (ROLES[i % ROLES.length]);
  return {
    name: `${role}-${i}`,
    address: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
    port: 7946,
    tags: { role, dc: /** @type {string} */ (DCS[i % DCS.length]), version },
    status: 'alive',
    protocol: { min: 1, max: 5, current: 2 },
    delegate: { min: 2, max: 5, current: 5 },
  };
}

/**
 * Round trips of a millisecond within a data centre, and of tens between two of them.
 * @param {number} i
 * @returns {Coordinate}
 */
function coordinateOf(i) {
  const spread = (/** @type {number} */ n) => (((i * 2_654_435_761 + n * 40_503) >>> 7) % 1_000) / 1e6;
  const vector = Array.from({ length: 8 }, (_, n) => (n === i % DCS.length ? 0.03 : 0) + spread(n));
  return { vector, error: 0.1, adjustment: 0, height: 1e-4 };
}
