import { retry } from 'rxjs';
import { json } from 'rxserf';
import { describe, expect } from 'vitest';
import { done, failure, marbles, phantom, record, refuse, reply, response, together } from '../kit/index.ts';
import { answers, load, replies } from './letters.ts';

// A question to the cluster: replies come until the agent says that it is done.

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
