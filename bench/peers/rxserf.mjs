// rxserf, through its public Observables.
import { firstValueFrom, repeat } from 'rxjs';
import { connect } from 'rxserf';
import { inPieces } from './in-pieces.mjs';
import { isWrong, wrongMember, wrongReply, wrongUser } from './records.mjs';
import { begin } from './runner.mjs';

/** @import { Observable } from 'rxjs' */
/** @import { Member, QueryReply, UserEvent } from 'rxserf' */

const run = begin();
const { read } = run;
const client = connect(run.address, { reconnect: false, ...(read && { socket: inPieces(read) }) });
await firstValueFrom(client.stats()); // the connection is up

/** Of requests; a query has none, unless it is to have so many bytes. */
const PAYLOAD = new Uint8Array(run.size || 1).fill(0x79);
const IN_FLIGHT = 1_000;

switch (run.workload) {
  case 'stream-300k': {
    const { n } = run;
    const size = run.size || 64;
    let count = 0;
    run.start();
    client.stream('user').subscribe((event) => {
      if (isWrong(++count, event, size)) run.fail(`event ${count} is wrong`);
      if (count === n / 2) run.half(count);
      if (count === n) run.done(n);
    });
    break;
  }
  case 'churn-300k': {
    const { n } = run;
    let count = 0;
    run.start();
    client.stream('member-update').subscribe(({ members }) => {
      if (Number(members[0]?.tags['rev']) !== ++count) run.fail(`update ${count} is wrong`);
      if (count === n / 2) run.half(count);
      if (count === n) run.done(n);
    });
    break;
  }
  case 'members-10k': {
    const { n, members } = run;
    let count = 0;
    run.start();
    client
      .members()
      .pipe(repeat(n))
      .subscribe({
        next: (all) => {
          count += all.length;
          if (count === (n / 2) * members) run.half(count);
          const last = all.at(-1);
          if (!last || wrong(all.length - 1, last)) run.fail('a member is wrong');
        },
        complete: () => (count === n * members ? run.done(count) : run.fail(`${count} members`)),
      });
    break;
  }
  case 'query-1000': {
    const { n, responses, size } = run;
    const count = { ack: 0, response: 0 };
    run.start();
    client
      .query('load', size > 0 ? PAYLOAD : undefined, { requestAck: true })
      .pipe(repeat(n))
      .subscribe({
        next: (reply) => {
          count[reply.type]++;
          if (reply.type === 'ack') return;
          if (size > 0 && reply.payload.length !== size) run.fail(`response ${count.response} is wrong`);
          if (count.response === (n / 2) * responses) run.half(n * responses);
        },
        complete: () => {
          const right = count.ack === n * responses && count.response === n * responses;
          if (right) run.done(2 * n * responses);
          else run.fail(`${count.ack} acks and ${count.response} responses`);
        },
      });
    break;
  }
  case 'rpc-serial': {
    const { n } = run;
    run.start();
    events(n, 1, () => run.done(n));
    break;
  }
  case 'rpc-pipelined': {
    const { n } = run;
    run.start();
    events(n, IN_FLIGHT, () => run.done(n));
    break;
  }

  case 'check-stream':
  case 'check-joined': {
    const { n } = run;
    checkStream(run.workload === 'check-joined' ? `N=${n};gap=0s` : `N=${n};gap=2ms`, n);
    break;
  }
  case 'check-members': {
    const all = await firstValueFrom(client.members());
    run.verdict(first(all.map((member, i) => wrong(i, member))), all.length, run.members);
    break;
  }
  case 'check-query': {
    /** @type {QueryReply<Uint8Array>[]} */
    const all = [];
    await client
      .query('load', undefined, { requestAck: true })
      .forEach((reply) => void all.push(reply))
      .catch(run.fail);
    run.verdict(
      first(all.map((reply, i) => wrongReply(i, run.responses, reply))),
      all.length,
      2 * run.responses,
    );
    break;
  }
  case 'check-rpc':
    events(200, 100, () => run.verdict(undefined, 200, 200));
    break;
  case 'check-mixed': {
    // Requests from within the stream: no event may be lost for it, and every request is answered.
    const { n } = run;
    const each = Math.max(1, Math.floor(n / 50));
    let open = 0;
    checkStream(
      `N=${n};gap=2ms`,
      n,
      (ltime) => {
        if (ltime % each > 0) return;
        open++;
        client.event('x', PAYLOAD).subscribe(() => open--);
      },
      async () => {
        while (open > 0) await firstValueFrom(client.stats());
      },
    );
    break;
  }
  default:
    run.fail(`no such workload: ${run.workload}`);
}

/**
 * @param {string} settings for the load agent
 * @returns {Observable<UserEvent<Uint8Array>>}
 */
function users(settings) {
  // A client leaves out what its filter does not ask for.
  const names = Array.from({ length: 10 }, (_, i) => `user:deploy-${i}`);
  return /** @type {Observable<UserEvent<Uint8Array>>} */ (client.stream([`user:${settings}`, ...names]));
}

/**
 * Requests, each after the end of another; as callbacks, like those of the bare loop.
 * @param {number} total
 * @param {number} inFlight
 * @param {() => void} done
 */
function events(total, inFlight, done) {
  let begun = 0;
  let ended = 0;
  const begin = () => {
    begun++;
    client.event('x', PAYLOAD).subscribe(observer);
  };
  const observer = {
    error: run.fail,
    complete: () => {
      if (++ended === total / 2) run.half(ended);
      if (ended === total) done();
      else if (begun < total) begin();
    },
  };
  while (begun < inFlight) begin();
}

/**
 * @param {string} settings
 * @param {number} n
 * @param {(ltime: number) => void} also with each event
 * @param {() => Promise<void>} rest what is left to wait for
 */
function checkStream(settings, n, also = () => {}, rest = async () => {}) {
  let count = 0;
  /** @type {string | undefined} */
  let mistake;
  users(settings).subscribe(async (event) => {
    mistake ??= wrongUser(++count, event);
    also(count);
    if (count < n) return;
    await rest();
    run.verdict(mistake, count, n);
  });
}

/**
 * @param {number} i
 * @param {Member} member
 */
function wrong(i, { name, address, tags }) {
  return wrongMember(i, { name, address, rack: tags['rack'] });
}

/** @param {(string | undefined)[]} mistakes */
function first(mistakes) {
  return mistakes.find((mistake) => mistake !== undefined);
}
