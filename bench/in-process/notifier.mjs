// Notifiers that know each other, over loopback.
//
//   notifier-serial, notifier-1000   calls between two of them in this process, so many at a time, beside the same over a
//                                    session of ours in JSON-RPC
//   notifier-publish                 publications to eight in another process, in processor time of the sender, beside bare
//                                    writes of as many bytes to as many sockets
//   notifier-select                  publishing to one of 10 and of 1,000 slices of four masks, all in this process
//   notifier-register                registering 1,000 and 10,000 ids, announced to a peer
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, Subscription } from 'rxjs';
import { jsonRpc, jsonRpcListen } from 'rxserf/jsonrpc';
import { notify } from 'rxserf/notifier';
import { tcpSocket } from 'rxserf/socket';
import { begin } from '../peers/runner.mjs';

/** @import { AddressInfo, Socket } from 'node:net' */
/** @typedef {ReturnType<typeof begin>} Run */
/** @typedef {(a: number, answer: (twice: any) => void) => void} Twice */

const ALL = { mask: 0, value: 0 };
/** So many receivers of a publication. */
const RECEIVERS = 8;
/** How many publications there are in a turn. */
const TURN = 50;
/** Until everything has been compiled. */
const WARM_UP = 5_000;

if (process.argv[2] === 'receivers') await receivers(process.argv[3] ?? '');
else {
  /** @type {Run} */
  const run = begin();
  const work = /** @type {Record<string, (run: Run) => Promise<void>>} */ ({
    'notifier-serial': calls,
    'notifier-1000': calls,
    'notifier-publish': publications,
    'notifier-select': selection,
    'notifier-register': registering,
  })[run.workload];
  if (!work) throw new Error(`no such workload: ${run.workload}`);
  await work(run);
}

/** @param {Run} run */
async function calls(run) {
  const flight = run.workload === 'notifier-serial' ? 1 : 1_000;
  const twice = run.peer === 'notifier' ? await overNotifiers() : await overJsonRpc();
  /** @param {number} n @returns {Promise<void>} */
  const calling = (n) =>
    new Promise((resolve) => {
      let sent = 0;
      let answered = 0;
      const next = () => {
        if (sent === n) return;
        const i = sent++;
        twice(i, (answer) => {
          if (answer !== 2 * i) run.fail(`2 × ${i} = ${answer}`);
          if (++answered === n) resolve();
          else next();
        });
      };
      for (let i = 0; i < flight; i++) next();
    });
  await calling(WARM_UP);
  run.start();
  await calling(run.n);
  run.done(run.n);
}

/** @returns {Promise<Twice>} */
async function overNotifiers() {
  const callee = notify([], { id: 'callee' });
  callee.serve('math', ALL, 'twice', ({ args }) => 2 * Number(args), { slice: 1 }).subscribe();
  const caller = await callerOf(await portOf(callee));
  return (a, answer) => {
    caller.call('math', a, 'twice', a).subscribe(({ value, error }) => answer(error ?? value));
  };
}

/** @returns {Promise<Twice>} */
async function overJsonRpc() {
  const handlers = { twice: (/** @type {number} */ a) => 2 * a };
  /** @type {number} */
  const port = await new Promise((resolve, reject) => {
    jsonRpcListen(handlers, { port: 0 }).subscribe({
      next: (event) => event.type === 'listening' && resolve(event.port),
      error: reject,
    });
  });
  const session = jsonRpc(tcpSocket({ host: '127.0.0.1', port }));
  return (a, answer) => {
    session.request('twice', [a]).subscribe(answer);
  };
}

/** @param {ReturnType<typeof notify>} notifier @returns {Promise<number>} */
function portOf(notifier) {
  const port = new Promise((resolve) => {
    notifier.events$.subscribe((event) => event.type === 'listening' && resolve(event.port));
  });
  notifier.peers$.subscribe();
  return /** @type {Promise<number>} */ (port);
}

/** One that knows the notifiers at these ports. @param {number[]} ports */
async function callerOf(...ports) {
  const ids = ports.length === 1 ? ['callee'] : ports.map((_, i) => `receiver-${i}`);
  const instances = ports.map((port, i) => ({ id: ids[i] ?? '', host: '127.0.0.1', port }));
  const caller = notify(instances, { id: 'caller', listen: false });
  await firstValueFrom(
    caller.peers$.pipe(filter((peers) => peers.every(({ state }) => state === 'connected'))),
  );
  return caller;
}

/** @param {Run} run */
async function publications(run) {
  const child = fork(fileURLToPath(import.meta.url), ['receivers', run.peer], { execArgv: [] });
  const [ports] = /** @type {[number[]]} */ (await once(child, 'message'));
  const args = { name: 'web-1', load: 0.5, text: 'x'.repeat(100) };
  /** @type {() => void} */
  let publish;
  if (run.peer === 'notifier') {
    const sender = await callerOf(...ports);
    publish = () => {
      sender.publish('o', 1, 'changed', args).subscribe(({ full }) => {
        if (full !== RECEIVERS) run.fail(`${full} of ${RECEIVERS} receivers`);
      });
    };
  } else {
    const sockets = await Promise.all(ports.map((port) => connected(port)));
    // As many bytes as the frame of a notifier has.
    const frame = new Uint8Array(164);
    publish = () => {
      for (const socket of sockets) socket.write(frame);
    };
  }
  /** @param {number} n */
  const all = async (n) => {
    for (let i = 0; i < n; i++) {
      publish();
      if (i % TURN === TURN - 1) await new Promise(setImmediate);
    }
    // All of it has been read there.
    child.send(n);
    await once(child, 'message');
  };
  await all(WARM_UP);
  run.start();
  await all(run.n);
  const done = run.stop(run.n);
  child.kill();
  run.emit(done);
}

/** @param {number} port @returns {Promise<Socket>} */
async function connected(port) {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

/** In a process of their own: tell where they are, then each time when so many have arrived at each. @param {string} peer */
async function receivers(peer) {
  let arrived = 0;
  let expected = Number.POSITIVE_INFINITY;
  const check = () => {
    if (arrived < expected) return;
    arrived -= expected;
    expected = Number.POSITIVE_INFINITY;
    process.send?.('done');
  };
  const size = peer === 'notifier' ? 1 : 164;
  const ports = await Promise.all(
    Array.from({ length: RECEIVERS }, async (_, i) => {
      if (peer === 'notifier') {
        const receiver = notify([], { id: `receiver-${i}` });
        receiver.notifications('o', ALL, 'changed').subscribe(() => {
          arrived++;
          check();
        });
        return portOf(receiver);
      }
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', ({ length }) => {
          arrived += length;
          check();
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return /** @type {AddressInfo} */ (server.address()).port;
    }),
  );
  process.on('message', (n) => {
    expected = Number(n) * RECEIVERS * size;
    check();
  });
  process.send?.(ports);
}

/** @param {Run} run */
async function selection(run) {
  const notifier = notify([], { listen: false });
  const count = Number(run.peer);
  let chosen = 0;
  for (let i = 0; i < count; i++) {
    const mask = [0, 1, 3, 1_023][i % 4] ?? 0;
    notifier.notifications('o', { mask, value: i & mask }, 'c', { slice: 1 }).subscribe(() => chosen++);
  }
  const choose = (/** @type {number} */ n) => {
    chosen = 0;
    for (let id = 0; id < n; id++) notifier.publish('o', id, 'c').subscribe();
    if (chosen !== n) run.fail(`${chosen} of ${n} chosen`);
  };
  choose(WARM_UP);
  run.start();
  choose(run.n);
  run.done(run.n);
}

/** @param {Run} run */
async function registering(run) {
  const count = Number(run.peer);
  const callee = notify([], { id: 'callee' });
  const caller = await callerOf(await portOf(callee));
  const rounds = Math.ceil(run.n / count);
  const round = async () => {
    const subscription = new Subscription();
    for (let id = 0; id < count; id++) subscription.add(callee.notifications('o', id, 'c').subscribe());
    const { full } = await until(
      () => firstValueFrom(caller.publish('o', count - 1, 'c')),
      ({ full }) => full === 1,
    );
    subscription.unsubscribe();
    await until(
      () => firstValueFrom(caller.publish('o', count - 1, 'c')),
      ({ full }) => full === 0,
    );
    return full;
  };
  await round();
  run.start();
  for (let i = 0; i < rounds; i++) await round();
  run.done(rounds * count);
}

/** @template T @param {() => Promise<T>} ask @param {(answer: T) => boolean} enough @returns {Promise<T>} */
async function until(ask, enough) {
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return answer;
    await new Promise(setImmediate);
  }
}
