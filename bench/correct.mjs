// Does everything arrive, and is it right, however the bytes are cut?
import { addressOf } from './agent.mjs';
import { runnerOf } from './measure.mjs';
import { runPeer } from './run-peer.mjs';

const PEERS = ['limit-socket', 'rxserf'];
const CHECKS = ['check-stream', 'check-joined', 'check-members', 'check-query', 'check-rpc'];
const MEMBERS = 300;
const RESPONSES = 100;
const LIMIT = 30;

/** Whether all is right. */
export async function correct() {
  let right = true;
  for (const { piece, n } of [
    { piece: 65_536, n: 2_000 },
    { piece: 1_400, n: 2_000 },
    { piece: 7, n: 2_000 },
    { piece: 1, n: 300 },
  ]) {
    // A pause between two writes, so that they arrive apart.
    const pace = piece < 65_536 ? '20us' : '0s';
    const address = await addressOf(
      { members: MEMBERS, responses: RESPONSES, pieces: String(piece), pace },
      piece,
    );
    for (const check of [...CHECKS, 'check-mixed'])
      for (const peer of PEERS) {
        // Requests from within a stream take an API.
        if (check === 'check-mixed' && peer !== 'rxserf') continue;
        const variables = { BENCH_N: n, BENCH_MEMBERS: MEMBERS, BENCH_RESPONSES: RESPONSES };
        const outcome = await runPeer([...runnerOf(peer), address, check], variables, LIMIT);
        const ok = !('failed' in outcome);
        console.log(
          `${ok ? '✓' : '✗'} ${check}, ${piece} bytes a write, ${peer}${ok ? '' : `: ${outcome.failed}`}`,
        );
        right &&= ok;
      }
  }
  return right;
}
