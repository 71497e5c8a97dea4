import { EMPTY, map, type Observable, retry, tap } from 'rxjs';
import type { SerfClient } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  bytes,
  failure,
  lost,
  marbles,
  marblesWith,
  member,
  members,
  queryEvent,
  record,
  reply,
  request,
  soon,
  takesNo,
  timedOut,
} from '../kit/index.ts';
import { event, HERE, user } from './letters.ts';

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
    marblesWith({ name: null })(
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

describe('a "leave" whose connection is lost by another’s fault', () => {
  const left = failure('ConnectionLostError', 'connection-lost', { command: 'leave', outcome: 'unknown' });

  marbles('may not have been obeyed: garbage', ({ agent, connect, expectObservable }) => {
    const client = connect(soon);
    const says = '    -----x';
    const expected = '-----#';

    expectObservable(client.leave()).toBe(expected, undefined, left);
    agent.says(says, { x: bytes(0xc1) });
  });

  for (const code of ['ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN']) {
    marbles(`may not have been obeyed: ${code}`, ({ agent, connect, expectObservable }) => {
      const client = connect(soon);
      const says = '    -----#';
      const expected = '-----#';

      expectObservable(client.leave()).toBe(expected, undefined, left);
      agent.says(says, {}, Object.assign(new Error(`read ${code}`), { code }));
    });
  }

  marbles('has not been obeyed: the socket did not take it', ({ connection, connect, expectObservable }) => {
    const client = connect({ ...soon, socket: takesNo(connection, 2) });
    const expected = '-#';

    expectObservable(client.leave()).toBe(expected, undefined, left);
    connection(0).says('');
  });
});
