import { tap } from 'rxjs';
import type { Member } from 'rxserf';
import { describe } from 'vitest';
import { marbles, type Saying, together } from '../kit/index.ts';
import { asked, calm, event, joined, letters, ok, snapshot, stream, words } from './words.ts';

describe('membership()', () => {
  marbles('listens before it asks, and begins with a snapshot', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const sent = '    -(sm)      ';
    const says = '    ----s-m    ';
    const expected = '------b----';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1', 'n2') });
    agent.expectSent(sent, { s: stream, m: asked(2) });
  });

  marbles('emits an empty map for an empty cluster', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-';
    const expected = '----0-';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot() });
  });

  marbles('emits whole members by name', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-';
    const expected = '----m-';

    expectObservable(client.membership()).toBe(expected, {
      m: new Map([
        [
          'n1',
          {
            name: 'n1',
            address: '10.0.0.1',
            port: 7946,
            tags: { role: 'db' },
            status: 'failed',
            protocol: { min: 1, max: 5, current: 2 },
            delegate: { min: 2, max: 5, current: 4 },
          },
        ],
      ]),
    });
    agent.says(says, { s: ok, m: snapshot('n1:failed:db') });
  });

  marbles('never ends by itself, though nothing happens', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-';
    const expected = '----a-';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1') });
  });

  marbles(
    'emits a map of its own each time: what is done to one does not show in the next',
    ({ agent, connect, expectObservable }) => {
      const client = connect(calm);
      const says = '    ---sm-x-';
      const expected = '----a-b-';

      const spoilt$ = client
        .membership()
        .pipe(tap((byName) => queueMicrotask(() => (byName as Map<string, Member>).clear())));
      expectObservable(words(spoilt$)).toBe(expected, letters);
      agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2') });
    },
  );
});

describe('events before the snapshot', () => {
  const before: [string, Saying, string][] = [
    ['a member joined', joined('n2'), 'n1 n2'],
    ['one of them has failed', event('failed', 'n1:failed'), 'n1:failed'],
    ['one of them is gone', event('reap', 'n1:left'), ''],
  ];
  for (const [what, delta, after] of before) {
    marbles(`are newer or the same: ${what}`, ({ agent, connect, expectObservable }) => {
      const client = connect(calm);
      const says = '    ---s-x-m';
      const expected = '-------x';

      expectObservable(words(client.membership())).toBe(expected, { x: after });
      agent.says(says, { s: ok, x: delta, m: snapshot('n1') });
    });
  }

  marbles('may come in one piece with it', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---x-----';
    const expected = '---f-----';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, {
      x: together(ok, joined('n2'), event('failed', 'n2:failed'), snapshot('n1', 'n2')),
    });
  });
});
