// A gateway on loopback, and what is behind it in the same process; browsers are another process.
//
//   gateway-1000    gateway    one stream for a thousand browsers, an event a tick
//                   plain      the same frames, sent to each by `ws`
//   gateway-client  through    events from `listen` through a gateway to a client, all in this process
//                   straight   the same client at `listen`
//   gateway-idle    gateway    what a browser that does nothing takes of memory, and what it may: twice a bare one, and 40 kB
//   gateway-herd    herd       how often a thousand browsers that come at once have the agent asked for its members
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { NEVER, of, Subject } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { gateway, tokens } from 'rxserf/gateway';
import { listen } from 'rxserf/server';
import { WebSocketServer } from 'ws';
import { isWrong } from '../peers/records.mjs';
import { begin } from '../peers/runner.mjs';

/** @import { AddressInfo } from 'node:net' */
/** @import { Serf, SerfEvent } from 'rxserf' */

const BROWSERS = 1_000;
const MEMBERS = 100;
/** How many events may be under way to the client, as in `websocket.mjs`. */
const AHEAD = 1_000;
/** How many come in a tick there. */
const BURST = 20;
const KEY = 'bench-key-0123456789';

const run = begin();
/** @type {Subject<SerfEvent>} */
const user$ = new Subject();
const serf = /** @type {Serf} */ (
  /** @type {unknown} */ ({
    stream: (/** @type {unknown} */ filter) => (String(filter).includes('user') ? user$ : NEVER),
    members: () => of([]),
    ...Object.fromEntries(
      'stats monitor query respond event tags join leave forceLeave coordinate installKey useKey removeKey listKeys'
        .split(' ')
        .map((name) => [name, () => NEVER]),
    ),
  })
);

const peers = { gateway: run.workload === 'gateway-idle' ? idle : many, plain, through, straight, herd };
const start = new Map(Object.entries(peers)).get(run.peer);
if (!start) throw new Error(`no such peer: ${run.peer}`);
await start();

/** @param {number} i from 0 */
function event(i) {
  const payload = Uint8Array.from({ length: 64 }, (_, j) => i + 1 + j);
  return /** @type {const} */ ({
    event: 'user',
    // As long on the wire for all of them.
    ltime: run.workload === 'gateway-1000' ? 1_000 + i : i + 1,
    name: `deploy-${i % 10}`,
    payload,
    rawPayload: payload,
    coalesce: true,
  });
}

/** @param {ReturnType<typeof event>} event */
function frameOf({ ltime, name, payload }) {
  const body = { Event: 'user', LTime: ltime, Name: name, Payload: payload, Coalesce: true };
  return Buffer.concat([encode({ Error: '', Seq: 2 }), encode(body)]);
}

async function many() {
  const events = Array.from({ length: run.n }, (_, i) => event(i));
  const url = await gatewayTo(serf);
  crowd(url, 'stream', run.n * frameOf(event(0)).length, (i) => user$.next(/** @type {any} */ (events[i])));
}

async function plain() {
  const frames = Array.from({ length: run.n }, (_, i) => frameOf(event(i)));
  const { server, url } = await bare();
  crowd(url, 'bare', run.n * frameOf(event(0)).length, (i) => {
    for (const socket of server.clients) socket.send(/** @type {any} */ (frames[i]));
  });
}

async function straight() {
  await toClient(await agent(serf), {});
}

async function through() {
  const upstream = connect(await agent(serf), { reconnect: false });
  await toClient(await gatewayTo(upstream), { authKey: KEY });
}

/** @param {string} address @param {object} options */
async function toClient(address, options) {
  const client = connect(address, { reconnect: false, ...options });
  const events = Array.from({ length: run.n }, (_, i) => event(i));
  let received = 0;
  client.stream('user').subscribe({
    next: ({ ltime, name, payload }) => {
      if (isWrong(++received, { ltime, name, payload })) run.fail(`event ${received} is wrong`);
      if (received === run.n) run.done(run.n);
    },
    error: run.fail,
  });
  while (!user$.observed) await tick();
  run.start();
  for (let i = 0; i < run.n; ) {
    for (const end = Math.min(run.n, i + BURST); i < end; i++) user$.next(/** @type {any} */ (events[i]));
    do await tick();
    while (i - received > AHEAD);
  }
}

async function idle() {
  const { url } = await bare();
  const bareBytes = await memoryOf(url, 'bare');
  const bytes = await memoryOf(await gatewayTo(serf), 'idle');
  run.emit({ n: BROWSERS, bytes, bare_bytes: bareBytes, allowed: 2 * bareBytes + 40_000 });
}

/** What each of a thousand takes, heap and buffers. @param {string} url @param {string} what */
async function memoryOf(url, what) {
  const before = await memory();
  const child = browsers(url, what, 1);
  await new Promise((resolve) =>
    createInterface({ input: child.stdout }).on('line', (line) =>
      line === 'ready' ? resolve(undefined) : run.fail(line),
    ),
  );
  const bytes = Math.round(((await memory()) - before) / BROWSERS);
  child.kill();
  await sleep(500);
  return bytes;
}

async function memory() {
  const { gc } = globalThis;
  if (!gc) throw new Error('run with --expose-gc');
  for (let i = 0; i < 4; i++) {
    await sleep(50);
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function herd() {
  const cluster = new EmbeddedCluster({ nodes: Array.from({ length: MEMBERS }, (_, i) => `n${i}`) });
  const node = cluster.node('n0');
  let members = 0;
  const counted = new Proxy(node, {
    get(target, name) {
      if (name === 'members') members++;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const upstream = connect(await agent(counted), { reconnect: false });
  const url = await gatewayTo(upstream);
  members = 0;
  run.start();
  const child = browsers(url, 'members', 1);
  createInterface({ input: child.stdout }).on('line', (line) =>
    line === 'ready' ? run.done(BROWSERS, { members }) : run.fail(line),
  );
}

/** @param {Serf} serf @returns {Promise<string>} */
function gatewayTo(serf) {
  const limits = {
    peers: BROWSERS,
    peersPerAddress: BROWSERS,
    peersPerName: BROWSERS,
    unauthenticated: BROWSERS,
    unauthenticatedPerAddress: BROWSERS,
  };
  const authenticate = tokens({ [KEY]: { role: 'viewer', name: 'bench' } });
  return new Promise((resolve) => {
    let url = '';
    gateway(serf, { port: 0, authenticate, limits }).subscribe({
      next: (event) => {
        if (event.type === 'listening') url = `${event.url.replace('http', 'ws')}/serf`;
        if (event.type === 'refused-upgrade') run.fail(event.hint);
        if (event.type === 'upstream' && event.state === 'up') setImmediate(() => resolve(url));
      },
      error: run.fail,
    });
    // What has no connection is up before anybody listens to it.
    if (!('status$' in serf)) setTimeout(() => resolve(url), 50);
  });
}

/** @param {Serf} serf @returns {Promise<string>} */
function agent(serf) {
  return new Promise((resolve) => {
    listen(serf, { port: 0 }).subscribe((status) => {
      if (status.type === 'listening') resolve(status.address);
      if (status.type === 'dropped') run.fail('a record was dropped');
    });
  });
}

/** @returns {Promise<{server: WebSocketServer, url: string}>} */
function bare() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  return new Promise((resolve) =>
    server.on('listening', () => {
      const { port } = /** @type {AddressInfo} */ (server.address());
      resolve({ server, url: `ws://127.0.0.1:${port}` });
    }),
  );
}

/** @param {string} url @param {string} what @param {number} bytes */
function browsers(url, what, bytes) {
  const script = new URL('gateway-crowd.mjs', import.meta.url).pathname;
  const args = [script, url, String(BROWSERS), what, String(bytes)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill());
  return child;
}

/**
 * Times `send` until all browsers have got all.
 * @param {string} url
 * @param {string} what
 * @param {number} bytes
 * @param {(i: number) => void} send
 */
function crowd(url, what, bytes, send) {
  createInterface({ input: browsers(url, what, bytes).stdout }).on('line', async (line) => {
    if (line === 'ready') {
      run.start();
      for (let i = 0; i < run.n; i++) {
        send(i);
        await tick();
      }
    } else if (line === 'done') run.done(BROWSERS * run.n);
    else run.fail(line);
  });
}
