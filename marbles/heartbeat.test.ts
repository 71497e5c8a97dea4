import { map, type Observable } from 'rxjs';
import type { SerfEvent } from 'rxserf';
import { describe } from 'vitest';
import {
  bytes,
  failure,
  marbles,
  marblesWith,
  members,
  piece,
  record,
  records,
  reply,
  request,
  userEvent,
} from './kit/index.ts';

const user = request('stream', 1, { Type: 'user' });
/** A ping stops its own number, which is no stream's: the agent says "ok", and nothing else happens. */
const ping = (seq: number) => request('stop', seq, { Stop: seq });
const pong = reply('stop');
const pings = { p: ping(2), q: ping(3), r: ping(4), s: ping(5), t: ping(6) };
const pongs = { p: pong, q: pong, r: pong, s: pong, t: pong };

/** Pings every 10 ms, the first one 10 ms after the agent's acceptance, which is at 1 ms. */
const quick = { heartbeat: 10, reconnect: false } as const;

const silentFor = (time: number) =>
  failure('ConnectionLostError', 'connection-lost', {
    message: `lost the connection to 127.0.0.1:7373: no sign of life in ${time} ms`,
  });

function payloads(events$: Observable<SerfEvent<unknown>>) {
  return events$.pipe(map((event) => ('payload' in event ? event.payload : event.event)));
}

describe('a connection', () => {
  marbles(
    'is pinged every 10 s, and is dead 25 s after its last sign of life at the latest',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ heartbeat: 10_000, reconnect: false });
      const sent = '     -u-------- 9991ms p 9999ms q 9999ms r 9999ms s 9999ms t        ';
      const says = '     --s------- 9991ms -p 9998ms -q 9998ms -r                       ';
      const connected = '^--------- 9991ms -- 9998ms -- 9998ms -- 9998ms -- 14998ms !   ';
      const expected = ' ---------- 9991ms -- 9998ms -- 9998ms -- 9998ms -- 14998ms #   ';

      expectObservable(client.stream('user')).toBe(expected, undefined, silentFor(25_000));
      agent.says(says, { s: reply('stream'), ...pongs });
      agent.expectSent(sent, { u: user, ...pings });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('lives as long as its agent answers', ({ agent, connect, expectObservable }) => {
    const client = connect(quick);
    const sub = '      ^-----------------------------------------------!';
    const sent = '     -u---------p---------q---------r---------s       ';
    const says = '     --s--------p---------q----r----r---------s-----a-';
    const expected = ' ------------------------------------------------ ';
    const never = '    -------------------------------------------------';

    expectObservable(payloads(client.stream('user')), sub).toBe(expected);
    expectObservable(client.dropped$, sub).toBe(never);
    agent.says(says.replace('q----r----r', 'q---------r'), {
      s: reply('stream'),
      ...pongs,
      ...records('stream', 'a', userEvent),
    });
    void sent;
  });
});
