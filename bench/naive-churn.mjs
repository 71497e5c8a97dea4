/**
 * The control of test/agent/churn.test.ts: a client that sends `stop` at each unsubscription kills its agent.
 *
 *     node bench/naive-churn.mjs [seconds]
 *
 * Eight subscribers subscribe and unsubscribe 200 times a second each, while another client fires 100 events a second. The
 * agent is one that this script has started itself, on loopback, and ends; it talks to no other.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { encode } from '@msgpack/msgpack';

const HOST = '127.0.0.1';
const SUBSCRIBERS = 8;
const CYCLES_PER_SECOND = 200;
const EVENTS_PER_SECOND = 100;
const seconds = Number(process.argv[2] ?? 120);

const [rpc, gossip] = await Promise.all([freePort(), freePort()]);
const agent = spawn(
  'serf',
  [
    'agent',
    '-node=victim',
    `-bind=${HOST}:${gossip}`,
    `-rpc-addr=${HOST}:${rpc}`,
    '-log-level=err',
    '-profile=local',
  ],
  { stdio: ['ignore', 'pipe', 'pipe'] },
);
process.on('exit', () => agent.kill('SIGKILL'));
let log = '';
for (const output of [agent.stdout, agent.stderr])
  output.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    log += text;
  });
agent.on('error', (error) => {
  console.error(`cannot run serf: ${error.message}`);
  process.exit(2);
});
while (!log.includes('Log data will now stream in')) await once(agent.stdout, 'data');

const churning = await client();
const firing = await client();
const started = performance.now();
let cycles = 0;
/** @type {NodeJS.Timeout[]} */
const timers = [];
for (let subscriber = 0; subscriber < SUBSCRIBERS; subscriber++) {
  let stream = churning.send('stream', { Type: 'user' });
  timers.push(
    setInterval(() => {
      churning.send('stop', { Stop: stream });
      stream = churning.send('stream', { Type: 'user' });
      cycles++;
    }, 1_000 / CYCLES_PER_SECOND),
  );
}
timers.push(
  setInterval(() => {
    firing.send('event', { Name: 'churn', Payload: new Uint8Array(), Coalesce: false });
  }, 1_000 / EVENTS_PER_SECOND),
);
const patience = setTimeout(() => agent.kill('SIGKILL'), seconds * 1_000);
await once(agent, 'close');
clearTimeout(patience);
for (const timer of timers) clearInterval(timer);

const took = ((performance.now() - started) / 1_000).toFixed(1);
const panic = /^panic: .*/m.exec(log)?.[0];
console.log(
  panic
    ? `the agent died after ${took} s and ${cycles} cycles: ${panic}`
    : `the agent was still alive after ${took} s and ${cycles} cycles`,
);
process.exit(panic ? 0 : 1);

/** A connection past its handshake, that reads and ignores what comes. */
async function client() {
  const socket = connect(rpc, HOST).setNoDelay(true);
  await once(socket, 'connect');
  socket.on('error', () => {}).resume();
  let seq = 0;
  /** @type {(command: string, body: object) => number} the request's Seq */
  const send = (command, body) => {
    if (socket.writable) {
      socket.write(encode({ Command: command, Seq: seq }));
      socket.write(encode(body));
    }
    return seq++;
  };
  send('handshake', { Version: 1 });
  return { send };
}

async function freePort() {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
