// The bare loop: how fast a client on Node could be that did nothing but read the socket, find whole values, and decode them
// with @msgpack/msgpack, a chunk at a time. No API, no dispatch, no objects of its own; requests of a tick leave in one write.
import { connect } from 'node:net';
import { Decoder, Encoder, encode } from '@msgpack/msgpack';
import { cut } from './cut.mjs';
import { isWrong, wrongMember, wrongReply, wrongUser } from './records.mjs';
import { begin } from './runner.mjs';
import { Scanner } from './scanner.mjs';

/** @typedef {any} Value a decoded header or body: what comes is what the load agent sends */

const run = begin();
const [host, port] = run.address.split(':');
const socket = connect(Number(port), host);
socket.setNoDelay(true);
socket.on('error', run.fail);
socket.on('close', () => run.fail('the connection was closed'));

const decoder = new Decoder();
const encoder = process.env['BENCH_ENCODE'] === 'each' ? { encode } : new Encoder();
const scanner = new Scanner();
let reads = 0;
/** The beginning of a value that is not whole yet. @type {Uint8Array[]} */
let rest = [];
let onValue = (/** @type {Value} */ _value) => {};

const { read } = run;
socket.on('data', (chunk) => {
  reads++;
  if (read > 0) cut(chunk, read, onChunk);
  else onChunk(chunk);
});

/** @param {Uint8Array} chunk */
function onChunk(chunk) {
  const end = scanner.lastEnd(chunk);
  if (end < 0) {
    rest.push(chunk);
    return;
  }
  /** @type {Uint8Array} */
  let whole = chunk.subarray(0, end);
  if (rest.length > 0) {
    whole = Buffer.concat([...rest, whole]);
    rest = [];
  }
  if (end < chunk.length) rest.push(chunk.subarray(end));
  for (const value of decoder.decodeMulti(whole)) onValue(value);
}

let seq = 0;
/** @type {Uint8Array[]} */
let outbox = [];
function flush() {
  socket.write(outbox.length === 1 && outbox[0] ? outbox[0] : Buffer.concat(outbox));
  outbox = [];
}

/**
 * @param {string} command
 * @param {object} [body]
 */
function send(command, body) {
  if (outbox.length === 0) queueMicrotask(flush);
  outbox.push(encoder.encode({ Command: command, Seq: seq++ }));
  if (body) outbox.push(encoder.encode(body));
}

/**
 * Resolves when `take` says that it has had enough.
 * @param {(value: Value) => boolean} take
 */
function until(take) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      onValue = (value) => {
        if (value.Error) run.fail(value.Error);
        if (!take(value)) return;
        onValue = () => {};
        resolve();
      };
    })
  );
}

/**
 * Takes the bodies of an answer's records; every second value is a header.
 * @param {string} command
 * @param {object} body
 * @param {(body: Value) => boolean} take
 */
function records(command, body, take) {
  let values = 0;
  const taken = until((value) => {
    const isBody = ++values > 1 && values % 2 === 1;
    return isBody && take(value);
  });
  send(command, body);
  return taken;
}

const PAYLOAD = new Uint8Array(run.size || 1).fill(0x79);
const EVENT = { Name: 'x', Payload: PAYLOAD, Coalesce: false };

/**
 * @param {number} total
 * @param {number} inFlight
 */
function pipelined(total, inFlight) {
  let sent = 0;
  let got = 0;
  const all = until(() => {
    if (++got === total / 2) run.half(got);
    if (sent < total) {
      send('event', EVENT);
      sent++;
    }
    return got === total;
  });
  for (; sent < inFlight; sent++) send('event', EVENT);
  return all;
}

async function handshake() {
  const answered = until(() => true);
  send('handshake', { Version: 1 });
  await answered;
}

/** @param {Value} event */
function user({ LTime, Name, Payload }) {
  return { ltime: LTime, name: Name, payload: Payload };
}

await handshake();
const start = () => {
  reads = 0;
  run.start();
};

switch (run.workload) {
  case 'stream-300k': {
    const { n } = run;
    const size = run.size || 64;
    let count = 0;
    start();
    await records('stream', { Type: `user:N=${n};gap=2ms;size=${size}` }, (value) => {
      if (isWrong(++count, user(value), size)) run.fail(`event ${count} is wrong`);
      if (count === n / 2) run.half(count);
      return count === n;
    });
    run.done(n, { reads });
    break;
  }
  case 'churn-300k': {
    const { n } = run;
    let count = 0;
    start();
    await records('stream', { Type: 'member-update' }, ({ Members }) => {
      if (Number(Members[0].Tags.rev) !== ++count) run.fail(`update ${count} is wrong`);
      if (count === n / 2) run.half(count);
      return count === n;
    });
    run.done(n, { reads });
    break;
  }
  // As in-process/membership.mjs has it: the updates begin with an `event`, when all members have been read.
  case 'membership-10k':
  case 'membership-1k': {
    const { n } = run;
    const listening = until(() => true);
    send('stream', { Type: 'member-failed,member-join,member-leave,member-reap,member-update' });
    await listening;
    const read = until(({ Members }) => Members !== undefined);
    send('members');
    await read;
    let count = 0;
    const updated = until(({ Event, Members }) => {
      if (!Event) return false;
      if (Number(Members[0].Tags.rev) !== ++count) run.fail(`update ${count} is wrong`);
      return count === n;
    });
    start();
    send('event', EVENT);
    await updated;
    const measured = run.stop(n);
    run.emit({ ...measured, us: (measured.seconds / n) * 1e6 });
    break;
  }
  case 'members-10k': {
    const { n, members } = run;
    let count = 0;
    start();
    for (let i = 0; i < n; i++) {
      const answered = until(({ Members }) => {
        if (!Members) return false;
        count += Members.length;
        if (count === (n / 2) * members) run.half(count);
        if (wrong(Members.length - 1, Members.at(-1))) run.fail('a member is wrong');
        return true;
      });
      send('members');
      await answered;
    }
    if (count !== n * members) run.fail(`${count} members`);
    run.done(count, { reads });
    break;
  }
  case 'query-1000': {
    const { n, responses, size } = run;
    const query = { Name: 'load', RequestAck: true, ...(size > 0 && { Payload: PAYLOAD }) };
    let count = 0;
    start();
    for (let i = 0; i < n; i++) {
      if (i === n / 2) run.half(count - i);
      await records('query', query, ({ Type, Payload }) => {
        count++;
        if (size > 0 && Type === 'response' && Payload.length !== size) run.fail(`reply ${count} is wrong`);
        return Type === 'done';
      });
    }
    count -= n; // the ends
    if (count !== 2 * n * responses) run.fail(`${count} replies`);
    run.done(count, { reads });
    break;
  }
  case 'rpc-serial': {
    const { n } = run;
    start();
    for (let i = 0; i < n; i++) {
      if (i === n / 2) run.half(i);
      const answered = until(() => true);
      send('event', EVENT);
      await answered;
    }
    run.done(n, { reads });
    break;
  }
  case 'rpc-pipelined': {
    const { n } = run;
    start();
    await pipelined(n, 1_000);
    run.done(n, { reads });
    break;
  }

  case 'check-stream':
  case 'check-joined': {
    const { n } = run;
    let count = 0;
    /** @type {string | undefined} */
    let mistake;
    const gap = run.workload === 'check-joined' ? '0s' : '2ms';
    await records('stream', { Type: `user:N=${n};gap=${gap}` }, (value) => {
      mistake ??= wrongUser(++count, user(value));
      return count === n;
    });
    run.verdict(mistake, count, n);
    break;
  }
  case 'check-members': {
    /** @type {Value[]} */
    let all = [];
    const answered = until(({ Members }) => {
      all = Members;
      return all !== undefined;
    });
    send('members');
    await answered;
    run.verdict(
      all.map((member, i) => wrong(i, member)).find((mistake) => mistake !== undefined),
      all.length,
      run.members,
    );
    break;
  }
  case 'check-query': {
    const { responses } = run;
    let count = 0;
    /** @type {string | undefined} */
    let mistake;
    await records('query', { Name: 'load', RequestAck: true }, ({ Type, From, Payload }) => {
      if (Type === 'done') return true;
      mistake ??= wrongReply(count++, responses, { type: Type, from: From, payload: Payload });
      return false;
    });
    run.verdict(mistake, count, 2 * responses);
    break;
  }
  case 'check-rpc':
    await pipelined(200, 100);
    run.verdict(undefined, 200, 200);
    break;
  default:
    run.fail(`no such workload: ${run.workload}`);
}

/**
 * @param {number} i
 * @param {Value} member
 */
function wrong(i, { Name, Addr, Tags }) {
  return wrongMember(i, { name: Name, address: Addr.join('.'), rack: Tags.rack });
}
