// Sharing a cluster of 10,000 members:
//
//   share    a change of one member, taken as operations by `shareSerf`
//   diff     the same change, found by comparing the documents, which share what has not changed
//
// and one document for a thousand clients, over WebSockets on loopback; what counts is the server's processor time:
//
//   shared   a change of it, by `sharedDocument` and `jugglerListen`
//   plain    the same text, sent to each by `ws`

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setImmediate as tick } from 'node:timers/promises';
import { of, Subject } from 'rxjs';
import { diff } from 'rxserf/json-patch';
import { jugglerConnect, jugglerListen, sharedDocument, shareSerf } from 'rxserf/juggler';
import { pipe } from 'rxserf/socket';
import { WebSocketServer } from 'ws';
import { begin } from '../peers/runner.mjs';

/** @import { Member, Serf } from 'rxserf' */

const CLIENTS = 1_000;
const MEMBERS = 10_000;
const run = begin();
const peers = { share, diff: diffing, shared, plain };
const start = new Map(Object.entries(peers)).get(run.peer);
if (!start) throw new Error(`no such peer: ${run.peer}`);
await start();

/** @param {number} i @param {number} rev @returns {Member} */
function memberOf(i, rev) {
  const versions = { min: 1, max: 5, current: 2 };
  return {
    name: `node-${i}`,
    address: `10.0.${i >> 8}.${i & 255}`,
    port: 7946,
    status: 'alive',
    tags: { role: 'web', rev: String(rev) },
    protocol: versions,
    delegate: versions,
  };
}

async function share() {
  /** @type {Subject<any>} */
  const events$ = new Subject();
  const members = Array.from({ length: MEMBERS }, (_, i) => memberOf(i, 0));
  const serf = /** @type {Serf} */ (
    /** @type {unknown} */ ({ stream: () => events$, members: () => of(members) })
  );
  const document = shareSerf(serf, { autoflush: 0, resync: 0 });
  const [ours, theirs] = pipe();
  let frames = 0;
  /** @type {any} */ (theirs).subscribe(() => frames++);
  jugglerConnect(/** @type {any} */ (ours)).shareLocalData(/** @type {any} */ (document));
  await tick();
  const before = frames;
  const changes = Array.from({ length: run.n }, (_, i) => memberOf(i % MEMBERS, i + 1));
  run.start();
  for (const member of changes) events$.next({ event: 'member-update', members: [member] });
  const measured = run.stop(run.n);
  await tick();
  if (frames - before !== run.n) run.fail(`${frames - before} patches of ${run.n}`);
  run.emit(measured);
}

function diffing() {
  /** @type {Record<string, Member>} */
  const document = Object.fromEntries(
    Array.from({ length: MEMBERS }, (_, i) => [`node-${i}`, memberOf(i, 0)]),
  );
  const n = Math.max(1, Math.round(run.n / 100));
  const documents = Array.from({ length: 10 }, (_, i) => ({
    ...document,
    [`node-${i}`]: memberOf(i, i + 1),
  }));
  run.start();
  for (let i = 0; i < n; i++)
    if (diff(document, documents[i % 10]).length !== 1) run.fail('not one operation');
  const { seconds, cpu_s, ...rest } = run.stop(n);
  // As many as the others have made.
  const times = run.n / n;
  run.emit({ ...rest, n: run.n, seconds: seconds * times, cpu_s: cpu_s * times, per_s: n / seconds });
}

async function shared() {
  const text = 'x'.repeat(1_000);
  const document = sharedDocument({ i: 0, text }, { autoflush: 0 });
  jugglerListen({ port: 0, maxPeers: CLIENTS, maxPeersPerAddress: CLIENTS }).subscribe((event) => {
    if (event.type === 'connected') event.connection.shareLocalData(document);
    if (event.type === 'listening') crowd(event.port, 1, (i) => document.set({ i, text }));
  });
}

async function plain() {
  const server = new WebSocketServer({ port: 0, path: '/ws', perMessageDeflate: false });
  server.on('connection', (socket) => socket.send('{"type":"DATA","payload":[]}'));
  server.on('listening', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    crowd(port, 1, (i) => {
      const frame = `{"type":"DATA","payload":[{"op":"replace","path":"/i","value":${i}}]}`;
      for (const socket of server.clients) socket.send(frame);
    });
  });
}

/**
 * A thousand clients in a process of their own; `send` is timed until all have got everything.
 * @param {number} port
 * @param {number} first how many frames each gets before
 * @param {(i: number) => void} send
 */
function crowd(port, first, send) {
  const script = new URL('juggler-crowd.mjs', import.meta.url).pathname;
  const args = [script, String(port), String(CLIENTS), String(first), String(run.n)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill());
  createInterface({ input: child.stdout }).on('line', async (line) => {
    if (line === 'ready') {
      run.start();
      for (let i = 1; i <= run.n; i++) {
        send(i);
        await tick();
      }
    } else if (line === 'done') run.done(CLIENTS * run.n);
    else run.fail(line);
  });
}
