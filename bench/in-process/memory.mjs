// The heap, after a collection: what a subscription that goes on takes of it, and whether a million that end leave it flat. The
// load agent is another process, so all of it is the client's.
//
//   memory-live  shared         subscriptions to one stream
//                own            streams, each with a filter of its own
//   memory-flat  requests       `event`s
//                subscriptions  to one stream: beginning, and end
//                streams        each with a filter of its own: beginning, and end, at the agent too
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { firstValueFrom, merge, repeat } from 'rxjs';
import { connect } from 'rxserf';
import { begin } from '../peers/runner.mjs';

const run = begin();
const { n } = run;
// Streams that nobody listens to are stopped at once, and not in the next quiet second.
const client = connect(run.address, { reconnect: false, linger: 0, heartbeat: 0 });
await firstValueFrom(client.stats());

const live = { shared: () => client.stream('user:x'), own: (/** @type {number} */ i) => quiet(i) };
const cycles = {
  /** @param {number} count */
  requests: (count) => {
    const one$ = client.event('x', Uint8Array.of(0x79));
    return merge(...Array.from({ length: 100 }, () => one$.pipe(repeat(count / 100)))).forEach(() => {});
  },
  /** @param {number} count */
  subscriptions: async (count) => {
    const shared$ = client.stream('user:x');
    const first = shared$.subscribe();
    for (let i = 0; i < count; i++) {
      shared$.subscribe().unsubscribe();
      if (i % 1_000 === 0) await tick();
    }
    first.unsubscribe();
  },
  /** @param {number} count */
  streams: async (count) => {
    for (let i = 0; i < count; i++) {
      quiet(i).subscribe().unsubscribe();
      // The agent's answers set the pace.
      if (i % 100 === 0) await firstValueFrom(client.stats());
    }
    await firstValueFrom(client.stats());
  },
};

if (run.workload === 'memory-live') {
  const subscribe = pick(live);
  for (let i = 0; i < 1_000; i++) subscribe(i).subscribe().unsubscribe(); // what is made once
  await firstValueFrom(client.stats());
  const before = await heap();
  const subscriptions = Array.from({ length: n }, (_, i) => subscribe(i).subscribe());
  await firstValueFrom(client.stats());
  const bytes = (await heap()) - before - n * 8; // the array is ours
  for (const subscription of subscriptions) subscription.unsubscribe();
  run.emit({ n, bytes: Math.round(bytes / n) });
} else {
  const work = pick(cycles);
  await work(Math.ceil(n / 1_000) * 100); // what is made once, and a tenth as warming up
  const before = await heap();
  await work(n);
  run.emit({ n, bytes: (await heap()) - before });
}

/**
 * A stream of no events.
 * @param {number} i
 */
function quiet(i) {
  return client.stream(`user:N=0;i=${i}`);
}

/** The bytes in use, when all is done that can be. */
async function heap() {
  const { gc } = globalThis;
  if (!gc) throw new Error('run with --expose-gc');
  for (let i = 0; i < 4; i++) {
    await sleep(50);
    gc();
  }
  return process.memoryUsage().heapUsed;
}

/**
 * @template T
 * @param {Record<string, T>} by
 */
function pick(by) {
  const found = by[run.peer];
  if (!found) throw new Error(`no such peer: ${run.peer}`);
  return found;
}
