import { defer, map, NEVER, of, repeat, throwError, toArray } from 'rxjs';
import type { QueryReply } from 'rxserf';
import { describe, expect } from 'vitest';
import { completeWhen } from '../src/complete-when.ts';
import { ack, bug, done, marbles, members, record, refuse, reply, request, response } from './kit/index.ts';

type Reply = QueryReply<string>;
const acked = (from: string): Reply => ({ type: 'ack', from });
const answered = (from: string): Reply => ({ type: 'response', from, payload: from });

/** Acks are small letters, responses capital ones; `a` is of the node `a`, and so is `A`. */
const replies: Record<string, Reply> = {
  a: acked('a'),
  b: acked('b'),
  A: answered('a'),
  B: answered('b'),
  C: answered('c'),
};
const nobody = NEVER;

describe("completeWhen('deadline')", () => {
  marbles('leaves it to the agent', ({ cold, expectObservable }) => {
    const query = '   --a-A-B---|';
    const expected = '--a-A-B---|';

    expectObservable(completeWhen(cold(query, replies), 'deadline', nobody)).toBe(expected, replies);
  });
});

describe('completeWhen(number)', () => {
  marbles(
    'takes so many responses, whatever acks there are',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const query = '   --a-A-b-B---C---|';
      const taken = '   ^-------!        ';
      const expected = '--a-A-b-(B|)     ';

      const query$ = cold(query, replies);
      expectObservable(completeWhen(query$, 2, nobody)).toBe(expected, replies);
      expectSubscriptions(query$.subscriptions).toBe(taken);
    },
  );

  marbles('may be content with one', ({ cold, expectObservable }) => {
    const query = '   --a-A-B---|';
    const expected = '--a-(A|)   ';

    expectObservable(completeWhen(cold(query, replies), 1, nobody)).toBe(expected, replies);
  });

  marbles('is ended by the deadline when there are fewer', ({ cold, expectObservable }) => {
    const query = '   --a-A-----|';
    const expected = '--a-A-----|';

    expectObservable(completeWhen(cold(query, replies), 2, nobody)).toBe(expected, replies);
  });

  marbles('takes no more than that of what comes together', ({ cold, expectObservable }) => {
    const query = '   --(ABC)---|';
    const expected = '--(AB|)    ';

    expectObservable(completeWhen(cold(query, replies), 2, nobody)).toBe(expected, replies);
  });

  marbles('may have no replies at all', ({ cold, expectObservable }) => {
    const query = '   ----------|';
    const expected = '----------|';

    expectObservable(completeWhen(cold(query, replies), 1, nobody)).toBe(expected, replies);
  });

  marbles('errors with the query', ({ cold, expectObservable }) => {
    const query = '   --A---#';
    const expected = '--A---#';

    expectObservable(completeWhen(cold(query, replies), 2, nobody)).toBe(expected, replies);
  });

  marbles('counts anew for each subscription', ({ cold, expectObservable }) => {
    const query = '   --A-B-C---|  ';
    const expected = '--A-B--A-(B|)';

    const twice$ = completeWhen(cold(query, replies), 2, nobody).pipe(repeat({ count: 2, delay: 1 }));
    expectObservable(twice$).toBe(expected, replies);
  });
});

describe('completeWhen(function)', () => {
  marbles('ends after the reply for which it says so', ({ cold, expectObservable, expectSubscriptions }) => {
    const query = '   --a-A-b-B---|';
    const taken = '   ^-----!      ';
    const expected = '--a-A-(b|)   ';

    const query$ = cold(query, replies);
    expectObservable(completeWhen(query$, ({ from }) => from === 'b', nobody)).toBe(expected, replies);
    expectSubscriptions(query$.subscriptions).toBe(taken);
  });

  marbles('is told how many responses there are, this one included', ({ cold, expectObservable }) => {
    const query = '   --a-A-b-B---|   ';
    const expected = '------------(v|)';
    const seen: unknown[] = [];

    const counted$ = completeWhen(
      cold(query, replies),
      (reply, responses) => {
        seen.push([reply.type, responses]);
        return false;
      },
      nobody,
    ).pipe(
      toArray(),
      map(() => seen),
    );
    expectObservable(counted$).toBe(expected, {
      v: [
        ['ack', 0],
        ['response', 1],
        ['ack', 1],
        ['response', 2],
      ],
    });
  });

  marbles('ends the query with what it throws', ({ cold, expectObservable, expectSubscriptions }) => {
    const query = '   --a-A-B---|';
    const taken = '   ^---!      ';
    const expected = '--a-#      ';

    const query$ = cold(query, replies);
    const throws = (reply: Reply) => {
      if (reply.type === 'response') throw bug;
      return false;
    };
    expectObservable(completeWhen(query$, throws, nobody)).toBe(expected, replies, bug);
    expectSubscriptions(query$.subscriptions).toBe(taken);
  });
});

describe("completeWhen('all')", () => {
  const names = { x: ['a', 'b'], y: ['a'], z: [] as string[] };

  marbles(
    'ends when everybody who is expected has answered',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const query = '   --a-A-b-B------|';
      const names$ = '  -x|             ';
      const taken = '   ^-------!       ';
      const expected = '--a-A-b-(B|)    ';

      const query$ = cold(query, replies);
      expectObservable(completeWhen(query$, 'all', cold(names$, names))).toBe(expected, replies);
      expectSubscriptions(query$.subscriptions).toBe(taken);
    },
  );

  marbles('counts those who were faster than the list of names', ({ cold, expectObservable }) => {
    const query = '   --A-b---B------|';
    const names$ = '  ------(x|)      ';
    const expected = '--A-b---(B|)    ';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
  });

  marbles('ends with the list of names when all of them were faster', ({ cold, expectObservable }) => {
    const query = '   --A-B----------|';
    const names$ = '  -------x|       ';
    const expected = '--A-B--|        ';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
  });

  marbles('ends at once when nobody is expected', ({ cold, expectObservable }) => {
    const query = '   ---------------|';
    const names$ = '  -z|             ';
    const expected = '-|              ';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
  });

  marbles(
    'asks all the same when it is known at once that nobody is expected',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const query = '   -----|';
      const asked = '   (^!)  ';
      const expected = '|     ';

      const query$ = cold(query, replies);
      expectObservable(completeWhen(query$, 'all', of([]))).toBe(expected, replies);
      expectSubscriptions(query$.subscriptions).toBe(asked);
    },
  );

  marbles('has those who were not expected, too', ({ cold, expectObservable }) => {
    const query = '   --C-B-A--------|';
    const names$ = '  -y|             ';
    const expected = '--C-B-(A|)      ';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
  });

  marbles('is not misled by who answers twice', ({ cold, expectObservable }) => {
    const query = '   --A-A----------|';
    const names$ = '  -x|             ';
    const expected = '--A-A----------|';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
  });

  marbles('is not content with acks', ({ cold, expectObservable }) => {
    const query = '   --a-b----------|';
    const names$ = '  -x|             ';
    const expected = '--a-b----------|';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
  });

  marbles(
    'is ended by the deadline when the names do not come',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const query = '   --A-B------|  ';
      const names$ = '  ------------x|';
      const expected = '--A-B------|  ';
      const waited = '  ^----------!  ';

      const expected$ = cold(names$, names);
      expectObservable(completeWhen(cold(query, replies), 'all', expected$)).toBe(expected, replies);
      expectSubscriptions(expected$.subscriptions).toBe(waited);
    },
  );

  marbles('is ended by the deadline when the names cannot be had', ({ cold, expectObservable }) => {
    const query = '   --A-B------|';
    const names$ = '  ---#        ';
    const expected = '--A-B------|';

    expectObservable(completeWhen(cold(query, replies), 'all', cold(names$, names))).toBe(expected, replies);
    expectObservable(
      completeWhen(
        cold(query, replies),
        'all',
        throwError(() => bug),
      ),
    ).toBe(expected, replies);
  });

  marbles(
    'errors with the query, and asks for names no more',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const query = '   --A-#   ';
      const names$ = '  ------x|';
      const waited = '  ^---!   ';
      const expected = '--A-#   ';

      const expected$ = cold(names$, names);
      expectObservable(completeWhen(cold(query, replies), 'all', expected$)).toBe(expected, replies);
      expectSubscriptions(expected$.subscriptions).toBe(waited);
    },
  );

  marbles('unsubscribes from both', ({ cold, expectObservable, expectSubscriptions }) => {
    const query = '   --A-B------|';
    const names$ = '  ------x|    ';
    const sub = '     ^--!        ';
    const expected = '--A         ';

    const [query$, expected$] = [cold(query, replies), cold(names$, names)];
    expectObservable(completeWhen(query$, 'all', expected$), sub).toBe(expected, replies);
    expectSubscriptions(query$.subscriptions).toBe(sub);
    expectSubscriptions(expected$.subscriptions).toBe(sub);
  });

  marbles('asks for names anew for each subscription', ({ cold, expectObservable }) => {
    const query = '   --A-B------|';
    const expected = '--A---A-(B|)';

    const lists = [['a'], ['a', 'b']];
    const expected$ = defer(() => of(lists.shift() ?? []));
    const twice$ = completeWhen(cold(query, replies), 'all', expected$).pipe(repeat({ count: 2, delay: 2 }));
    expectObservable(twice$).toBe(expected, replies);
  });
});

describe('a query of the client that ends when all have answered', () => {
  const load = (seq: number) => request('query', seq, expect.objectContaining({ Name: 'load' }));
  const alive = (Tags = {}) => request('members-filtered', 1, { Status: 'alive', Name: '', Tags });
  const letters = {
    A: { type: 'response', from: 'a', payload: 'a' },
    B: { type: 'response', from: 'b', payload: 'b' },
  };
  const says = {
    q: reply('query'),
    A: record('query', response('a')),
    B: record('query', response('b')),
    b: record('query', ack('b')),
    d: record('query', done),
    t: reply('stop'),
  };

  marbles(
    'asks who is alive meanwhile, over the connection for patterns, and swallows what comes late',
    ({ connection, connect, expectObservable }) => {
      const client = connect();
      const sent1 = '   -q--------s      ';
      const says1 = '   ---q-A----B--tbAd';
      const sent2 = '   -m               ';
      const says2 = '   ------m          ';
      const expected = '-----A----(B|)   ';

      expectObservable(client.query('load', undefined, { completeWhen: 'all' })).toBe(expected, letters);
      connection(0).says(says1, says);
      connection(0).expectSent(sent1, { q: load(1), s: request('stop', 2, { Stop: 1 }) });
      connection(1).says(says2, { m: reply('members-filtered', members('a', 'b')) });
      connection(1).expectSent(sent2, { m: alive() });
    },
  );

  marbles('expects those who match its own filters', ({ connection, connect, expectObservable }) => {
    const client = connect();
    const says1 = '   ---q-B   ';
    const sent2 = '   -m       ';
    const says2 = '   --m      ';
    const expected = '-----(B|)';

    const filters = { filterTags: { role: 'web' }, filterNodes: ['b', 'x'] };
    expectObservable(client.query('load', undefined, { ...filters, completeWhen: 'all' })).toBe(
      expected,
      letters,
    );
    connection(0).says(says1, says);
    connection(1).says(says2, { m: reply('members-filtered', members('a', 'b')) });
    connection(1).expectSent(sent2, { m: alive({ role: '(?s:.*)(?:web)(?s:.*)' }) });
  });

  marbles(
    'is ended by the agent when the names cannot be had',
    ({ connection, connect, expectObservable }) => {
      const client = connect();
      const says1 = '   ---q-A--B----d';
      const says2 = '   --x           ';
      const expected = '-----A--B----|';

      expectObservable(client.query('load', undefined, { completeWhen: 'all' })).toBe(expected, letters);
      connection(0).says(says1, says);
      connection(1).says(says2, { x: refuse('members-filtered', 'no', { Members: [] }) });
    },
  );

  marbles('asks nobody where a number will do', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '    -q---s     ';
    const says1 = '   ---q-A--tBd';
    const expected = '-----(A|)  ';

    expectObservable(client.query('load', undefined, { completeWhen: 1 })).toBe(expected, letters);
    agent.says(says1, says);
    agent.expectSent(sent, { q: load(1), s: request('stop', 2, { Stop: 1 }) });
  });
});
