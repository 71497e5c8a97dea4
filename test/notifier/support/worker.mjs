// One process with a notifier: `node worker.mjs AGENT ID KEY`. It serves `work` as a slice and `who` in full, calls both again and again
// when it is told to, and writes what comes of it, a line of JSON each.
import { createInterface } from 'node:readline';
import { interval, mergeMap, timer } from 'rxjs';
import { connect } from 'rxserf';
import { notify } from 'rxserf/notifier';

const [agent = '', id = '', key = ''] = process.argv.slice(2);
const client = connect(agent);
const notifier = notify(client, { id, key });
/** @param {object} line */
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

notifier.serve('o', { mask: 0, value: 0 }, 'who', () => id).subscribe();
notifier
  .serve(
    'o',
    { mask: 0, value: 0 },
    'work',
    ({ args }) => {
      say({ type: 'begun', call: args });
      return timer(5).pipe(mergeMap(async () => id));
    },
    { slice: 1 },
  )
  .subscribe();
notifier.peers$.subscribe((peers) => {
  say({ type: 'peers', connected: peers.filter(({ state }) => state === 'connected').map(({ id }) => id) });
});

let calls = 0;
/** @type {import('rxjs').Subscription | undefined} */
let calling;
let open = 0;
const call = () => {
  const name = `${id}-${process.pid}-${calls++}`;
  /** @type {{ answers: number, errors: string[] }} */
  const outcome = { answers: 0, errors: [] };
  open++;
  notifier.call('o', calls, 'work', name, { timeout: 4_000 }).subscribe({
    next: ({ error }) => {
      outcome.answers++;
      if (error) outcome.errors.push(error.code);
    },
    error: ({ code }) => {
      open--;
      say({ type: 'ended', call: name, ...outcome, code });
    },
    complete: () => {
      open--;
      say({ type: 'ended', call: name, ...outcome });
    },
  });
};

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'call') calling ??= interval(20).subscribe(call);
  if (line === 'stop') {
    calling?.unsubscribe();
    say({ type: 'stopped', open });
  }
  if (line === 'open') say({ type: 'open', open });
  if (line === 'hang')
    notifier.serve('o', { mask: 0, value: 0 }, 'hang', () => new Promise(() => {})).subscribe(() => {});
});
process.stdin.on('end', () => process.exit());
