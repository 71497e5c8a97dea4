// Four workers take jobs by weight, a dispatcher gives them out, weights change while it works, and one worker is killed: what it
// had is reported at once, and the others take over. Each worker is a process of its own.
//
//     node examples/notifier-workers.ts                                  on an embedded cluster
//     node examples/notifier-workers.ts 127.0.0.1:7373 127.0.0.1:7374    on the agents there
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  concatMap,
  delay,
  filter,
  firstValueFrom,
  fromEvent,
  lastValueFrom,
  map,
  of,
  range,
  reduce,
  Subject,
  startWith,
} from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { notify } from 'rxserf/notifier';
import { listen } from 'rxserf/server';

/** What jobs have, and what they answer: the worker that has done one. */
interface Jobs {
  job: { run(job: { readonly slow?: boolean }): string };
}

const [first, ...others] = process.argv.slice(2);
if (first === 'worker') work(others[0] as string, others[1] as string);
else await dispatch(first === undefined ? undefined : [first, ...others]);

/** A worker: a slice, whose weight its parent sets. */
function work(id: string, agent: string): void {
  const weight$ = new Subject<number>();
  const jobs = notify<Jobs>(connect(agent), { id, allow: ['127.0.0.1'] });
  jobs
    .serve('job', { mask: 0, value: 0 }, 'run', ({ args }) => of(id).pipe(delay(args.slow ? 60_000 : 1)), {
      slice: weight$.pipe(startWith(1)),
    })
    .subscribe();
  process.on('message', (weight: number) => weight$.next(weight));
  process.on('disconnect', () => process.exit());
}

async function dispatch(agents: readonly string[] | undefined): Promise<void> {
  const cluster = agents ? undefined : new EmbeddedCluster({ nodes: ['n1', 'n2', 'n3', 'n4'] });
  const listening = cluster ? await Promise.all(cluster.names.map((name) => listenOn(cluster, name))) : [];
  const addresses = agents ?? listening.map(({ address }) => address);

  const workers = new Map<string, ChildProcess>();
  for (let i = 0; i < 4; i++) {
    const args = ['worker', `worker-${i + 1}`, addresses[i % addresses.length] as string];
    workers.set(`worker-${i + 1}`, fork(fileURLToPath(import.meta.url), args));
  }
  const client = connect(addresses[0]);
  const jobs = notify<Jobs>(client, { id: 'dispatcher', listen: false, allow: ['127.0.0.1'] });
  const weights = (wanted: number) =>
    firstValueFrom(
      jobs.registrations$.pipe(
        filter((all) => all.reduce((sum, { slice = 0 }) => sum + slice, 0) === wanted),
      ),
    );
  const shares = (count: number) =>
    lastValueFrom(
      range(count).pipe(
        concatMap((id) => jobs.call('job', id, 'run', {})),
        reduce(
          (counts, { value = 'none' }) => counts.set(value, (counts.get(value) ?? 0) + 1),
          new Map<string, number>(),
        ),
        map((counts) =>
          [...counts]
            .sort()
            .map(([id, done]) => `${id} ${Math.round((10 * done) / count)}/10`)
            .join(', '),
        ),
      ),
    );

  await weights(4);
  console.log('all alike:', await shares(400));

  workers.get('worker-1')?.send(7);
  await weights(10);
  console.log('worker-1 has weight 7:', await shares(400));

  // It is killed with a job under way.
  for (const id of ['worker-2', 'worker-3', 'worker-4']) workers.get(id)?.send(0);
  await weights(7);
  const answer = firstValueFrom(jobs.call('job', 1, 'run', { slow: true }, { timeout: 0 }));
  for (const id of ['worker-2', 'worker-3', 'worker-4']) workers.get(id)?.send(1);
  await weights(10);
  const killed = workers.get('worker-1') as ChildProcess;
  killed.kill('SIGKILL');
  const { from, error } = await answer;
  console.log(`${from} was killed: ${error?.code}, ${(error as { outcome?: string }).outcome}`);
  await weights(3);
  console.log('the others take over:', (await shares(300)).includes('worker-1') ? 'no' : 'yes');

  for (const worker of workers.values()) {
    if (worker.exitCode !== null || worker.signalCode !== null) continue;
    const exit = firstValueFrom(fromEvent(worker, 'exit'));
    worker.disconnect();
    await exit;
  }
  await jobs.close();
  await client.close();
  for (const { stop } of listening) stop();
  cluster?.close();
}

/** An agent's port for a node of an embedded cluster, as processes of their own need one. */
async function listenOn(cluster: EmbeddedCluster, name: string) {
  return new Promise<{ readonly address: string; readonly stop: () => void }>((resolve, reject) => {
    const subscription = listen(cluster.node(name), { port: 0 }).subscribe({
      next: (event) => {
        if (event.type === 'listening')
          resolve({ address: event.address, stop: () => subscription.unsubscribe() });
      },
      error: reject,
    });
  });
}
