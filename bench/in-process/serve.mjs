// One stream for a thousand peers, by `listen`, and the same bytes written to as many sockets without us:
//
//   listen   one Serf, whose user events go to every peer
//   plain    each record, encoded before, is written to each socket; sockets are corked for a tick, as ours are
//   joined   each burst of records, joined before, is written to each socket: nobody who gets records can do that
//
// The peers are one other process, of one thread. What counts is this one's time, and that all have got all.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as tick } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { decodeMulti, encode } from '@msgpack/msgpack';
import { NEVER, of, Subject } from 'rxjs';
import { listen, serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { isWrong } from '../peers/records.mjs';
import { begin } from '../peers/runner.mjs';
import { programs } from '../setup.mjs';

/** @import { AddressInfo, Socket } from 'node:net' */
/** @import { Serf, UserEvent } from 'rxserf' */

const PEERS = 1_000;
/** How many events come in a tick: what a chunk of 64 KiB has of them is more, what a quiet cluster sends is less. */
const BURST = 20;

const run = begin();
/** @type {UserEvent<Uint8Array>[]} */
const events = Array.from({ length: run.n }, (_, i) => ({
  event: 'user',
  ltime: i + 1,
  name: `deploy-${i % 10}`,
  payload: Uint8Array.from({ length: 64 }, (_, j) => i + 1 + j),
  rawPayload: new Uint8Array(),
  coalesce: true,
}));
const bursts = Array.from({ length: Math.ceil(events.length / BURST) }, (_, i) =>
  events.slice(i * BURST, (i + 1) * BURST),
);
const records = await recordsOf(events);
const everything = Buffer.concat(records);
check(everything);

const feed = { plain, joined, listen: listening }[run.peer];
if (!feed) throw new Error(`no such peer: ${run.peer}`);
const { address, send } = await feed();
const crowd = spawn(programs.drain, [address, 'peers', String(PEERS), String(everything.length)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => crowd.kill());
for await (const line of createInterface({ input: crowd.stdout })) {
  if (line === 'ready') void start();
  else finish(JSON.parse(line));
}

async function start() {
  run.start();
  for (let i = 0; i < bursts.length; i++) {
    send(i);
    await tick();
  }
}

/** @param {{crc?: number, failed?: string}} outcome */
function finish({ crc, failed }) {
  const measured = run.stop(PEERS * events.length);
  if (failed) run.fail(failed);
  if (crc !== crc32(everything)) run.fail('the peers have got something else');
  run.emit(measured);
}

/** As `listen` does it. */
function listening() {
  /** @type {Subject<UserEvent<Uint8Array>>} */
  const user$ = new Subject();
  return new Promise((resolve) => {
    listen(serfOf(user$), { port: 0 }).subscribe((event) => {
      if (event.type === 'dropped') run.fail('a record was dropped');
      if (event.type === 'disconnected') run.fail(event.error ?? 'a peer has gone');
      if (event.type === 'listening') {
        resolve({
          address: event.address,
          /** @param {number} i */
          send: (i) => {
            for (const event of bursts[i] ?? []) user$.next(event);
          },
        });
      }
    });
  });
}

function plain() {
  return sockets((all, i) => {
    for (const record of records.slice(i * BURST, (i + 1) * BURST)) {
      for (const socket of all) {
        if (socket.writableCorked === 0) {
          socket.cork();
          process.nextTick(uncork, socket);
        }
        socket.write(record);
      }
    }
  });
}

/** @param {Socket} socket */
function uncork(socket) {
  socket.uncork();
}

function joined() {
  const parts = bursts.map((_, i) => Buffer.concat(records.slice(i * BURST, (i + 1) * BURST)));
  return sockets((all, i) => {
    for (const socket of all) socket.write(parts[i] ?? '');
  });
}

/**
 * A server that knows nothing but when to write.
 * @param {(all: readonly Socket[], burst: number) => void} write
 */
function sockets(write) {
  const answers = Buffer.concat([0, 1].map((Seq) => encode({ Error: '', Seq })));
  /** @type {Socket[]} */
  const all = [];
  const server = createServer({ noDelay: true }, (socket) => {
    all.push(socket);
    socket.once('data', () => socket.write(answers));
    socket.resume();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {AddressInfo} */ (server.address());
      resolve({ address: `127.0.0.1:${port}`, send: (/** @type {number} */ i) => write(all, i) });
    });
  });
}

/**
 * All of a Serf that its peers ask for.
 * @param {Subject<UserEvent<Uint8Array>>} user$
 */
function serfOf(user$) {
  const serf = { stream: () => user$, members: () => of([]), monitor: () => NEVER };
  return /** @type {Serf} */ (/** @type {unknown} */ (serf));
}

/**
 * What our server sends for events, a record each.
 * @param {readonly UserEvent<Uint8Array>[]} events
 */
async function recordsOf(events) {
  const [ours, theirs] = pipe();
  /** @type {Subject<UserEvent<Uint8Array>>} */
  const user$ = new Subject();
  serve(serfOf(user$), ours).subscribe();
  /** @type {Uint8Array[]} */
  const sent = [];
  theirs.subscribe((bytes) => sent.push(bytes));
  theirs.next(encode({ Command: 'handshake', Seq: 0 }));
  theirs.next(encode({ Version: 1 }));
  theirs.next(encode({ Command: 'stream', Seq: 1 }));
  theirs.next(encode({ Type: 'user' }));
  while (sent.length < 2) await tick();
  sent.length = 0;
  const records = [];
  for (const event of events) {
    user$.next(event);
    await tick();
    records.push(Buffer.concat(sent.splice(0)));
  }
  if (!records.every((record) => record.length > 0)) throw new Error('an event made no record');
  return records;
}

/** @param {Uint8Array} bytes of the records, one after the other */
function check(bytes) {
  const values = /** @type {any[]} */ ([...decodeMulti(bytes)]);
  for (let i = 0; i < events.length; i++) {
    const { LTime, Name, Payload } = values[2 * i + 1];
    if (isWrong(i + 1, { ltime: LTime, name: Name, payload: Payload })) run.fail(`record ${i + 1} is wrong`);
  }
}
