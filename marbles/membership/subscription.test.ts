import { take } from 'rxjs';
import { describe, expect } from 'vitest';
import { failure, marbles, reply, request } from '../kit/index.ts';
import { asked, calm, event, joined, letters, ok, snapshot, stream, words } from './words.ts';

describe('when a membership is unsubscribed,', () => {
  const stop = request('stop', 3, { Stop: 1 });

  marbles('its stream is stopped when it has been silent for 1 s', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '     ^--------!         ';
    const sent = '    -(sm)----- 999ms p ';
    const says = '    --sm---x-- 999ms -p';
    const expected = '---a---b--         ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2'), p: reply('stop') });
    agent.expectSent(sent, { s: stream, m: asked(2), p: stop });
  });

  marbles('a snapshot under way is swallowed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '     ^----!          ';
    const sent = '    -(sm)- 999ms p  ';
    const says = '    --s--- m 999ms p';
    const expected = '------          ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), p: reply('stop') });
    agent.expectSent(sent, { s: stream, m: asked(2), p: stop });
  });

  marbles('its next subscriber begins anew, with a snapshot', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const sub1 = '     ^-----!       ';
    const sub2 = '     ---------^    ';
    const sent = '     -(sm)----n    ';
    const says = '     --sm--x----n-y';
    const expected1 = '---a---       ';
    const expected2 = '-----------b-c';

    const membership$ = words(client.membership());
    expectObservable(membership$, sub1).toBe(expected1, letters);
    expectObservable(membership$, sub2).toBe(expected2, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2'), n: snapshot('n1', 'n2'), y: joined('n3') });
    agent.expectSent(sent, { s: stream, m: asked(2), n: asked(3) });
  });

  marbles('by take(1), it has done all it had to', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const sent = '    -(sm) 998ms p';
    const says = '    --sm- 999ms p';
    const expected = '---(a|)      ';

    expectObservable(words(client.membership().pipe(take(1)))).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), p: reply('stop') });
    agent.expectSent(sent, { s: stream, m: asked(2), p: stop });
  });
});

describe('two memberships', () => {
  marbles(
    'share the stream, and know nothing of each other otherwise',
    ({ agent, connect, expectObservable }) => {
      const client = connect(calm);
      const sub1 = '     ^---------!    ';
      const sub2 = '     -----^         ';
      const sent = '     -(sm)n         ';
      const says = '     --sm-x--n-y---z';
      const expected1 = '---a-b-----    ';
      const expected2 = '--------b-f---c';
      const names = { ...letters, c: 'n1 n2:failed n3' };

      expectObservable(words(client.membership()), sub1).toBe(expected1, names);
      expectObservable(words(client.membership()), sub2).toBe(expected2, names);
      agent.says(says, {
        s: ok,
        m: snapshot('n1'),
        x: joined('n2'),
        n: snapshot('n1', 'n2'),
        y: event('failed', 'n2:failed'),
        z: joined('n3'),
      });
      agent.expectSent(sent, { s: stream, m: asked(2), n: asked(3) });
    },
  );
});

describe('when the client is closed, a membership', () => {
  marbles('completes, as streams do', ({ agent, acts, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    --sm---';
    const closes = '  ------x';
    const expected = '---a--|';

    expectObservable(words(client.membership())).toBe(expected, letters);
    acts(closes, { x: () => client.close() });
    agent.says(says, { s: ok, m: snapshot('n1') });
  });

  marbles('leaves no timer, though it had a resync', ({ agent, acts, connect, expectObservable, timers }) => {
    const client = connect({ resync: 10 });
    const says = '    --sm---';
    const closes = '  ------x';
    const expected = '---a--|';

    expectObservable(words(client.membership())).toBe(expected, letters);
    acts(closes, { x: () => client.close() });
    agent.says(says, { s: ok, m: snapshot('n1') });
    // The only thing that still happens in this world is this look.
    acts(' 10s x', { x: () => expect(timers()).toBe(0) });
  });

  marbles(
    'that has no snapshot yet errors, as the request for it does',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect(calm);
      const says = '    --s----';
      const closes = '  ------x';
      const expected = '------#';

      expectObservable(words(client.membership())).toBe(expected, letters, failure('ClosedError', 'closed'));
      acts(closes, { x: () => client.close() });
      agent.says(says, { s: ok });
    },
  );

  marbles(
    'that has no snapshot yet gets it all the same, when the client drains',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect(calm);
      const says = '    --s----m   ';
      const drains = '  -----x--   ';
      const expected = '-------(a|)';

      expectObservable(words(client.membership())).toBe(expected, letters);
      acts(drains, { x: () => client.drain() });
      agent.says(says, { s: ok, m: snapshot('n1') });
    },
  );
});
