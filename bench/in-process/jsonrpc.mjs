// Requests from a client to a server over one loopback connection, both in this process, so many of them at a time:
//
//   bare           JSON.parse and JSON.stringify, a newline, a map of ids, and no API
//   json-rpc-2.0   the npm library of this name, on the same lines
//   rxserf         jsonRpc and jsonRpcListen
//   aiorpcx        the original, in Python: client and server in one process, too
//
// `flat` is the growth of the heap over all requests of rxserf.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { JSONRPCClient, JSONRPCServer } from 'json-rpc-2.0';
import { jsonRpc, jsonRpcListen } from 'rxserf/jsonrpc';
import { tcpSocket } from 'rxserf/socket';
import { begin } from '../peers/runner.mjs';

/** @import { AddressInfo, Socket } from 'node:net' */
/** @typedef {(a: number, b: number, answer: (sum: any) => void) => void} Sum */

const run = begin();
const flight = run.workload.startsWith('jsonrpc-serial') ? 1 : 1_000;
/** Until everything has been compiled. */
const WARM_UP = 5_000;

if (run.peer === 'aiorpcx') python();
else {
  /** @type {Map<string, () => Promise<Sum>>} */
  const peers = new Map([
    ['bare', bare],
    ['json-rpc-2.0', library],
    ['rxserf', ours],
    ['flat', ours],
  ]);
  const open = peers.get(run.peer);
  if (!open) throw new Error(`no such peer: ${run.peer}`);
  const sum = await open();
  await requests(sum, WARM_UP);
  if (run.peer === 'flat') {
    const before = heap();
    await requests(sum, run.n);
    run.emit({ n: run.n, bytes: heap() - before });
  } else {
    run.start();
    await requests(sum, run.n);
    run.done(run.n);
  }
}

function heap() {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** @param {Sum} sum @param {number} n @returns {Promise<void>} */
function requests(sum, n) {
  return new Promise((resolve) => {
    let sent = 0;
    let answered = 0;
    const next = () => {
      if (sent === n) return;
      const i = sent++;
      sum(i, 1, (answer) => {
        if (answer !== i + 1) run.fail(`${i} + 1 = ${answer}`);
        if (++answered === n) resolve();
        else next();
      });
    };
    for (let i = 0; i < flight; i++) next();
  });
}

/** @returns {Promise<Sum>} */
async function ours() {
  const handlers = { sum: (/** @type {number} */ a, /** @type {number} */ b) => a + b };
  /** @type {number} */
  const port = await new Promise((resolve, reject) => {
    jsonRpcListen(handlers, { port: 0 }).subscribe({
      next: (event) => event.type === 'listening' && resolve(event.port),
      error: reject,
    });
  });
  const session = jsonRpc(tcpSocket({ host: '127.0.0.1', port }));
  return (a, b, answer) => {
    session.request('sum', [a, b]).subscribe(answer);
  };
}

/** @returns {Promise<Sum>} */
async function bare() {
  /** @type {Map<number, (sum: any) => void>} */
  const waiting = new Map();
  const socket = await pair(
    (line, peer) => {
      const { id, params } = JSON.parse(line);
      peer.write(`${JSON.stringify({ jsonrpc: '2.0', result: params[0] + params[1], id })}\n`);
    },
    (line) => {
      const { id, result } = JSON.parse(line);
      const answer = waiting.get(id);
      waiting.delete(id);
      answer?.(result);
    },
  );
  let next = 0;
  return (a, b, answer) => {
    const id = next++;
    waiting.set(id, answer);
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'sum', id, params: [a, b] })}\n`);
  };
}

/** @returns {Promise<Sum>} */
async function library() {
  const server = new JSONRPCServer();
  server.addMethod('sum', ([a, b]) => a + b);
  const socket = await pair(
    (line, peer) => {
      server.receive(JSON.parse(line)).then((answer) => {
        if (answer) peer.write(`${JSON.stringify(answer)}\n`);
      });
    },
    (line) => client.receive(JSON.parse(line)),
  );
  const client = new JSONRPCClient((message) => {
    socket.write(`${JSON.stringify(message)}\n`);
  });
  return (a, b, answer) => {
    client.request('sum', [a, b]).then(answer);
  };
}

/**
 * Two ends of a connection that read lines.
 * @param {(line: string, peer: Socket) => void} serve
 * @param {(line: string) => void} answered
 */
async function pair(serve, answered) {
  const server = createServer((peer) => lines(peer, (line) => serve(line, peer))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect(/** @type {AddressInfo} */ (server.address()).port, '127.0.0.1');
  await once(socket, 'connect');
  lines(socket, answered);
  return socket;
}

/** @param {Socket} socket @param {(line: string) => void} take */
function lines(socket, take) {
  let text = '';
  socket.setNoDelay(true);
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece;
    let start = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
      take(text.slice(start, at));
      start = at + 1;
    }
    text = text.slice(start);
  });
}

/** It takes a tenth of the requests: it is slow, and what is compared is how many in a second. */
function python() {
  const script = fileURLToPath(new URL('../peers/aiorpcx-requests.py', import.meta.url));
  const n = Math.ceil(run.n / 10);
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [script, `${n}`, `${flight}`], {
    encoding: 'utf8',
  });
  if (status === 0) run.emit(JSON.parse(stdout));
  else run.fail(stderr.trim().split('\n').at(-1));
}
