import { retry } from 'rxjs';
import { describe } from 'vitest';
import { failure, marbles, refuse } from '../kit/index.ts';
import { asked, calm, joined, letters, ok, snapshot, soon, stream, words } from './words.ts';

describe('a membership whose connection is lost', () => {
  marbles(
    'shows what has changed meanwhile, as soon as it knows',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   --s--m--#            ';
      const sent2 = '   --------------sm     ';
      const says2 = '   ---------------s--m-x';
      const expected = '-----b------------d-c';

      expectObservable(words(client.membership())).toBe(expected, { ...letters, c: 'n2 n3' });
      agent.says(says1, { s: ok, m: snapshot('n1', 'n2') });
      connection(1).says(says2, { s: ok, m: snapshot('n2'), x: joined('n3') });
      connection(1).expectSent(sent2, { s: stream, m: asked(2) });
    },
  );

  marbles('emits nothing when nothing has changed', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   --s--m--#           ';
    const says2 = '   ---------------s--m-';
    const expected = '-----b--------------';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says1, { s: ok, m: snapshot('n1', 'n2') });
    connection(1).says(says2, { s: ok, m: snapshot('n1', 'n2') });
  });

  marbles(
    'before it had a snapshot, does not believe what was said before',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   --s-x-#            ';
      const says2 = '   -------------s-m--n';
      const expected = '---------------a---';

      // n2 has joined and gone again while there was no connection.
      expectObservable(words(client.membership())).toBe(expected, letters);
      agent.says(says1, { s: ok, x: joined('n2') });
      connection(1).says(says2, { s: ok, m: snapshot('n1'), n: snapshot('n1') });
    },
  );
});

describe('a membership that fails', () => {
  marbles('does so when the stream is refused', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---x-';
    const expected = '---#-';

    expectObservable(client.membership()).toBe(expected, undefined, failure('AgentError', 'agent-error'));
    agent.says(says, { x: refuse('stream', 'no') });
  });

  marbles(
    'does so when the first snapshot is refused, and may be subscribed to again',
    ({ agent, connect, expectObservable }) => {
      const client = connect(calm);
      const sent = '    -(sm)-n  ';
      const says = '    ---s--x-n';
      const expected = '--------a';

      expectObservable(words(client.membership().pipe(retry(1)))).toBe(expected, letters);
      agent.says(says, { s: ok, x: refuse('members', 'not yet', { Members: [] }), n: snapshot('n1') });
      agent.expectSent(sent, { s: stream, m: asked(2), n: asked(3) });
    },
  );

  marbles('does so when there is no first snapshot in 10 s', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---s ';
    const expected = '10s #';

    expectObservable(client.membership()).toBe(
      expected,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'members' }),
    );
    agent.says(says, { s: ok });
  });

  marbles(
    'does so alone when its subscriber throws',
    ({ agent, acts, connect, expectObservable, expectThrown }) => {
      const client = connect(calm);
      const sub = '     x         ';
      const says = '    --s(mn)-y-';
      const expected = '---a----b-';
      const bug = new Error('in the application');

      acts(sub, {
        x: () =>
          client.membership().subscribe(() => {
            throw bug;
          }),
      });
      expectObservable(words(client.membership())).toBe(expected, letters);
      agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1'), y: joined('n2') });
      expectThrown(bug, bug);
    },
  );
});

describe('a membership that has outgrown the client’s limits', () => {
  marbles(
    'ends, as its next snapshot would cost the connection again',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ ...soon, resync: 10, limits: { frameBytes: 400 } });
      const says1 = '     --s--m----------l----';
      const says2 = '                          ';
      const connected1 = '^---------------!    ';
      const expected = '  -----a----------#    ';
      const tooLarge = failure('ProtocolError', 'frame-too-large', { command: 'members' });

      expectObservable(words(client.membership())).toBe(expected, letters, tooLarge);
      agent.says(says1, { s: ok, m: snapshot('n1'), l: snapshot('n1', 'n2', 'n3') });
      connection(1).says(says2);
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );
});
