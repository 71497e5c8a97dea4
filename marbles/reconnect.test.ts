import {
  catchError,
  EMPTY,
  filter,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  retry,
  skip,
  switchMap,
  take,
  tap,
  toArray,
} from 'rxjs';
import type { ConnectionStatus, ReconnectOptions, SerfClient, SerfEvent } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  bytes,
  failure,
  line,
  marbles,
  marblesWith,
  member,
  members,
  queryEvent,
  record,
  records,
  refuse,
  reply,
  request,
  userEvent,
} from './kit/index.ts';

const HERE = '127.0.0.1:7373';
const KEYED = `${HERE}?AuthKey=s3cret`;
const NOTHING = new Uint8Array(0);

/** The first attempt after a loss follows 5 ms later, the second one 10 ms after that, … */
const SOON: ReconnectOptions = { minDelay: 10, random: () => 0.5 };
const soon = { reconnect: SOON };
const stubborn = { reconnect: { ...SOON, firstConnect: 'keep-trying' } } as const;

/** The agents of these stories acknowledge nothing by themselves. */
const manual = marblesWith({ greets: false });

const user = (seq: number) => request('stream', seq, { Type: 'user' });
const event = (seq: number, name: string) =>
  request('event', seq, { Name: name, Payload: NOTHING, Coalesce: false });
const hello = request('handshake', 0, { Version: 1 });
const key = request('auth', 1, { AuthKey: 's3cret' });
const wrongKey = refuse('auth', 'Invalid authentication token');

const cut = new Error('ECONNRESET');
const lost = failure('ConnectionLostError', 'connection-lost', { outcome: 'unknown' });
const unreachable = failure('ConnectError', 'connect-failed');
const unauthorized = failure('AuthenticationError', 'auth-invalid');
const timedOut = failure('RequestTimeoutError', 'request-timeout');

const idle = { state: 'idle' };
const connecting = (address: string, attempt = 1) => ({ state: 'connecting', address, attempt });
const connected = (address: string) => ({ state: 'connected', address });
const waiting = (address: string, attempt: number, retryAt: number, error: unknown) => {
  return { state: 'waiting', address, attempt, retryAt, error };
};

/** What user events carry. */
function payloads(events$: Observable<SerfEvent<unknown>>) {
  return events$.pipe(map((event) => ('payload' in event ? event.payload : event.event)));
}

/** The names of the addresses that are tried. */
function tried(status$: Observable<ConnectionStatus>) {
  return status$.pipe(
    filter((status) => status.state === 'connecting'),
    map(({ address }) => address.replace(/:.*/, '')),
  );
}

describe('a connection that is lost', () => {
  marbles(
    'is followed by another one, for those who still need it',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says1 = '     ---sa----#          ';
      const says2 = '     -----------------s-b';
      const connected1 = '^--------!          ';
      const connected2 = '--------------^     ';
      const expected = '  ----a--------------b';
      const status = '    cy-------w----dz    ';

      expectObservable(payloads(client.stream('user'))).toBe(expected);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        w: waiting(HERE, 1, 14, failure('ConnectionLostError', 'connection-lost', { cause: cut })),
        d: connecting(HERE, 2),
        z: connected(HERE),
      });
      agent.says(says1, { s: reply('stream'), ...records('stream', 'a', userEvent) }, cut);
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'b', userEvent) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'is followed by none when nobody needs it: the client rests',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says = '      ---m-----|';
      const connected1 = '^--------!';
      const expected = '  ---(v|)   ';
      const status = '    cy-------i';

      expectObservable(client.members()).toBe(expected, { v: [] });
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        i: { state: 'idle', error: failure('ConnectionLostError', 'connection-lost') },
      });
      agent.says(says, { m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'is followed by another one when somebody asks again',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sub1 = '      ^                  ';
      const sub2 = '      ------------^      ';
      const says1 = '     ---m-----|         ';
      const says2 = '     ---------------m   ';
      const connected2 = '------------^      ';
      const expected1 = ' ---(v|)            ';
      const expected2 = ' ---------------(v|)';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
      agent.says(says1, { m: reply('members', members()) });
      connection(1).says(says2, { m: reply('members', members()) });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'takes no other along: each has its own fate',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says1 = '     ---s--a------b';
      const says2 = '     -----#        ';
      const connected1 = '^             ';
      const connected2 = '^----!        ';
      const expected1 = ' ------a------b';
      const expected2 = ' -----#        ';

      expectObservable(payloads(client.stream('user'))).toBe(expected1);
      expectObservable(client.join('10.0.0.9')).toBe(expected2, undefined, lost);
      agent.says(says1, { s: reply('stream'), ...records('stream', 'ab', userEvent) });
      connection(1).says(says2);
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});

describe('a stream whose connection is lost', () => {
  marbles(
    'is asked for again with a new number, once for all its subscribers',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^                 ';
      const sub2 = '     -----^            ';
      const sub3 = '     ------------^     ';
      const sent1 = '    -m---u            ';
      const says1 = '    ---m---sa#        ';
      const sent2 = '    ---------------u  ';
      const says2 = '    ----------------sb';
      const expected1 = '---(v|)           ';
      const expected2 = '--------a--------b';
      const expected3 = '-----------------b';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(payloads(client.stream('user')), sub2).toBe(expected2);
      expectObservable(payloads(client.stream('user')), sub3).toBe(expected3);
      agent.says(says1, {
        m: reply('members', members()),
        s: reply('stream'),
        ...records('stream', 'a', userEvent),
      });
      agent.expectSent(sent1, { m: request('members', 1), u: user(2) });
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'b', userEvent) });
      connection(1).expectSent(sent2, { u: user(1) });
    },
  );

  marbles(
    'goes on through any number of losses, however they come',
    ({ connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa#                                                ';
      const says2 = '   -------------sb|                                      ';
      const says3 = '   ----------------------------#                         ';
      const says4 = '   ----------------------------------------------- 5ms sc';
      const expected = '----a---------b-------------------------------- 5ms -c';

      expectObservable(payloads(client.stream('user'))).toBe(expected);
      const all = { s: reply('stream'), ...records('stream', 'abc', userEvent) };
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says, all);
      });
    },
  );

  marbles(
    'may be unsubscribed before there is another one: it is not asked for again',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = ' ^               ';
      const sub2 = ' ^-----------!   ';
      const sent1 = '-(uv)           ';
      const says1 = '---(st)--#      ';
      const sent2 = '---------------u';
      const never = '----------------';

      expectObservable(client.stream('user'), sub1).toBe(never);
      expectObservable(client.stream('query'), sub2).toBe(never);
      agent.says(says1, { s: reply(1), t: reply(2) });
      agent.expectSent(sent1, { u: user(1), v: request('stream', 2, { Type: 'query' }) });
      connection(1).expectSent(sent2, { u: user(1) });
    },
  );

  marbles(
    'ends with the request that it was merged with: it is not asked for again',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sent = '      -(ue)    ';
      const says = '      ----sa--#';
      const connected1 = '^-------!';
      const expected = '  -----a--#';

      const all$ = merge(payloads(client.stream('user')), client.event('e'));
      expectObservable(all$).toBe(expected, undefined, lost);
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      agent.expectSent(sent, { u: user(1), e: event(2, 'e') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'and that nobody has listened to for a while, is not asked for again',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sub = '       ^----!    ';
      const says = '      ---sa----|';
      const connected1 = '^--------!';
      const expected = '  ----a     ';
      const status = '    cy-------i';

      expectObservable(payloads(client.stream('user')), sub).toBe(expected);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        i: { state: 'idle', error: failure('ConnectionLostError', 'connection-lost') },
      });
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'while nobody listened, can be subscribed to again within the second',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^ 20s !              ';
      const sub2 = '     - 20s -----^         ';
      const says1 = '    ---s 19997ms --#     ';
      const says2 = '    - 20s -------------sa';
      const expected1 = '- 20s -              ';
      const expected2 = '- 20s --------------a';

      expectObservable(payloads(client.stream('user')), sub1).toBe(expected1);
      expectObservable(payloads(client.stream('user')), sub2).toBe(expected2);
      agent.says(says1, { s: reply('stream') });
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'a', userEvent) });
    },
  );

  marbles('ends when the next agent refuses it', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---sa----#       ';
    const says2 = '   ----------------x';
    const expected = '----a-----------#';

    expectObservable(payloads(client.stream('user'))).toBe(
      expected,
      undefined,
      failure('AgentError', 'agent-error', { message: 'no more streams' }),
    );
    agent.says(says1, { s: reply('stream'), ...records('stream', 'a', userEvent) });
    connection(1).says(says2, { x: refuse('stream', 'no more streams') });
  });

  marbles('may be a monitor as well', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---ma----#        ';
    const sent2 = '   ---------------m  ';
    const says2 = '   ----------------mb';
    const expected = '----a------------b';

    expectObservable(client.monitor()).toBe(expected);
    agent.says(says1, { m: reply('monitor'), ...records('monitor', 'a', line) });
    connection(1).says(says2, { m: reply('monitor'), ...records('monitor', 'b', line) });
    connection(1).expectSent(sent2, { m: request('monitor', 1, { LogLevel: 'info' }) });
  });
});

describe('a request that is under way when the connection is lost', () => {
  const secret = 'ICEiIyQlJicoKSorLC0uLw==';
  type Ask = (client: SerfClient<string | undefined>) => Observable<unknown>;

  const doing: [string, Ask][] = [
    ['event', (client) => client.event('e')],
    ['respond', (client) => client.respond(1)],
    ['tags', (client) => client.tags({ set: { role: 'db' } })],
    ['query', (client) => client.query('load')],
    ['join', (client) => client.join('10.0.0.9')],
    ['force-leave', (client) => client.forceLeave('n9')],
    ['install-key', (client) => client.installKey(secret)],
    ['use-key', (client) => client.useKey(secret)],
    ['remove-key', (client) => client.removeKey(secret)],
  ];
  for (const [command, ask] of doing) {
    marbles(
      `fails, its outcome unknown, and is never sent again when it does something: ${command}`,
      ({ agent, connect, expectObservable, expectSubscriptions }) => {
        const client = connect(soon);
        const sent = '      -x    ';
        const says = '      -----#';
        const connected1 = '^----!';
        const expected = '  -----#';

        expectObservable(ask(client)).toBe(
          expected,
          undefined,
          failure('ConnectionLostError', 'connection-lost', { command, outcome: 'unknown', address: HERE }),
        );
        agent.says(says);
        agent.expectSent(sent, { x: expect.objectContaining({ command }) });
        expectSubscriptions(agent.subscriptions).toBe(connected1);
      },
    );
  }

  marbles('was obeyed, if it is "leave"', ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect(soon);
    const sent = '      -x       ';
    const says = '      -----#   ';
    const connected1 = '^----!   ';
    const expected = '  -----(v|)';

    expectObservable(client.leave()).toBe(expected, { v: undefined });
    agent.says(says);
    agent.expectSent(sent, { x: request('leave', 1) });
    expectSubscriptions(agent.subscriptions).toBe(connected1);
  });

  const report = { Messages: null, Keys: { [secret]: 1 }, NumNodes: 1, NumErr: 0, NumResp: 1 };
  const reading: [string, Ask, wire: unknown, value: unknown][] = [
    ['members', (client) => client.members(), members('n1'), [member('n1')]],
    ['stats', (client) => client.stats(), { agent: { name: 'n1' } }, { agent: { name: 'n1' } }],
    ['get-coordinate', (client) => client.coordinate('n1'), { Coord: null, Ok: false }, null],
    ['list-keys', (client) => client.listKeys(), report, expect.objectContaining({ keys: { [secret]: 1 } })],
  ];
  for (const [command, ask, wire, value] of reading) {
    marbles(
      `is asked again when it only reads: ${command}`,
      ({ agent, connection, connect, expectObservable }) => {
        const client = connect(soon);
        const sent1 = '   -x               ';
        const says1 = '   -----#           ';
        const sent2 = '   -----------x     ';
        const says2 = '   -------------a   ';
        const expected = '-------------(v|)';

        expectObservable(ask(client)).toBe(expected, { v: value });
        agent.says(says1);
        agent.expectSent(sent1, { x: expect.objectContaining({ command }) });
        connection(1).says(says2, { a: reply(command, wire) });
        connection(1).expectSent(sent2, { x: expect.objectContaining({ command }) });
      },
    );
  }

  marbles('is asked again as often as that happens', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   -----#                        ';
    const says2 = '   -------------#                ';
    const says3 = '   --------------------------m   ';
    const expected = '--------------------------(v|)';

    expectObservable(client.members()).toBe(expected, { v: [] });
    agent.says(says1);
    connection(1).says(says2);
    connection(2).says(says3, { m: reply('members', members()) });
  });

  marbles(
    'is asked again within the time that it had from the beginning',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sent1 = '   -m                     ';
      const says1 = '   -- 7s #                ';
      const sent2 = '   -- 7s ------m          ';
      const expected = '-- 7s -------- 2990ms #';

      expectObservable(client.members()).toBe(expected, undefined, timedOut);
      agent.says(says1);
      agent.expectSent(sent1, { m: request('members', 1) });
      connection(1).expectSent(sent2, { m: request('members', 1) });
    },
  );

  marbles(
    'is not asked again when nobody waits for it any more',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sub = '       ^---!  ';
      const sent = '      -m     ';
      const says = '      ------#';
      const connected1 = '^-----!';
      const never = '     -------';

      expectObservable(client.members(), sub).toBe(never);
      agent.says(says);
      agent.expectSent(sent, { m: request('members', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'may be made again by who knows better: that waits for the next connection',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sent1 = '    -(se)              ';
      const says1 = '    ---s-#             ';
      const sent2 = '    -----------(se)    ';
      const says2 = '    -------------s-e   ';
      const expected1 = '----------------   ';
      const expected2 = '---------------(v|)';

      expectObservable(client.stream('user')).toBe(expected1);
      expectObservable(client.event('e').pipe(retry(1))).toBe(expected2, { v: undefined });
      agent.says(says1, { s: reply('stream') });
      agent.expectSent(sent1, { s: user(1), e: event(2, 'e') });
      connection(1).says(says2, { s: reply('stream'), e: reply('event') });
      connection(1).expectSent(sent2, { s: user(1), e: event(2, 'e') });
    },
  );

  marbles('takes no notice of a subscriber that throws', ({ connection, ...kit }) => {
    const client = kit.connect(soon);
    const sub = '      x                ';
    const says1 = '    -----#           ';
    const says2 = '    -------------m   ';
    const expected1 = '-----#           ';
    const expected2 = '-------------(v|)';
    const bug = new Error('in the application');

    const throws = () => {
      throw bug;
    };
    kit.acts(sub, { x: () => client.event('e').subscribe({ error: throws }) });
    kit.expectObservable(client.event('e')).toBe(expected1, undefined, lost);
    kit.expectObservable(client.members()).toBe(expected2, { v: [] });
    kit.agent.says(says1);
    connection(1).says(says2, { m: reply('members', members()) });
    kit.expectThrown(bug);
  });
});

describe('the answer to a query from before the connection was lost', () => {
  marbles(
    'is not sent: the next agent would take it for the answer to another one',
    ({ agent, connection, acts, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sq-#          ';
      const sent2 = '   ------------u    ';
      const says2 = '   -------------s   ';
      const answers = ' ----------------x';
      const expected = '----q            ';
      const failed: unknown[] = [];
      let answer$: Observable<unknown> = EMPTY;

      const queries$ = client.stream('query').pipe(
        tap((query) => {
          answer$ = query.respond('late');
        }),
      );
      expectObservable(queries$.pipe(map(({ id }) => id))).toBe(expected, { q: 7 });
      agent.says(says1, { s: reply('stream'), q: record('stream', queryEvent(7)) });
      connection(1).says(says2, { s: reply('stream') });
      connection(1).expectSent(sent2, { u: request('stream', 1, { Type: 'query' }) });
      acts(answers, { x: () => answer$.subscribe({ error: (error) => failed.push(error) }) });
      acts('             -----------------x', {
        x: () =>
          expect(failed).toEqual([
            failure('ConnectionLostError', 'connection-lost', { command: 'respond', outcome: 'not-sent' }),
          ]),
      });
    },
  );
});

describe('a request that is made while there is no connection', () => {
  marbles(
    'waits for it, and is sent in order, behind what is resumed',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     -------^              ';
      const sub2 = '     ---------^            ';
      const sub3 = '     --------^             ';
      const sent1 = '    -(um)                 ';
      const says1 = '    ----s-#               ';
      const sent2 = '    ------------(umefv)   ';
      const says2 = '    -------------sm-f-ev  ';
      const never = '    --------------------- ';
      const expectedM = '--------------(m|)    ';
      const expectedE = '------------------(e|)';
      const expectedF = '----------------(f|)  ';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.members()).toBe(expectedM, { m: [] });
      expectObservable(client.event('e'), sub1).toBe(expectedE, { e: undefined });
      expectObservable(client.event('f'), sub3).toBe(expectedF, { f: undefined });
      expectObservable(client.stream('query'), sub2).toBe(never);
      agent.says(says1, { s: reply('stream') });
      agent.expectSent(sent1, { u: user(1), m: request('members', 2) });
      connection(1).says(says2, {
        s: reply(1),
        m: reply('members', members()),
        e: reply(3),
        f: reply(4),
        v: reply(5),
      });
      connection(1).expectSent(sent2, {
        u: user(1),
        m: request('members', 2),
        e: event(3, 'e'),
        f: event(4, 'f'),
        v: request('stream', 5, { Type: 'query' }),
      });
    },
  );

  marbles(
    'does not overtake them when it is made at the moment of connection',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---s-#            ';
      const sent2 = '   -----------(ue)   ';
      const says2 = '   -------------e    ';
      const never = '   ------------------';
      const expected = '-------------(e|) ';

      const hello$ = client.status$.pipe(
        filter(({ state }) => state === 'waiting'),
        switchMap(() => client.status$),
        filter(({ state }) => state === 'connected'),
        take(1),
        switchMap(() => client.event('hello')),
      );
      expectObservable(hello$).toBe(expected, { e: undefined });
      expectObservable(client.stream('user')).toBe(never);
      agent.says(says1, { s: reply('stream') });
      connection(1).says(says2, { e: reply('event') });
      connection(1).expectSent(sent2, { u: user(1), e: event(2, 'hello') });
    },
  );

  manual('waits no longer than it has time', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(stubborn);
    const sub2 = '     ------^                 ';
    const says1 = '    -----#                  ';
    const says2 = '    ------------------h-m   ';
    const expected1 = '--------------------(m|)';
    const expected2 = '-----------#            ';
    const sent2 = '    ----------h-------m     ';

    expectObservable(client.members()).toBe(expected1, { m: [] });
    expectObservable(client.event('e', undefined, { timeout: 5 }), sub2).toBe(expected2, undefined, timedOut);
    agent.says(says1);
    connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
    connection(1).expectSent(sent2, {
      h: request('handshake', 0, { Version: 1 }),
      m: request('members', 1),
    });
  });

  manual(
    'may be unsubscribed; with the last one that waits, the attempts end',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(stubborn);
      const sub1 = '      ^-------!    ';
      const sub2 = '      ---^--------!';
      const says1 = '     -----#       ';
      const connected2 = '----------^-!';
      const never = '     -------------';
      const status = '    c----w----d-i';

      expectObservable(client.members(), sub1).toBe(never);
      expectObservable(client.members(), sub2).toBe(never);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        w: waiting(HERE, 1, 10, unreachable),
        d: connecting(HERE, 2),
        i: idle,
      });
      agent.says(says1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  manual('fails when the client is closed meanwhile', ({ agent, acts, connect, expectObservable }) => {
    const client = connect(stubborn);
    const says = '     -----#      ';
    const closes = '   --------x   ';
    const expected1 = '--------#   ';
    const expected2 = '--------|   ';
    const status = '   c----w--(d|)';

    const closed = failure('ClosedError', 'closed');
    expectObservable(client.members()).toBe(expected1, undefined, closed);
    expectObservable(client.event('e')).toBe(expected1, undefined, closed);
    expectObservable(client.stream('user')).toBe(expected2);
    expectObservable(client.status$).toBe(status, {
      c: connecting(HERE),
      w: waiting(HERE, 1, 10, unreachable),
      d: { state: 'closed' },
    });
    acts(closes, { x: () => client.close() });
    agent.says(says);
  });
});

describe('before the first connection', () => {
  manual(
    'a client fails fast: it tries each address once, and tells all who wait',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon, 'a,b');
      const says1 = '   --#   ';
      const says2 = '   -----#';
      const expected = '-----#';
      const status = '  c-d--i';

      const failed = failure('ConnectError', 'connect-failed', { address: 'b:7373' });
      expectObservable(client.members()).toBe(expected, undefined, failed);
      expectObservable(client.stream('user')).toBe(expected, undefined, failed);
      expectObservable(client.status$).toBe(status, {
        c: connecting('a:7373'),
        d: connecting('b:7373', 2),
        i: { state: 'idle', error: failed },
      });
      agent.says(says1);
      connection(1).says(says2);
    },
  );

  manual(
    'it keeps trying where it is told to, the addresses round and round, with time between rounds',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(stubborn, 'a,b');
      const says1 = ' --#                                    ';
      const says2 = ' -----#                                 ';
      const says3 = ' ----------------#                      ';
      const says4 = ' -------------------------------------hs';
      const never = ' ---------------------------------------';
      const status = 'c-d--w---------ex-------------------fy ';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.status$).toBe(status, {
        c: connecting('a:7373', 1),
        d: connecting('b:7373', 2),
        w: waiting('b:7373', 2, 15, unreachable),
        e: connecting('a:7373', 3),
        x: waiting('a:7373', 3, 36, unreachable),
        f: connecting('b:7373', 4),
        y: connected('b:7373'),
      });
      agent.says(says1);
      connection(1).says(says2);
      connection(2).says(says3);
      connection(3).says(says4, { h: reply('handshake'), s: reply('stream') });
    },
  );

  manual('a request that came later shares its fate', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon, 'a,b');
    const sub1 = '    ^      ';
    const sub2 = '    ----^  ';
    const says1 = '   --#    ';
    const says2 = '   ------#';
    const expected = '------#';

    expectObservable(client.members(), sub1).toBe(expected, undefined, unreachable);
    expectObservable(client.members(), sub2).toBe(expected, undefined, unreachable);
    agent.says(says1);
    connection(1).says(says2);
  });
});

describe('once there has been a connection', () => {
  manual(
    'a client keeps trying, also for those who come later',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^                   ';
      const sub2 = '     -------^            ';
      const says1 = '    -hm--|              ';
      const says2 = '    --------#           ';
      const says3 = '    --------------h-m   ';
      const expected1 = '--(m|)              ';
      const expected2 = '----------------(m|)';
      const status = '   cy---i-dw----ey     ';
      const letters = {
        c: 'connecting',
        d: 'connecting',
        e: 'connecting',
        y: 'connected',
        w: 'waiting',
        i: 'idle',
      };

      expectObservable(client.members(), sub1).toBe(expected1, { m: [] });
      expectObservable(client.members(), sub2).toBe(expected2, { m: [] });
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, letters);
      const all = { h: reply('handshake'), m: reply('members', members()) };
      agent.says(says1, all);
      connection(1).says(says2);
      connection(2).says(says3, all);
    },
  );

  manual(
    'it begins with the address that worked last, and goes round and round',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, maxDelay: 10 } }, 'a,b,c');
      const says = [
        '              -#                                    ',
        '              --hs 5s #                             ',
        '              ---- 5s ------#                       ',
        '              ---- 5s ------------#                 ',
        '              ---- 5s ------------------#           ',
        '              ---- 5s ------------------------hs    ',
      ];
      const status = 'ab-- 5s -----b-----c-----a-----b------';
      const never = ' ---- 5s ------------------------------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(tried(client.status$)).toBe(status);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
      });
    },
  );

  manual(
    'it passes over an address that accepts and drops again',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, maxDelay: 10 } }, 'a,b');
      const says = [
        '              -hs#                       ',
        '              ---------h#                ',
        '              ----------------hs#        ',
        '              ------------------------hs ',
      ];
      const status = 'a-------b------a-------b--';
      const never = ' --------------------------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(tried(client.status$)).toBe(status);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
      });
    },
  );
});

describe('the delay before an attempt', () => {
  const nobody = () => {
    throw new Error('ECONNREFUSED');
  };
  const delays = (options: Partial<ReconnectOptions>) => {
    return { socket: nobody, reconnect: { firstConnect: 'keep-trying', ...options } } as const;
  };
  const patient = { timeout: 60_000 };
  const until = '^ 28s !';
  /** The delays in ms, as letters. */
  function delayed(status$: Observable<ConnectionStatus>, now: () => number) {
    return status$.pipe(
      filter((status) => status.state === 'waiting'),
      map(({ retryAt }) => retryAt - now()),
    );
  }

  marbles(
    'is random between nothing and a bound that doubles from 100 ms to 10 s',
    ({ connect, expectObservable, scheduler }) => {
      const client = connect(delays({ random: () => 0.5 }));
      const expected =
        'a 49ms b 99ms c 199ms d 399ms e 799ms f 1599ms g 3199ms h 4999ms h 4999ms h 4999ms h 4999ms h';
      const values = { a: 50, b: 100, c: 200, d: 400, e: 800, f: 1600, g: 3200, h: 5000 };

      expectObservable(client.members({}, patient), until).toBe('');
      expectObservable(
        delayed(client.status$, () => scheduler.now()),
        until,
      ).toBe(expected, values);
    },
  );

  marbles('may be as long as the bound', ({ connect, expectObservable, scheduler }) => {
    const client = connect(delays({ random: () => 0.999 }));
    const expected = 'a 99ms b 199ms c 399ms d 798ms e 1597ms f 3196ms g 6393ms h 9989ms h';
    const values = { a: 100, b: 200, c: 400, d: 799, e: 1598, f: 3197, g: 6394, h: 9990 };

    expectObservable(client.members({}, patient), until).toBe('');
    expectObservable(
      delayed(client.status$, () => scheduler.now()),
      until,
    ).toBe(expected, values);
  });

  manual('may be nothing: it tries again at once', ({ connection, connect, expectObservable }) => {
    const client = connect({ reconnect: { random: () => 0, attempts: 4, firstConnect: 'keep-trying' } });
    const says = ['-#', '--#', '---#', '----#'];
    const status = '  1234i';
    const expected = '----#';

    expectObservable(client.members()).toBe(expected, undefined, unreachable);
    expectObservable(
      client.status$.pipe(map((status) => (status.state === 'connecting' ? `${status.attempt}` : 'i'))),
    ).toBe(status);
    says.forEach((each, index) => {
      connection(index).says(each);
    });
  });

  marbles('has other bounds where it is told so', ({ connect, expectObservable, scheduler }) => {
    const client = connect(delays({ random: () => 0.5, minDelay: 8, maxDelay: 20 }));
    const until = '   ^-------------------------------------!';
    const expected = 'a---b-------c---------c---------c----- ';

    expectObservable(client.members(), until).toBe('');
    expectObservable(
      delayed(client.status$, () => scheduler.now()),
      until,
    ).toBe(expected, { a: 4, b: 8, c: 10 });
  });

  marbles(
    'grows from loss to loss while no connection lasts 5 s',
    ({ connection, connect, expectObservable, scheduler }) => {
      const client = connect(soon);
      const says1 = '   ---#                                     ';
      const says2 = '   ----------#                              ';
      const says3 = '   -------------------- 4998ms --#          ';
      const says4 = '   -------------------- 4998ms -------------';
      const never = '   -------------------- 4998ms -------------';
      const expected = '---a------b--------- 4998ms --c----------';

      expectObservable(client.stream('user'), `^------------------- 4998ms ------------!`).toBe(never);
      expectObservable(delayed(client.status$, () => scheduler.now())).toBe(expected, { a: 5, b: 10, c: 20 });
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says);
      });
    },
  );

  marbles(
    'starts anew after a connection that lasted 5 s',
    ({ connection, connect, expectObservable, scheduler }) => {
      const client = connect(soon);
      const says1 = '   ---#                                     ';
      const says2 = '   ----------#                              ';
      const says3 = '   ----------------------s 4998ms #         ';
      const says4 = '   ----------------------- 4998ms -------s--';
      const never = '   ----------------------- 4998ms ----------';
      const expected = '---a------b------------ 4998ms c---------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(delayed(client.status$, () => scheduler.now())).toBe(expected, { a: 5, b: 10, c: 5 });
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says, { s: reply('stream') });
      });
    },
  );

  marbles(
    'starts anew after nobody has needed one',
    ({ connection, connect, expectObservable, scheduler }) => {
      const client = connect(soon);
      const sub = '     ^-----------!                 ';
      const sub2 = '    ------------------^           ';
      const says1 = '   --s#                          ';
      const says2 = '   ----------#                   ';
      const says3 = '   --------------------s#        ';
      const says4 = '   ----------------------------s-';
      const never = '   ------------------------------';
      const expected = '---a------b----------a--------';

      expectObservable(client.stream('user'), sub).toBe(never);
      expectObservable(client.stream('user'), sub2).toBe(never);
      expectObservable(delayed(client.status$, () => scheduler.now())).toBe(expected, { a: 5, b: 10 });
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says, { s: reply('stream') });
      });
    },
  );
});

describe('a key that is refused', () => {
  const greeted = { h: reply('handshake'), k: reply('auth'), x: wrongKey, s: reply('stream') };

  manual('twice in a row is final', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(stubborn, KEYED);
    const sub1 = '    ^           ';
    const sub2 = '    ------^     ';
    const says1 = '   -h-x        ';
    const says2 = '   ---------h-x';
    const sent1 = '   gk          ';
    const sent2 = '   --------gk  ';
    const expected = '-----------#';
    const status = '  c--w----d--i';

    expectObservable(client.stream('user'), sub1).toBe(expected, undefined, unauthorized);
    expectObservable(client.members(), sub2).toBe(expected, undefined, unauthorized);
    expectObservable(client.status$).toBe(status, {
      c: connecting(HERE),
      w: waiting(HERE, 1, 8, unauthorized),
      d: connecting(HERE, 2),
      i: { state: 'idle', error: unauthorized },
    });
    agent.says(says1, greeted);
    agent.expectSent(sent1, { g: hello, k: key });
    connection(1).says(says2, greeted);
    connection(1).expectSent(sent2, { g: hello, k: key });
  });

  manual(
    'once, may be a mishap: an agent that starts again, another address',
    ({ connection, connect, expectObservable }) => {
      const client = connect(stubborn, KEYED);
      const says = [
        '              -h-x                                       ',
        '              ---------#                                 ',
        '              --------------------h-x                    ',
        '              -------------------------------------------h-ks',
      ];
      const never = ' ------------------------------------------------';
      const status = 'c--w----cw---------c--w-------------------c--y--';
      const letters = { c: 'connecting', w: 'waiting', y: 'connected' };

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, letters);
      says.forEach((each, index) => {
        connection(index).says(each, greeted);
      });
    },
  );

  manual(
    'on two addresses is as final, before the first connection and after it',
    ({ connection, connect, expectObservable }) => {
      const client = connect(soon, 'a?AuthKey=s3cret,b');
      const says = [
        '               -h-ks-#              ',
        '               ------------h-x      ',
        '               -------------------------h-x',
      ];
      const expected = '---------------------------#';

      expectObservable(client.stream('user')).toBe(expected, undefined, unauthorized);
      says.forEach((each, index) => {
        connection(index).says(each, greeted);
      });
    },
  );

  manual('can be asked with again, by whoever wants to', ({ connection, connect, expectObservable }) => {
    const client = connect(soon, KEYED);
    const sub1 = '     ^             ';
    const sub2 = '     ------^       ';
    const says1 = '    -h-x          ';
    const says2 = '    -------h-km   ';
    const expected1 = '---#          ';
    const expected2 = '----------(m|)';

    expectObservable(client.members(), sub1).toBe(expected1, undefined, unauthorized);
    expectObservable(client.members(), sub2).toBe(expected2, { m: [] });
    connection(0).says(says1, greeted);
    connection(1).says(says2, { ...greeted, m: reply('members', members()) });
  });
});

describe('reconnect.attempts', () => {
  manual(
    'bounds how many in a row may fail, a lost connection included',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, attempts: 3 } });
      const says = [
        '               -hs#                ',
        '               ---------#          ',
        '               --------------------#',
      ];
      const expected = '--------------------#';

      expectObservable(client.stream('user')).toBe(expected, undefined, unreachable);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
      });
    },
  );

  manual('counts anew after a connection that lasted 5 s', ({ connection, connect, expectObservable }) => {
    const client = connect({ reconnect: { ...SOON, attempts: 2 } });
    const says = [
      '               -hs#                         ',
      '               ---------hs 5s #             ',
      '               ----------- 5s ------#       ',
    ];
    const expected = '----------- 5s ------#       ';

    expectObservable(client.stream('user')).toBe(expected, undefined, unreachable);
    says.forEach((each, index) => {
      connection(index).says(each, { h: reply('handshake'), s: reply('stream') });
    });
  });

  manual(
    'tells what was wrong in the end, not what was wrong before the last good connection',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, attempts: 1 } }, 'a?AuthKey=s3cret,b');
      const says1 = '   -h-x         ';
      const says2 = '   ----h-ks 5s #';
      const expected = '-------- 5s #';

      const ended = failure('ConnectionLostError', 'connection-lost', { address: 'b:7373' });
      expectObservable(client.stream('user')).toBe(expected, undefined, ended);
      const all = { h: reply('handshake'), k: reply('auth'), x: wrongKey, s: reply('stream') };
      connection(0).says(says1, all);
      connection(1).says(says2, all);
    },
  );
});

describe('reconnect: false', () => {
  marbles(
    'ends everything with the connection, streams and reads as well',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ reconnect: false });
      const says = '      ---s--#';
      const connected1 = '^-----!';
      const expected = '  ------#';
      const status = '    cy----i';

      expectObservable(client.stream('user')).toBe(expected, undefined, lost);
      expectObservable(client.monitor()).toBe(expected, undefined, lost);
      expectObservable(client.members()).toBe(expected, undefined, lost);
      expectObservable(client.event('e')).toBe(expected, undefined, lost);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        i: { state: 'idle', error: lost },
      });
      agent.says(says, { s: reply('stream') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'leaves it to the application: who subscribes again connects again',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false });
      const says1 = '   ---sa-#    ';
      const says2 = '   --------sb-';
      const expected = '----a----b-';

      expectObservable(payloads(client.stream('user')).pipe(retry(1))).toBe(expected);
      const all = { s: reply('stream'), ...records('stream', 'ab', userEvent) };
      agent.says(says1, all);
      connection(1).says(says2, all);
    },
  );

  manual(
    'tries each address once to connect, the one that worked last first',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false }, 'a,b');
      const says = ['-#', '--hm-|', '--------#', '----------#'];
      const sub1 = '     ^          ';
      const sub2 = '     -------^   ';
      const expected1 = '---(m|)    ';
      const expected2 = '----------#';
      const status = '   ab-----ba  ';

      expectObservable(client.members(), sub1).toBe(expected1, { m: [] });
      expectObservable(client.members(), sub2).toBe(expected2, undefined, unreachable);
      expectObservable(tried(client.status$)).toBe(status);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), m: reply('members', members()) });
      });
    },
  );
});

describe('a request that is made again as it fails, with reconnect: false,', () => {
  marbles('has a connection of its own', ({ agent, connection, connect, expectObservable }) => {
    const client = connect({ reconnect: false });
    const sent1 = '   -e         ';
    const says1 = '   ---#       ';
    const sent2 = '   ----e      ';
    const says2 = '   ------a    ';
    const expected = '------(v|) ';

    expectObservable(client.event('e').pipe(retry(1))).toBe(expected, { v: undefined });
    agent.says(says1);
    agent.expectSent(sent1, { e: event(1, 'e') });
    connection(1).says(says2, { a: reply('event') });
    connection(1).expectSent(sent2, { e: event(1, 'e') });
  });
});

describe('a "leave" whose connection is lost by another’s fault', () => {
  marbles('may not have been obeyed: garbage', ({ agent, connect, expectObservable }) => {
    const client = connect(soon);
    const says = '    -----x';
    const expected = '-----#';

    expectObservable(client.leave()).toBe(
      expected,
      undefined,
      failure('ConnectionLostError', 'connection-lost', { command: 'leave', outcome: 'unknown' }),
    );
    agent.says(says, { x: bytes(0xc1) });
  });
});

describe('a stream that was never accepted', () => {
  marbles('has no gap when its connection is lost', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---#          ';
    const says2 = '   ------------sa';
    const expected = '-------------a';
    const dropped = ' --------------';

    expectObservable(client.stream('user', { gaps: true }).pipe(map((event) => event.event))).toBe(expected, {
      a: 'user',
    });
    expectObservable(client.dropped$).toBe(dropped);
    agent.says(says1);
    connection(1).says(says2, { s: reply('stream'), ...records('stream', 'a', userEvent) });
  });
});

describe('status$', () => {
  manual(
    'is in order for everybody, also when a subscriber acts on it',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false });
      const says1 = '   --#';
      const sub = '     ^----!';
      const expected = '--s';

      const again$ = client.status$.pipe(
        skip(1),
        filter(({ state }) => state === 'idle'),
        take(1),
        mergeMap(() => client.stream('user')),
        ignoreElements(),
      );
      const states$ = client.status$.pipe(
        map(({ state }) => state),
        take(4),
        toArray(),
      );
      const first$ = client.members().pipe(
        catchError(() => EMPTY),
        ignoreElements(),
      );
      expectObservable(merge(again$, states$, first$), sub).toBe(expected, {
        s: ['idle', 'connecting', 'idle', 'connecting'],
      });
      connection(0).says(says1);
      connection(1).says('');
    },
  );
});
