// Runs workloads, round by round, the peers of each in turn.
import { join } from 'node:path';
import { addressOf } from './agent.mjs';
import { onOneProcessor } from './machine.mjs';
import { Results } from './results.mjs';
import { runPeer } from './run-peer.mjs';
import { programs } from './setup.mjs';
import { BARE_LOOP, CUT, MEMBERS, RESPONSES, WHOLE } from './workloads.mjs';

/** @import { AgentSettings } from './agent.mjs' */
/** @import { Measured } from './run-peer.mjs' */
/** @import { Workload } from './workloads.mjs' */

/** How long a run may take, in seconds. */
const LIMIT = 120;
/** What `--quick` leaves of the numbers. */
const QUICK = 1 / 50;

/**
 * @param {readonly Workload[]} workloads
 * @param {{rounds: number, quick: boolean, minutes: number}} options
 * @throws `Error` when it is not done in so many minutes
 */
export async function measure(workloads, { rounds, quick, minutes }) {
  const results = new Results();
  const deadline = performance.now() + minutes * 60_000;
  for (let round = 1; round <= rounds; round++) {
    for (const workload of workloads) {
      if (workload.once && round > 1) continue;
      for (let i = 0; i < (quick ? 1 : (workload.repeat ?? 1)); i++) {
        for (const peer of turned(workload.peers, round - 1 + i)) {
          // What was wrong twice will be wrong again.
          if (results.failures(workload.name, peer).count >= 2) continue;
          if (performance.now() > deadline)
            throw new Error(
              `not done in ${minutes} minutes, but at round ${round} of ${rounds}, ${workload.name}: see --minutes, --rounds`,
            );
          const measured = await run(workload, peer, quick);
          results.add(workload.name, peer, round, measured);
          console.error(`${round}/${rounds} ${workload.name} ${peer}: ${told(measured)}`);
        }
      }
    }
  }
  return results;
}

/**
 * @param {Workload} workload
 * @param {string} peer
 * @param {boolean} quick
 */
async function run(workload, peer, quick) {
  const { name, base = name, n, fixed, piece, agent = {}, script, node = [], read = 0, size = 0 } = workload;
  const launcher = workload.together ? onOneProcessor : [];
  const count = quick && !fixed ? Math.max(1, Math.round(n * QUICK)) : n;
  const settings = { ...settingsFor(base, count, size), ...agent };
  const address = piece ? await addressOf(settings, piece, launcher) : '-';
  const command =
    script && peer !== BARE_LOOP
      ? [process.execPath, ...node, join(import.meta.dirname, 'in-process', script), address, base, peer]
      : [...runnerOf(peer), address, base];
  const variables = {
    BENCH_N: count,
    BENCH_MEMBERS: settings.members,
    BENCH_RESPONSES: RESPONSES,
    BENCH_READ: read,
    BENCH_SIZE: size,
  };
  return runPeer([...launcher, ...command], variables, LIMIT);
}

/**
 * Of the load agent; the same for as many workloads as can be.
 * @param {string} workload
 * @param {number} n
 * @param {number} size
 * @returns {AgentSettings & {members: number}}
 */
function settingsFor(workload, n, size) {
  const common = { members: MEMBERS, responses: RESPONSES, pieces: `${WHOLE},${CUT}` };
  if (workload === 'stream-300k') {
    const user = `N=${n};size=${size || 64}`;
    return { ...common, warm: `user:${user}`, user: `${user};gap=2ms` };
  }
  const updates = workload === 'churn-300k' || workload.startsWith('membership');
  return updates ? { ...common, updates: n, warm: 'member-update' } : common;
}

/** @param {string} peer */
export function runnerOf(peer) {
  const program = new Map(Object.entries(programs)).get(peer);
  return program ? [program] : [process.execPath, join(import.meta.dirname, `peers/${peer}.mjs`)];
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} by
 */
function turned(list, by) {
  return list.map((_, i) => /** @type {T} */ (list[(i + by) % list.length]));
}

/** @param {Measured} measured */
function told(measured) {
  return Object.entries(measured)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
    .join(', ');
}
