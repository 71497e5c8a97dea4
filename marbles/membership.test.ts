import { map, type Observable, retry, take, tap } from 'rxjs';
import type { Member } from 'rxserf';
import { describe, expect } from 'vitest';
import { failure, marbles, members, record, refuse, reply, request, type Saying, together } from './kit/index.ts';

const EVENTS = 'member-failed,member-join,member-leave,member-reap,member-update';
const stream = request('stream', 1, { Type: EVENTS });
const asked = (seq: number) => request('members', seq);

/** As agents have them on the wire: `n1`, `n2:failed`, `n3:alive:db` (name, status, role). */
function wire(...texts: string[]) {
  return texts.map((text) => {
    const [name = '', Status = 'alive', role = 'web'] = text.split(':');
    return { ...members(name).Members[0], Status, Tags: { role } };
  });
}
const snapshot = (...texts: string[]) => reply('members', { Members: wire(...texts) });
const event = (type: string, ...texts: string[]) =>
  record('stream', { Event: `member-${type}`, Members: wire(...texts) });
const joined = (...texts: string[]) => event('join', ...texts);
const updated = (...texts: string[]) => event('update', ...texts);

/** A membership in the same words, by name: `n1 n2:failed`. */
function words(membership$: Observable<ReadonlyMap<string, Member>>) {
  return membership$.pipe(
    map((byName) =>
      [...byName]
        .map(([name, { status, tags }]) => {
          if (tags['role'] !== 'web') return `${name}:${status}:${tags['role']}`;
          return status === 'alive' ? name : `${name}:${status}`;
        })
        .sort()
        .join(' '),
    ),
  );
}

/** `words`, by letter. */
const letters = {
  '0': '',
  a: 'n1',
  b: 'n1 n2',
  c: 'n1 n2 n3',
  d: 'n2',
  f: 'n1 n2:failed',
  l: 'n1:left',
  r: 'n1:alive:db n2',
};
const ok = reply('stream');

/** The first attempt after a loss follows 5 ms later. */
const soon = { reconnect: { minDelay: 10, random: () => 0.5 } };

describe('membership()', () => {
  marbles(
    'listens before it asks, and begins with a snapshot',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -(sm)      ';
      const says = '     ----s-m    ';
      const expected = ' ------b----';

      expectObservable(words(client.membership())).toBe(expected, letters);
      agent.says(says, { s: ok, m: snapshot('n1', 'n2') });
      agent.expectSent(sent, { s: stream, m: asked(2) });
    },
  );

  marbles('emits an empty map for an empty cluster', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-  ';
    const expected = ' ----0-  ';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot() });
  });

  marbles('emits whole members by name', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-  ';
    const expected = ' ----m-  ';

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
    const client = connect({ resync: 0 });
    const says = '     ---sm-  ';
    const expected = ' ----a-  ';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1') });
  });

  marbles(
    'emits a map of its own each time: what is done to one does not show in the next',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---sm-x-';
      const expected = ' ----a-b-';

      const spoilt$ = client.membership().pipe(
        tap((byName) => queueMicrotask(() => (byName as Map<string, Member>).clear())),
      );
      expectObservable(words(spoilt$)).toBe(expected, letters);
      agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2') });
    },
  );
});

describe('events before the snapshot', () => {
  const before: [string, Saying, string][] = [
    ['a member joined', joined('n2'), 'n1 n2'],
    ['one of them has failed', event('failed', 'n1'.concat(':failed')), 'n1:failed'],
    ['one of them is gone', event('reap', 'n1:left'), ''],
  ];
  for (const [what, delta, after] of before) {
    marbles(`are newer or the same: ${what}`, ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---s-x-m  ';
      const expected = ' -------x  ';

      expectObservable(words(client.membership())).toBe(expected, { x: after });
      agent.says(says, { s: ok, x: delta, m: snapshot('n1') });
    });
  }

  marbles('may come in one piece with it', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---x-----  ';
    const expected = ' ---f-----  ';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, {
      x: together(ok, joined('n2'), event('failed', 'n2:failed'), snapshot('n1', 'n2')),
    });
  });
});

describe('events after the snapshot', () => {
  marbles('change what they say', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-x-y-z-w- ';
    const expected = ' ----a-b-c-f-d- ';

    expectObservable(words(client.membership())).toBe(expected, {
      ...letters,
      f: 'n1 n2:failed n3',
      d: 'n1:left n2:failed n3',
    });
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: joined('n3'),
      z: event('failed', 'n2:failed'),
      w: event('leave', 'n1:left'),
    });
  });

  marbles('remove who is reaped, known or not', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-x-y-z- ';
    const expected = ' ----b-d---0- ';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1', 'n2'),
      x: event('reap', 'n1:left'),
      y: event('reap', 'n9:left'),
      z: event('reap', 'n2:failed'),
    });
  });

  marbles('add whom nobody had heard of, whatever they say of it', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-x-y- ';
    const expected = ' ----a-b-c- ';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, c: 'n1 n2 n3:left' });
    agent.says(says, { s: ok, m: snapshot('n1'), x: updated('n2'), y: event('leave', 'n3:left') });
  });

  marbles('may be repeated, or say nothing new: no emission', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-x-x-y-z- ';
    const expected = ' ----a-b-------r ';

    expectObservable(words(client.membership())).toBe(expected.replace('-------r', '-----r'), letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: updated('n1', 'n2'),
      z: updated('n1:alive:db'),
    });
  });

  marbles('make one emission when they come together', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-(xyz)-w--- ';
    const expected = ' ----a-f-----c--- ';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, c: 'n1 n2:failed n3' });
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: joined('n3'),
      z: together(event('failed', 'n2:failed'), event('reap', 'n3:left')),
      w: joined('n3'),
    });
  });

  marbles('that make no sense are reported, and change nothing', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---sm-x-y- ';
    const expected = ' ----a---b- ';
    const dropped = '  ------x--- ';

    expectObservable(words(client.membership())).toBe(expected, letters);
    expectObservable(client.dropped$).toBe(dropped, {
      x: expect.objectContaining({ cause: 'malformed', count: 1, subject: EVENTS }),
    });
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: record('stream', { Event: 'member-join', Members: 'n2' }),
      y: joined('n2'),
    });
  });
});

describe('a resync', () => {
  marbles('comes every 60 s, and shows what was missed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^                 120s -!       ';
    const sent = '     -(sm)-  59994ms  n 59999ms o       ';
    const says = '     ---sm-  59994ms  -n 59999ms o      ';
    const expected = ' ----a-  59994ms  -b                ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1', 'n2'), o: snapshot('n2', 'n1') });
    void sent;
    agent.says('- 121999ms ---', {});
  });

  marbles('comes as often as it is told to', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '      ^------------------------!';
    const sent = '     -(sm)-----m---------m     ';
    const says = '     --s---m----n---------o    ';
    const expected = ' ------a--------------b    ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1'), o: snapshot('n1', 'n2') });
    void sent;
  });
});
