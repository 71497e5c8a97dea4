import { map, mergeMap, type Observable, retry, take, tap } from 'rxjs';
import type { SerfEvent, StreamGap } from 'rxserf';
import { describe, expect } from 'vitest';
import { marbles, queryEvent, record, records, reply, soon, together, userEvent } from './kit/index.ts';

const HERE = '127.0.0.1:7373';

const gap = (away: number, address = HERE) => ({ event: 'gap', cause: 'reconnect', address, away });
const report = (subject: string, away: number) => ({ cause: 'reconnect', subject, away });

/** What user events carry; gaps as they are. */
function items(events$: Observable<SerfEvent<unknown> | StreamGap>) {
  return events$.pipe(map((event) => (event.event === 'user' ? event.payload : event)));
}

const events = { s: reply('stream'), ...records('stream', 'abcd', userEvent) };

describe('a stream with gaps: true', () => {
  marbles(
    'has a record, in its place, where events may be missing',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sab---#            ';
      const says2 = '   -----------------s-c-d';
      const expected = '----ab-----------g-c-d';

      expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected, {
        a: 'a',
        b: 'b',
        g: gap(8),
        c: 'c',
        d: 'd',
      });
      agent.says(says1, events);
      connection(1).says(says2, events);
    },
  );

  marbles(
    'has it before the first event, also when both come in one piece',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---s-----#           ';
      const says2 = '   -----------------s   ';
      const expected = '-----------------(gc)';

      expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected, { g: gap(8), c: 'c' });
      agent.says(says1, events);
      connection(1).says(says2, { s: together(reply('stream'), record('stream', userEvent('c'))) });
    },
  );

  marbles('has one for each loss', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---s-----#                          ';
    const says2 = '   ----------------s-a--#              ';
    const says3 = '   ---------------------------------s-b';
    const expected = '----------------g-a--------------h-b';

    expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected, {
      g: gap(7),
      a: 'a',
      h: gap(12),
      b: 'b',
    });
    agent.says(says1, events);
    connection(1).says(says2, events);
    connection(2).says(says3, events);
  });

  marbles(
    'has one for all attempts that it took, with the time since the stream was lost',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon, 'a,b');
      const says1 = '   ---s-----#                  ';
      const says2 = '   ---------------#            ';
      const says3 = '   ---------------------------s';
      const expected = '---------------------------g';

      expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected, { g: gap(18, 'a:7373') });
      agent.says(says1, events);
      connection(1).says(says2);
      connection(2).says(says3, events);
    },
  );

  marbles('has none while nothing is lost', ({ agent, connect, expectObservable }) => {
    const client = connect(soon);
    const says = '    ---s-a-b-- 60s c';
    const expected = '-----a-b-- 60s c';

    expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected);
    agent.says(says, events);
  });

  marbles(
    'has none for who has unsubscribed before it goes on',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^---------------!   ';
      const sub2 = '     ^                   ';
      const says1 = '    ---sa----#          ';
      const says2 = '    -----------------s-b';
      const expected1 = '----a---------------';
      const expected2 = '----a------------g-b';

      const items$ = items(client.stream('user', { gaps: true }));
      expectObservable(items$, sub1).toBe(expected1);
      expectObservable(items$, sub2).toBe(expected2, { a: 'a', g: gap(8), b: 'b' });
      agent.says(says1, events);
      connection(1).says(says2, events);
    },
  );

  marbles(
    'may be unsubscribed by it, and subscribed to again',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa----#          ';
      const says2 = '   -----------------s-b';
      const expected = '----a--------------b';

      const picky$ = items(client.stream('user', { gaps: true })).pipe(
        tap((item) => {
          if (typeof item === 'object') throw new Error('no gaps here');
        }),
      );
      expectObservable(picky$.pipe(retry(1))).toBe(expected);
      agent.says(says1, events);
      connection(1).says(says2, events);
    },
  );
});

describe('onGap', () => {
  /** A callback, and what it was told, as an Observable's side effect. */
  function noted() {
    const gaps: unknown[] = [];
    return { gaps, onGap: (gap: StreamGap) => void gaps.push(gap) };
  }

  marbles(
    'is told in the same moment, where a stream without gaps shows nothing',
    ({ agent, acts, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa----#          ';
      const says2 = '   -----------------s-b';
      const looks = '   ----------------x--y';
      const expected = '----a--------------b';
      const { gaps, onGap } = noted();

      expectObservable(items(client.stream('user', { onGap }))).toBe(expected);
      agent.says(says1, events);
      connection(1).says(says2, events);
      acts(looks, { x: () => expect(gaps).toEqual([]), y: () => expect(gaps).toEqual([gap(8)]) });
    },
  );

  marbles(
    'is told before the record is emitted, where a stream has both',
    ({ agent, acts, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa----#          ';
      const says2 = '   -----------------s-b';
      const looks = '   -------------------y';
      const expected = '----a------------g-b';
      const order: string[] = [];

      const events$ = client.stream('user', { gaps: true, onGap: () => order.push('onGap') });
      expectObservable(items(events$.pipe(tap(({ event }) => order.push(event))))).toBe(expected, {
        a: 'a',
        g: gap(8),
        b: 'b',
      });
      agent.says(says1, events);
      connection(1).says(says2, events);
      acts(looks, { y: () => expect(order).toEqual(['user', 'onGap', 'gap']) });
    },
  );

  marbles(
    'is each subscriber’s own, though they share a stream; none for who came after the loss',
    ({ agent, acts, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub3 = '     ------------^       ';
      const says1 = '    ---sa----#          ';
      const says2 = '    -----------------s-b';
      const looks = '    -------------------y';
      const expected1 = '----a--------------b';
      const expected2 = '----a------------g-b';
      const expected3 = '-------------------b';
      const [early, late] = [noted(), noted()];

      expectObservable(items(client.stream('user', { onGap: early.onGap }))).toBe(expected1);
      expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected2, {
        a: 'a',
        g: gap(8),
        b: 'b',
      });
      expectObservable(items(client.stream('user', { onGap: late.onGap })), sub3).toBe(expected3);
      agent.says(says1, events);
      connection(1).says(says2, events);
      acts(looks, { y: () => expect([early.gaps, late.gaps]).toEqual([[gap(8)], []]) });
    },
  );

  marbles(
    'ends its own subscriber with what it throws, and no other',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '    ---sa----#          ';
      const says2 = '    -----------------s-b';
      const expected1 = '----a------------#  ';
      const expected2 = '----a------------g-b';
      const bug = new Error('in the application');

      const onGap = () => {
        throw bug;
      };
      expectObservable(items(client.stream('user', { onGap }))).toBe(expected1, undefined, bug);
      expectObservable(items(client.stream('user', { gaps: true, onGap }))).toBe(expected1, undefined, bug);
      expectObservable(items(client.stream('user', { gaps: true }))).toBe(expected2, {
        a: 'a',
        g: gap(8),
        b: 'b',
      });
      agent.says(says1, events);
      connection(1).says(says2, events);
    },
  );

  marbles(
    'that throws can be survived by retry: the stream is still there',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa----#          ';
      const says2 = '   -----------------s-b';
      const expected = '----a--------------b';

      const onGap = () => {
        throw new Error('not now');
      };
      expectObservable(items(client.stream('user', { onGap })).pipe(retry(1))).toBe(expected);
      agent.says(says1, events);
      connection(1).says(says2, events);
    },
  );

  marbles(
    'is not told for a subscriber that another’s onGap has unsubscribed',
    ({ agent, acts, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub2 = '     o                   ';
      const says1 = '    ---sa----#          ';
      const says2 = '    -----------------s-b';
      const looks = '    -------------------y';
      const expected1 = '----a--------------b';
      const { gaps, onGap } = noted();
      let other = { unsubscribe() {} };

      const first$ = client.stream('user', { onGap: () => other.unsubscribe() });
      expectObservable(items(first$)).toBe(expected1);
      acts(sub2, {
        o: () => {
          other = client.stream('user', { onGap }).subscribe();
        },
      });
      agent.says(says1, events);
      connection(1).says(says2, events);
      acts(looks, { y: () => expect(gaps).toEqual([]) });
    },
  );
});

describe('dropped$', () => {
  marbles(
    'reports each stream’s gap, once for all its subscribers',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---(st)--#          ';
      const says2 = '   -----------------s-t';
      const expected = '-----------------u-q';
      const never = '   --------------------';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.stream(['query:load', 'query'])).toBe(never);
      expectObservable(client.dropped$).toBe(expected, { u: report('user', 8), q: report('query', 10) });
      agent.says(says1, { s: reply(1), t: reply(2) });
      connection(1).says(says2, { s: reply(1), t: reply(2) });
    },
  );

  marbles('reports that of a monitor, too', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---m-----#         ';
    const says2 = '   -----------------m-';
    const expected = '-----------------w-';
    const never = '   -------------------';

    expectObservable(client.monitor('warn')).toBe(never);
    expectObservable(client.dropped$).toBe(expected, { w: report('warn', 8) });
    agent.says(says1, { m: reply('monitor') });
    connection(1).says(says2, { m: reply('monitor') });
  });

  marbles(
    'has nothing to say of requests, nor of a connection that nobody used',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   -----#           ';
      const says2 = '   -------------m-| ';
      const expected = '-------------(m|)';
      const never = '   -----------------';

      expectObservable(client.members()).toBe(expected, { m: [] });
      expectObservable(client.dropped$).toBe(never);
      agent.says(says1);
      connection(1).says(says2, { m: reply('members', { Members: null }) });
    },
  );

  marbles('completes when the client is closed', ({ acts, connect, expectObservable }) => {
    const client = connect(soon);
    const closes = '  --x';
    const expected = '--|';

    expectObservable(client.dropped$).toBe(expected);
    acts(closes, { x: () => client.close() });
  });
});

describe('an event stream that goes on', () => {
  marbles(
    'is no monitor: equal events are two events',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa----#           ';
      const says2 = '   -----------------sa-a';
      const expected = '----a-------------a-a';

      expectObservable(items(client.stream('user'))).toBe(expected);
      agent.says(says1, events);
      connection(1).says(says2, events);
    },
  );

  marbles(
    'has queries that are answered over their own connection',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---s-----#               ';
      const says2 = '   -----------------sq--r   ';
      const expected = '---------------------(v|)';

      const answers$ = client.stream('query').pipe(
        take(1),
        mergeMap((query) => query.respond('here')),
      );
      expectObservable(answers$).toBe(expected, { v: undefined });
      agent.says(says1, { s: reply('stream') });
      connection(1).says(says2, {
        s: reply('stream'),
        q: record('stream', queryEvent(3)),
        r: reply('respond'),
      });
    },
  );
});
