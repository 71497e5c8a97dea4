// A stream from `serve` to a client, both in this process, over loopback: through TCP, and through a WebSocket of the library `ws`.
// What counts is the processor time of both ends, and that all has come, in order.
import { createServer } from 'node:http';
import { setImmediate as tick } from 'node:timers/promises';
import { NEVER, of, Subject } from 'rxjs';
import { connect } from 'rxserf';
import { listen, serve } from 'rxserf/server';
import { acceptedWebSocket } from 'rxserf/socket';
import { WebSocketServer } from 'ws';
import { isWrong } from '../peers/records.mjs';
import { begin } from '../peers/runner.mjs';

/** @import { AddressInfo } from 'node:net' */
/** @import { Serf, UserEvent } from 'rxserf' */

/** How many events come in a tick, as in `serve.mjs`. */
const BURST = 20;
/** How many may be under way: without a bound it is the slow consumer that is measured. */
const AHEAD = 1_000;

const run = begin();
/** @type {Subject<UserEvent<Uint8Array>>} */
const user$ = new Subject();
const serf = /** @type {Serf} */ (
  /** @type {unknown} */ ({ stream: () => user$, members: () => of([]), monitor: () => NEVER })
);

const client = connect(await { tcp, websocket }[/** @type {'tcp' | 'websocket'} */ (run.peer)](), {
  reconnect: false,
});
let received = 0;
client.stream('user').subscribe({
  next: ({ ltime, name, payload }) => {
    if (isWrong(++received, { ltime, name, payload })) run.fail(`event ${received} is wrong`);
    if (received === run.n) run.done(run.n);
  },
  error: run.fail,
});
while (!user$.observed) await tick();
const events = Array.from({ length: run.n }, (_, i) => event(i));

run.start();
for (let i = 0; i < run.n; ) {
  for (const end = Math.min(run.n, i + BURST); i < end; i++)
    user$.next(/** @type {UserEvent<Uint8Array>} */ (events[i]));
  do await tick();
  while (i - received > AHEAD);
}

/**
 * @param {number} i from 0
 * @returns {UserEvent<Uint8Array>}
 */
function event(i) {
  const payload = Uint8Array.from({ length: 64 }, (_, j) => i + 1 + j);
  return {
    event: 'user',
    ltime: i + 1,
    name: `deploy-${i % 10}`,
    payload,
    rawPayload: payload,
    coalesce: true,
  };
}

/** @returns {Promise<string>} */
function tcp() {
  return new Promise((resolve) => {
    listen(serf, { port: 0 }).subscribe((status) => {
      if (status.type === 'listening') resolve(status.address);
      if (status.type === 'dropped') run.fail('a record was dropped');
    });
  });
}

/** @returns {Promise<string>} */
function websocket() {
  const server = createServer();
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
  webSockets.on('connection', (webSocket) => {
    serve(serf, acceptedWebSocket(webSocket), { concurrency: 32 }).subscribe((status) => {
      if (status.type === 'dropped') run.fail('a record was dropped');
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {AddressInfo} */ (server.address());
      resolve(`ws://127.0.0.1:${port}`);
    });
  });
}
