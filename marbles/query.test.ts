import { delay, finalize, merge, mergeMap, repeat, retry, Subject, take } from 'rxjs';
import { json } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  ack,
  done,
  failure,
  marbles,
  marblesWith,
  members,
  phantom,
  queryEvent,
  record,
  refuse,
  reply,
  request,
  response,
  together,
} from './kit/index.ts';

// A question to the cluster: replies come until the agent says that it is done. And the other way round: a query that
// comes as an event is answered over the connection that it came over.

const NOTHING = new Uint8Array(0);

/** The request of `query('load')`, where nothing else is said. */
function load(seq: number, more: Record<string, unknown> = {}) {
  return request('query', seq, {
    Name: 'load',
    Payload: NOTHING,
    FilterNodes: [],
    FilterTags: {},
    RequestAck: false,
    RelayFactor: 0,
    Timeout: 0,
    ...more,
  });
}

const stop = request('stop', 2, { Stop: 1 });

/** What the agent says of a query, by letter; and what the client makes of it. */
const answers = {
  q: reply('query'),
  a: record('query', ack('n1')),
  b: record('query', ack('n2')),
  r: record('query', response('n1')),
  s: record('query', response('n2')),
  d: record('query', done),
  t: reply('stop'),
};
const replies = {
  a: { type: 'ack', from: 'n1' },
  b: { type: 'ack', from: 'n2' },
  r: { type: 'response', from: 'n1', payload: 'n1' },
  s: { type: 'response', from: 'n2', payload: 'n2' },
};

describe('a query', () => {
  marbles(
    'emits acks and responses, and completes when it is done',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -q                  ';
      const says = '     ---q-a-(rb)-s------d';
      const expected = ' -----a-(rb)-s------|';

      expectObservable(client.query('load', undefined, { requestAck: true })).toBe(expected, replies);
      agent.says(says, answers);
      agent.expectSent(sent, { q: load(1, { RequestAck: true }) });
    },
  );

  marbles('may have no answers at all', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---q 3s d';
    const expected = ' ---- 3s |';

    expectObservable(client.query('load')).toBe(expected);
    agent.says(says, answers);
  });

  marbles('sends all that it was told, times in ns', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q  ';
    const says = '     --qd';
    const expected = ' ---|';

    const asked = client.query('load', 'now', {
      filterNodes: ['n1', 'n2'],
      filterTags: { role: 'web.*' },
      requestAck: true,
      relayFactor: 2,
      timeout: 60_000.5,
    });
    expectObservable(asked).toBe(expected);
    agent.says(says, answers);
    agent.expectSent(sent, {
      q: load(1, {
        Payload: new TextEncoder().encode('now'),
        FilterNodes: ['n1', 'n2'],
        FilterTags: { role: 'web.*' },
        RequestAck: true,
        RelayFactor: 2,
        Timeout: 60_000_500_000,
      }),
    });
  });

  marbles(
    'is cold: two subscriptions are two queries, each with its answers',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '     ^               ';
      const sub2 = '     ---^            ';
      const sent = '     -p-q            ';
      const says = '     -----xy-r-e-s-d ';
      const expected1 = '--------r---s-| ';
      const expected2 = '----------|     ';

      const load$ = client.query('load');
      expectObservable(load$, sub1).toBe(expected1, replies);
      expectObservable(load$, sub2).toBe(expected2);
      agent.says(says, {
        x: reply(1),
        y: reply(2),
        r: record(1, response('n1')),
        e: record(2, done),
        s: record(1, response('n2')),
        d: record(1, done),
      });
      agent.expectSent(sent, { p: load(1), q: load(2) });
    },
  );

  marbles('leaves out records from nobody', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---q-x-r-y-d';
    const expected = ' -------r---|';
    const dropped = '  ------------';

    expectObservable(client.query('load')).toBe(expected, replies);
    expectObservable(client.dropped$).toBe(dropped);
    agent.says(says, {
      ...answers,
      x: record('query', phantom('ack')),
      y: together(record('query', phantom('response')), record('query', phantom('response'))),
    });
  });

  marbles('reports a record that makes no sense, and goes on', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---q-x-r-d';
    const expected = ' -------r-|';
    const dropped = '  -----x----';
    const error = failure('ProtocolError', 'unexpected-shape');

    expectObservable(client.query('load')).toBe(expected, replies);
    expectObservable(client.dropped$).toBe(dropped, {
      x: { cause: 'malformed', count: 1, subject: 'load', error },
    });
    agent.says(says, { ...answers, x: record('query', { Type: 'shrug', From: 'n1' }) });
  });

  marbles(
    'gives a response whose payload does not decode all the same',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---q-r-d';
      const expected = ' -----x-|';

      expectObservable(client.query('load', undefined, { codec: json() })).toBe(expected, {
        x: {
          type: 'response',
          from: 'n1',
          payload: undefined,
          payloadError: failure('SerfError', 'payload-undecodable'),
          rawPayload: new TextEncoder().encode('n1'),
        },
      });
      agent.says(says, answers);
    },
  );

  marbles('errors when it is refused, and may be tried again', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -p--q   ';
    const says = '     ----x--x';
    const expected = ' -------#';
    const message = 'query exceeds limit of 1024 bytes';

    expectObservable(client.query('load', 'x'.repeat(1025)).pipe(retry(1))).toBe(
      expected,
      undefined,
      failure('AgentError', 'payload-too-large', { message, command: 'query', limit: 1024, size: 1025 }),
    );
    agent.says(says, { x: refuse('query', message) });
    agent.expectSent(sent, {
      p: expect.objectContaining({ command: 'query', seq: 1 }),
      q: expect.objectContaining({ command: 'query', seq: 2 }),
    });
  });
});

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

describe('a query that is not waited for to the end', () => {
  marbles('is stopped; what still comes is swallowed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^------!        ';
    const sub2 = '     ---------^      ';
    const sent = '     -q-----s-m      ';
    const says = '     ---q-r------x   ';
    const expected1 = '-----r--        ';
    const expected2 = '------------(v|)';

    expectObservable(client.query('load'), sub1).toBe(expected1, replies);
    expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    agent.says(says, {
      ...answers,
      x: together(
        record(1, response('n2')),
        reply('stop'),
        record(1, phantom('ack')),
        record(1, done),
        reply('members', members()),
      ),
    });
    agent.expectSent(sent, { q: load(1), s: stop, m: request('members', 3) });
  });

  marbles('is stopped by take, too', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q---s   ';
    const says = '     ---q-r-t ';
    const expected = ' -----(r|)';

    expectObservable(client.query('load').pipe(take(1))).toBe(expected, replies);
    agent.says(says, answers);
    agent.expectSent(sent, { q: load(1), s: stop });
  });

  marbles(
    'is stopped once it is accepted, if that was not so yet',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub = '      ^--!      ';
      const sent = '     -q----s   ';
      const says = '     ------q-rt';
      const expected = ' ----------';

      expectObservable(client.query('load'), sub).toBe(expected);
      agent.says(says, answers);
      agent.expectSent(sent, { q: load(1), s: stop });
    },
  );

  marbles('is not stopped if it is refused', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^--!      ';
    const sent = '     -q        ';
    const says = '     ------x   ';
    const expected = ' ----------';

    expectObservable(client.query('load'), sub).toBe(expected);
    agent.says(says, { x: refuse('query', 'no') });
    agent.expectSent(sent, { q: load(1) });
  });

  marblesWith({ greets: false })(
    'is not even asked if there is no connection yet',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub = '      ^--!      ';
      const sent = '     h         ';
      const connected = '^--!      ';
      const expected = ' ----------';

      expectObservable(client.query('load'), sub).toBe(expected);
      agent.expectSent(sent, { h: request('handshake', 0, { Version: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('has 10 s to be accepted', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q 9998ms ----s  ';
    const says = '     -- 9998ms ----qrt';
    const expected = ' -- 9998ms #      ';

    expectObservable(client.query('load', undefined, { timeout: 60_000 })).toBe(
      expected,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'query', timeout: 10_000 }),
    );
    agent.says(says, answers);
    agent.expectSent(sent, { q: load(1, { Timeout: 60e9 }), s: stop });
  });

  marbles('has 10 s more than its own time for the end to come', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -q-- 14999ms s   ';
    const says = '     ---q r 14998ms -t';
    const expected = ' ---- r 14998ms # ';

    expectObservable(client.query('load', undefined, { timeout: 5_000 })).toBe(
      expected,
      replies,
      failure('RequestTimeoutError', 'request-timeout', { command: 'query', timeout: 15_000 }),
    );
    agent.says(says, answers);
    agent.expectSent(sent, { q: load(1, { Timeout: 5e9 }), s: stop });
  });

  marbles('has 130 s for that when the agent sets its time', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---q 129999ms -t';
    const expected = ' ---- 129999ms # ';

    expectObservable(client.query('load')).toBe(
      expected,
      replies,
      failure('RequestTimeoutError', 'request-timeout'),
    );
    agent.says(says, answers);
  });

  marbles(
    'does not suffer when a subscriber throws',
    ({ agent, acts, connect, expectObservable, expectThrown }) => {
      const client = connect();
      const asks = '     x       ';
      const says = '     ---xyrsd';
      const expected = ' ------s|';
      const bug = new Error('in the application');

      acts(asks, {
        x: () =>
          client.query('load').subscribe(() => {
            throw bug;
          }),
      });
      expectObservable(client.query('load')).toBe(expected, replies);
      agent.says(says, {
        x: reply(1),
        y: reply(2),
        r: record(1, response('n1')),
        s: record(2, response('n2')),
        d: together(record(1, done), record(2, done)),
      });
      expectThrown(bug);
    },
  );
});

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
