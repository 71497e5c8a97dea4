import { finalize, merge, repeat, Subject } from 'rxjs';
import { describe } from 'vitest';
import { done, failure, marbles, record, refuse, reply, request, response, together } from '../kit/index.ts';
import { answers, load, replies } from './letters.ts';

describe('onAccepted', () => {
  /** A query, and when it was told that the agent has taken it, as an Observable that never completes. */
  const telling = (onAccepted?: () => void) => {
    const taken$ = new Subject<'taken'>();
    const options = {
      onAccepted: () => {
        taken$.next('taken');
        onAccepted?.();
      },
    };
    return { taken$, options };
  };

  marbles('is told when the agent has taken it, before any reply', (kit) => {
    const { agent, connect, expectObservable } = kit;
    const client = connect();
    const says = '     ---q-r-d';
    const expected = ' -----r-|';
    const accepted = ' ---o----';

    const { taken$, options } = telling();
    expectObservable(taken$).toBe(accepted, { o: 'taken' });
    expectObservable(client.query('load', undefined, options)).toBe(expected, replies);
    agent.says(says, answers);
  });

  marbles('is told in the same moment, and before, when all comes at once', (kit) => {
    const { agent, connect, expectObservable } = kit;
    const client = connect();
    const says = '     ---x      ';
    const expected = ' ---(or|)  ';

    const { taken$, options } = telling();
    const load$ = client.query('load', undefined, options).pipe(finalize(() => taken$.complete()));
    expectObservable(merge(taken$, load$)).toBe(expected, { ...replies, o: 'taken' });
    agent.says(says, { x: together(reply('query'), record('query', response('n1')), record('query', done)) });
  });

  marbles('is not told of a query that is refused', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---x';
    const expected = ' ---#';
    const accepted = ' ----';

    const { taken$, options } = telling();
    expectObservable(taken$).toBe(accepted);
    expectObservable(client.query('load', undefined, options)).toBe(
      expected,
      undefined,
      failure('AgentError', 'agent-error'),
    );
    agent.says(says, { x: refuse('query', 'no') });
  });

  marbles('is not told who has left before', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^-!   ';
    const says = '     ---q-t';
    const accepted = ' ------';

    const { taken$, options } = telling();
    expectObservable(taken$).toBe(accepted);
    expectObservable(client.query('load', undefined, options), sub).toBe('------');
    agent.says(says, answers);
  });

  marbles('is told of each subscription', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---x--y';
    const accepted = ' ---o--o';

    const { taken$, options } = telling();
    expectObservable(taken$).toBe(accepted, { o: 'taken' });
    expectObservable(client.query('load', undefined, options).pipe(repeat(2))).toBe('------|');
    agent.says(says, {
      x: together(reply(1), record(1, done)),
      y: together(reply(2), record(2, done)),
    });
  });

  marbles('ends the query with what it throws, and no other', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -(pq)s----';
    const says = '     -----x-r-d';
    const expected1 = '-----#    ';
    const expected2 = '-------r-|';
    const bug = new Error('in the application');

    const { options } = telling(() => {
      throw bug;
    });
    expectObservable(client.query('load', undefined, options)).toBe(expected1, undefined, bug);
    expectObservable(client.query('load')).toBe(expected2, replies);
    agent.says(says, {
      x: together(reply(1), reply(2)),
      r: record(2, response('n1')),
      d: record(2, done),
    });
    agent.expectSent(sent, { p: load(1), q: load(2), s: request('stop', 3, { Stop: 1 }) });
  });
});
