import { map, mergeMap, repeat, retry } from 'rxjs';
import { describe, expect } from 'vitest';
import {
  failure,
  marbles,
  marblesWith,
  member,
  members,
  refuse,
  reply,
  request,
  timedOut,
  together,
} from './kit/index.ts';

// A request with a single answer. Each subscription sends it anew; it emits one value and completes, or errors. Nobody
// has to wait for the answer, and what comes too late is swallowed.
//
// Here and from here on, the agent accepts the handshake a frame after it was sent, and diagrams begin behind that: what
// is subscribed to in frame 0 of a story is sent in frame 1.

describe('a request', () => {
  marbles('emits one value and completes', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      --^       ';
    const sent = '     ---m      ';
    const says = '     -----a    ';
    const expected = ' -----(v|) ';

    expectObservable(client.members(), sub).toBe(expected, { v: [member('a')] });
    agent.says(says, { a: reply('members', members('a')) });
    agent.expectSent(sent, { m: request('members', 1) });
  });

  marbles(
    'emits undefined where the answer says no more than "ok"',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -e        ';
      const says = '     -----a    ';
      const expected = ' -----(v|) ';

      expectObservable(client.event('deploy', 'v42')).toBe(expected, { v: undefined });
      agent.says(says, { a: reply('event') });
      agent.expectSent(sent, {
        e: request('event', 1, { Name: 'deploy', Payload: new TextEncoder().encode('v42'), Coalesce: false }),
      });
    },
  );

  marbles('is cold: two subscriptions are two requests', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^          ';
    const sub2 = '     ---^       ';
    const sent = '     -m-n       ';
    const says = '     -----a-b   ';
    const expected1 = '-----(v|)  ';
    const expected2 = '-------(w|)';

    const members$ = client.members();
    expectObservable(members$, sub1).toBe(expected1, { v: [member('a')] });
    expectObservable(members$, sub2).toBe(expected2, { w: [member('b')] });
    agent.says(says, { a: reply('members', members('a')), b: reply('members', members('b')) });
    agent.expectSent(sent, { m: request('members', 1), n: request('members', 2) });
  });

  marbles('is sent again by repeat, at once', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -a--b--c   ';
    const says = '     ----a--b--c';
    const expected = ' ----a--b--(c|)';

    const names$ = client.members().pipe(map(([one]) => one?.name));
    expectObservable(names$.pipe(repeat(3))).toBe(expected);
    agent.says(says, {
      a: reply('members', members('a')),
      b: reply('members', members('b')),
      c: reply('members', members('c')),
    });
    agent.expectSent(sent, {
      a: request('members', 1),
      b: request('members', 2),
      c: request('members', 3),
    });
  });

  marbles(
    'errors when the agent refuses, and is sent again by retry',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -a---b---  ';
      const says = '     -----x---y ';
      const expected = ' ---------# ';

      expectObservable(client.event('deploy').pipe(retry(1))).toBe(
        expected,
        undefined,
        failure('AgentError', 'agent-error', {
          message: 'still no',
          command: 'event',
          address: '127.0.0.1:7373',
        }),
      );
      agent.says(says, { x: refuse('event', 'no'), y: refuse('event', 'still no') });
      const body = { Name: 'deploy', Payload: new Uint8Array(0), Coalesce: false };
      agent.expectSent(sent, { a: request('event', 1, body), b: request('event', 2, body) });
    },
  );

  marbles('errors alone when its answer makes no sense', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     -----xa    ';
    const expected1 = '-----#     ';
    const expected2 = '------(v|) ';

    expectObservable(client.members()).toBe(
      expected1,
      undefined,
      failure('ProtocolError', 'unexpected-shape'),
    );
    expectObservable(client.members()).toBe(expected2, { v: [] });
    agent.says(says, { x: reply('members', { Members: 'none' }), a: reply('members', members()) });
  });
});

describe('several requests', () => {
  marbles('of one tick go out in order', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const warm = '     ^             ';
    const sub = '      ------^       ';
    const sent = '     -w----(abc)   ';
    const says = '     ---w-----a-b-c';
    const expected1 = '---(w|)       ';
    const expected2 = '---------(a|) ';
    const expected3 = '-----------(b|)';
    const expected4 = '-------------(c|)';

    expectObservable(client.members(), warm).toBe(expected1, { w: [] });
    expectObservable(client.stats(), sub).toBe(expected2, { a: {} });
    expectObservable(client.members(), sub).toBe(expected3, { b: [] });
    expectObservable(client.coordinate('n1'), sub).toBe(expected4, { c: null });
    agent.says(says, {
      w: reply('members', members()),
      a: reply('stats', {}),
      b: reply('members', members()),
      c: reply('get-coordinate', { Coord: null, Ok: false }),
    });
    agent.expectSent(sent, {
      w: request('members', 1),
      a: request('stats', 2),
      b: request('members', 3),
      c: request('get-coordinate', 4, { Node: 'n1' }),
    });
  });

  marbles(
    'are told apart by Seq, in whatever order the answers come',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -(abc)     ';
      const says = '     ------c-a-b';
      const expected1 = '--------(a|)';
      const expected2 = '----------(b|)';
      const expected3 = '------(c|)';

      const members$ = client.members();
      expectObservable(members$).toBe(expected1, { a: [member('a')] });
      expectObservable(members$).toBe(expected2, { b: [member('b')] });
      expectObservable(members$).toBe(expected3, { c: [member('c')] });
      agent.says(says, {
        a: reply(1, members('a')),
        b: reply(2, members('b')),
        c: reply(3, members('c')),
      });
      agent.expectSent(sent, {
        a: request('members', 1),
        b: request('members', 2),
        c: request('members', 3),
      });
    },
  );

  marbles('may be many, and may be answered in one piece', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ----a    ';
    const expected = ' ----(v|) ';
    const seqs = Array.from({ length: 1_000 }, (_, index) => index + 1);

    for (const seq of seqs) expectObservable(client.members()).toBe(expected, { v: [member(`n${seq}`)] });
    agent.says(says, {
      a: together(...seqs.toReversed().map((seq) => reply(seq, members(`n${seq}`)))),
    });
  });

  marbles('may follow from each other within a frame', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -a--b      ';
    const says = '     ----a--b   ';
    const expected = ' -------(v|)';

    const first$ = client.members();
    expectObservable(first$.pipe(mergeMap(([one]) => client.coordinate(one?.name ?? '')))).toBe(expected, {
      v: null,
    });
    agent.says(says, { a: reply('members', members('n1')), b: reply('get-coordinate', { Ok: false }) });
    agent.expectSent(sent, { a: request('members', 1), b: request('get-coordinate', 2, { Node: 'n1' }) });
  });

  marbles(
    'do not suffer when a subscriber of one throws',
    ({ agent, acts, connect, expectObservable, expectThrown }) => {
      const client = connect();
      const asks = '     x        ';
      const says = '     ----a    ';
      const expected = ' ----(v|) ';
      const [onNext, onComplete, onError] = [
        new Error('in next'),
        new Error('in complete'),
        new Error('in error'),
      ];
      const throws = (error: Error) => () => {
        throw error;
      };

      acts(asks, {
        x: () => {
          client.members().subscribe(throws(onNext));
          client.members().subscribe({ complete: throws(onComplete) });
          client.event('e').subscribe({ error: throws(onError) });
        },
      });
      expectObservable(client.stats()).toBe(expected, { v: {} });
      agent.says(says, {
        a: together(
          reply(1, members('a')),
          reply(2, members('b')),
          refuse('event', 'no'),
          reply('stats', {}),
        ),
      });
      expectThrown(onNext, onComplete, onError);
    },
  );
});

describe('a request that is not waited for to the end', () => {
  marbles(
    'is unsubscribed: its answer is swallowed, with its body',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '     ^--!        ';
      const sub2 = '     ----^       ';
      const sent = '     -a--b       ';
      const says = '     ------x     ';
      const expected1 = '------------';
      const expected2 = '------(v|)  ';

      const members$ = client.members();
      expectObservable(members$, sub1).toBe(expected1);
      expectObservable(members$, sub2).toBe(expected2, { v: [member('b')] });
      agent.says(says, { x: together(reply(1, members('a')), reply(2, members('b'))) });
      agent.expectSent(sent, { a: request('members', 1), b: request('members', 2) });
    },
  );

  marbles('is unsubscribed: its refusal is swallowed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^--!       ';
    const sub2 = '     ----^      ';
    const says = '     ------x-b  ';
    const expected1 = '-----------';
    const expected2 = '--------(v|)';

    expectObservable(client.event('e'), sub1).toBe(expected1);
    expectObservable(client.members(), sub2).toBe(expected2, { v: [member('b')] });
    agent.says(says, { x: refuse('event', 'no'), b: reply('members', members('b')) });
  });

  marbles('has 10 s; a late answer is swallowed, with its body', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^              ';
    const sub2 = '     - 9999ms --^   ';
    const sent = '     -a 9998ms --b  ';
    const says = '     - 9999ms ----x ';
    const expected1 = '- 9999ms #     ';
    const expected2 = '- 9999ms ----(v|)';

    const members$ = client.members();
    expectObservable(members$, sub1).toBe(
      expected1,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'members', timeout: 10_000 }),
    );
    expectObservable(members$, sub2).toBe(expected2, { v: [member('b')] });
    agent.says(says, { x: together(reply(1, members('a')), reply(2, members('b'))) });
    agent.expectSent(sent, { a: request('members', 1), b: request('members', 2) });
  });

  marbles('has 30 s where the agent may be busy that long', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -(jfik)         ';
    const expected = ' - 29999ms #     ';

    for (const slow$ of [client.join('10.0.0.9'), client.forceLeave('n2'), client.listKeys(), client.leave()])
      expectObservable<unknown>(slow$).toBe(expected, undefined, timedOut);
    agent.expectSent(sent, {
      j: request('join', 1, { Existing: ['10.0.0.9'], Replay: false }),
      f: request('force-leave', 2, { Node: 'n2', Prune: false }),
      i: request('list-keys', 3),
      k: request('leave', 4),
    });
  });

  marbles('has as long as the client says, or the call', ({ connect, expectObservable }) => {
    const client = connect({ timeout: 6 });
    const expected1 = '------#  ';
    const expected2 = '---#     ';

    expectObservable(client.members()).toBe(expected1, undefined, timedOut);
    expectObservable(client.members({}, { timeout: 3 })).toBe(expected2, undefined, timedOut);
  });

  marbles('has its own time, whoever asked before', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^         ';
    const sub2 = '     --^       ';
    const sub3 = '     ----^     ';
    const sub4 = '     -----^-!  ';
    const says = '     ------a   ';
    const expected1 = '------(v|)';
    const expected2 = '-- 20ms # ';
    const expected3 = '-------#  ';
    const expected4 = '----------';
    const within = (timeout: number) => client.members({}, { timeout });

    expectObservable(within(50), sub1).toBe(expected1, { v: [] });
    expectObservable(within(20), sub2).toBe(expected2, undefined, timedOut);
    expectObservable(within(3), sub3).toBe(expected3, undefined, timedOut);
    expectObservable(within(2), sub4).toBe(expected4);
    agent.says(says, { a: reply(1, members()) });
  });

  marbles('is sent again by retry when it had no answer in time', ({ agent, connect, expectObservable }) => {
    const client = connect({ timeout: 5 });
    const sent = '     -a---b      ';
    const says = '     -------x    ';
    const expected = ' -------(v|) ';

    expectObservable(client.members().pipe(retry(1))).toBe(expected, { v: [member('b')] });
    agent.says(says, { x: together(reply(1, members('a')), reply(2, members('b'))) });
    agent.expectSent(sent, { a: request('members', 1), b: request('members', 2) });
  });
});

marblesWith({ greets: false })(
  'a request that times out before the connection is up is never sent',
  ({ agent, connect, expectObservable }) => {
    const client = connect({ timeout: 5 });
    const sub1 = '     ^          ';
    const sub2 = '     ----^      ';
    const sent = '     h------s   ';
    const says = '     -------h-s ';
    const expected1 = '-----#     ';
    const expected2 = '---------(s|)';

    expectObservable(client.members(), sub1).toBe(expected1, undefined, timedOut);
    expectObservable(client.stats(), sub2).toBe(expected2, { s: {} });
    agent.says(says, { h: reply('handshake'), s: reply('stats', {}) });
    agent.expectSent(sent, {
      h: expect.objectContaining({ command: 'handshake' }),
      s: request('stats', 1),
    });
  },
);
