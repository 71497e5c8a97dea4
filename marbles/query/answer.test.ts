import { delay, mergeMap, repeat, take } from 'rxjs';
import { describe } from 'vitest';
import { failure, marbles, queryEvent, record, refuse, reply, request } from '../kit/index.ts';

// The other way round: a query that comes as an event is answered over the connection that it came over.

describe('the answer to a query that came as an event', () => {
  const stream = request('stream', 1, { Type: 'query' });
  const answer = (seq: number, id: number, payload: string) =>
    request('respond', seq, { ID: id, Payload: new TextEncoder().encode(payload) });

  marbles('goes over the connection that the query came over', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -s--r-----    ';
    const says = '     ---sq---r-    ';
    const expected = ' --------v-    ';

    const answered$ = client.stream('query').pipe(mergeMap((query) => query.respond('fine')));
    expectObservable(answered$).toBe(expected, { v: undefined });
    agent.says(says, { s: reply('stream'), q: record('stream', queryEvent(7)), r: reply('respond') });
    agent.expectSent(sent, { s: stream, r: answer(2, 7, 'fine') });
  });

  marbles('is given when it is subscribed to, and each time', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -s----a-b- 1s t';
    const says = '     ---sq---x-y- 1s t ';
    const expected = ' --------v-#       ';

    const query$ = client.stream('query').pipe(delay(2));
    expectObservable(query$.pipe(mergeMap((query) => query.respond('fine').pipe(repeat(2))))).toBe(
      expected,
      { v: undefined },
      failure('AgentError', 'already-answered'),
    );
    agent.says(says, {
      s: reply('stream'),
      q: record('stream', queryEvent(7)),
      x: reply('respond'),
      y: refuse('respond', 'response already sent'),
      t: reply('stop'),
    });
    agent.expectSent(sent, {
      s: stream,
      a: answer(2, 7, 'fine'),
      b: answer(3, 7, 'fine'),
      t: request('stop', 4, { Stop: 1 }),
    });
  });

  const refusals = [
    ['No pending queries matching ID', 'unknown-query'],
    ['response already sent', 'already-answered'],
    ['response is past the deadline', 'deadline-passed'],
    ['response exceeds limit of 1024 bytes', 'payload-too-large'],
  ] as const;
  for (const [text, code] of refusals)
    marbles(`may be refused: ${code}`, ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -s--r--- 1s t ';
      const says = '     ---sq---x 1s t';
      const expected = ' --------#     ';

      const answered$ = client.stream('query').pipe(mergeMap((query) => query.respond('fine')));
      expectObservable(answered$).toBe(
        expected,
        undefined,
        failure('AgentError', code, { message: text, command: 'respond' }),
      );
      agent.says(says, {
        s: reply('stream'),
        q: record('stream', queryEvent(7)),
        x: refuse('respond', text),
        t: reply('stop'),
      });
      agent.expectSent(sent, {
        s: stream,
        r: answer(2, 7, 'fine'),
        t: request('stop', 3, { Stop: 1 }),
      });
    });

  marbles('may not come in time', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -s--r 999ms t ';
    const says = '     ---sq 1s t    ';
    const expected = ' ---- 10s #    ';

    const query$ = client.stream('query').pipe(take(1));
    expectObservable(query$.pipe(mergeMap((query) => query.respond('fine')))).toBe(
      expected,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'respond' }),
    );
    agent.says(says, { s: reply('stream'), q: record('stream', queryEvent(7)), t: reply('stop') });
    agent.expectSent(sent, {
      s: stream,
      r: answer(2, 7, 'fine'),
      t: request('stop', 3, { Stop: 1 }),
    });
  });

  marbles('may be given by id, if one knows it', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -r       ';
    const says = '     ---r     ';
    const expected = ' ---(v|)  ';

    expectObservable(client.respond(7, 'fine')).toBe(expected, { v: undefined });
    agent.says(says, { r: reply('respond') });
    agent.expectSent(sent, { r: answer(1, 7, 'fine') });
  });
});
