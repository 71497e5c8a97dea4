import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { map, type Observable, of, retry, Subject, take, tap, throwError, VirtualTimeScheduler } from 'rxjs';
import type { Member, MemberEvent, StreamOptions } from 'rxserf';
import { member, memberEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { type MembershipOptions, membership } from '../src/membership.ts';
import type { Serf } from '../src/serf.ts';
import {
  failure,
  marbles,
  members,
  record,
  refuse,
  reply,
  request,
  type Saying,
  together,
} from './kit/index.ts';

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

/** No resync by time. */
const calm = { resync: 0 };
/** The first attempt after a loss follows 5 ms later. */
const soon = { ...calm, reconnect: { minDelay: 10, random: () => 0.5 } };

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

describe('events after the snapshot', () => {
  marbles('change what they say', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-y-z-w-';
    const expected = '----a-b-c-f-d-';

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
    const client = connect(calm);
    const says = '    ---sm-x-y-z-';
    const expected = '----b-d---0-';

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
    const client = connect(calm);
    const says = '    ---sm-x-y-';
    const expected = '----a-b-c-';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, c: 'n1 n2 n3:left' });
    agent.says(says, { s: ok, m: snapshot('n1'), x: updated('n2'), y: event('leave', 'n3:left') });
  });

  marbles('may be repeated, or say nothing new: no emission', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-x-y-z-';
    const expected = '----a-b-----r-';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: updated('n1', 'n2'),
      z: updated('n1:alive:db'),
    });
  });

  marbles('may take each other back: no emission', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-y-z-(yv)-w-';
    const expected = '----b-----f------d-';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, d: 'n1 n2:failed n3' });
    agent.says(says, {
      s: ok,
      m: snapshot('n1', 'n2'),
      x: together(event('failed', 'n1:failed'), joined('n1')),
      y: together(joined('n3'), event('reap', 'n3:left')),
      z: event('failed', 'n2:failed'),
      v: together(joined('n2'), event('failed', 'n2:failed')),
      w: joined('n3'),
    });
  });

  marbles('make one emission when they come together', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-(xyz)-w---';
    const expected = '----a-f-----c---';

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
    const client = connect(calm);
    const says = '    ---sm-x-y-';
    const expected = '----a---b-';
    const dropped = ' ------x---';

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
  marbles('comes every 60 s, and shows what no event has told', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '     ^----- 59994ms --- 59997ms ---!        ';
    const sent = '    -(sm)- 59994ms n-- 59997ms o--- 999ms p';
    const says = '    ----sm 59994ms --n 59997ms --o-        ';
    const expected = '-----a 59994ms --b 59997ms -----       ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1', 'n2'), o: snapshot('n2', 'n1') });
    agent.expectSent(sent, {
      s: stream,
      m: asked(2),
      n: asked(3),
      o: asked(4),
      p: request('stop', 5, { Stop: 1 }),
    });
  });

  marbles('comes as often as it is told to', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^--------------------------!    ';
    const sent = '    -(sm)-----n---------o------ 1s p';
    const says = '    --s--m-------n---------o---     ';
    const expected = '-----a-----------------b---     ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1'), o: snapshot('n1', 'n2') });
    agent.expectSent(sent, {
      s: stream,
      m: asked(2),
      n: asked(3),
      o: asked(4),
      p: request('stop', 5, { Stop: 1 }),
    });
  });

  marbles('never comes with resync: 0', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 0 });
    const sent = '    -(sm)        ';
    const says = '    --s--m 300s x';
    const expected = '-----a 300s b';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2') });
    agent.expectSent(sent, { s: stream, m: asked(2) });
  });

  marbles(
    'waits while another snapshot is under way: one more follows it, however many are due',
    ({ agent, connect, expectObservable }) => {
      const client = connect({ resync: 10 });
      const sub = '     ^--------------------------------------!        ';
      const sent = '    -(sm)-----n-----------------------o----- 999ms p';
      const says = '    --s--m----------------------------no-----       ';
      const expected = '-----a----------------------------b-----        ';

      expectObservable(words(client.membership()), sub).toBe(expected, letters);
      agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1', 'n2'), o: snapshot('n1', 'n2') });
      agent.expectSent(sent, {
        s: stream,
        m: asked(2),
        n: asked(3),
        o: asked(4),
        p: request('stop', 5, { Stop: 1 }),
      });
    },
  );

  marbles('keeps what events say while it is under way', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^---------------!';
    const says = '    --s--m-----x--n--';
    const expected = '-----a-----b-----';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2'), n: snapshot('n1') });
  });

  marbles('that fails is ignored: the next one will do', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10, timeout: 6 });
    const sub = '     ^----------------------------------!';
    const says = '    --s--m-----n--x-----------------o-- ';
    const expected = '-----a--------b-----------------c-- ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      // One refused, one not answered in time, one as it should be.
      n: refuse('members', 'not now', { Members: [] }),
      x: joined('n2'),
      o: together(snapshot(), snapshot('n1', 'n2', 'n3')),
    });
  });
});

describe('a membership whose later snapshot has failed', () => {
  it('keeps nothing of what events say until the next one', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const scheduler = new VirtualTimeScheduler();
    const events$ = new Subject<MemberEvent>();
    let gapped = () => {};
    const answers$ = [of([member('n1')]), throwError(() => new Error('not now'))];
    const serf = {
      stream: (_: unknown, { onGap }: StreamOptions<unknown>) => {
        gapped = () => onGap?.({ event: 'gap', cause: 'reconnect', address: 'agent', away: 1 });
        return events$;
      },
      members: () => answers$.shift(),
    } as unknown as Serf;
    const filter = ({ name }: Member) => name === 'n1';
    const options: MembershipOptions = { filter, resync: 0, scheduler };
    const subscription = membership(serf, options).subscribe();
    gapped();
    expect(answers$).toEqual([]);

    const gone: WeakRef<Member>[] = [];
    for (let index = 0; index < 1_000; index++) {
      const pod = member(`pod-${index}`);
      gone.push(new WeakRef(pod));
      events$.next(memberEvent('member-join', pod));
    }
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    expect(gone.filter((pod) => pod.deref()).length).toBeLessThan(10);
    subscription.unsubscribe();
  });
});

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

describe('a membership filtered by a function', () => {
  const isWeb = ({ tags }: Member) => tags['role'] === 'web';

  marbles('has the members for which it says so, as they change', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const sent = '    -(sm)        ';
    const says = '    --sm-w-x-y-z-';
    const expected = '---a---b-d-b-';

    expectObservable(words(client.membership(isWeb))).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1', 'n2:alive:db'),
      w: updated('n3:alive:db'),
      x: updated('n2'),
      y: updated('n1:alive:db'),
      z: updated('n1'),
    });
    agent.expectSent(sent, { s: stream, m: asked(2) });
  });

  const bug = new Error('in the application');
  const picky = ({ name }: Member) => {
    if (name === 'n9') throw bug;
    return true;
  };
  marbles('errors when that throws at the first snapshot', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    --sm-';
    const expected = '---#-';

    expectObservable(words(client.membership(picky))).toBe(expected, letters, bug);
    agent.says(says, { s: ok, m: snapshot('n1', 'n9') });
  });

  marbles('errors when that throws at an event', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    --sm-x-';
    const expected = '---a-#-';

    expectObservable(words(client.membership(picky))).toBe(expected, letters, bug);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n9') });
  });

  marbles('errors when that throws at a later snapshot', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^--------------!';
    const says = '    --sm--------n-  ';
    const expected = '---a--------#-  ';

    expectObservable(words(client.membership(picky)), sub).toBe(expected, letters, bug);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n9') });
  });
});

describe('a membership filtered by patterns', () => {
  const filter = { status: 'alive', tags: { role: 'web' } };
  const matching = (seq: number) =>
    request('members-filtered', seq, { Status: 'alive', Name: '', Tags: { role: 'web' } });
  const matched = (...texts: string[]) => reply('members-filtered', { Members: wire(...texts) });

  marbles(
    'asks again when something has happened, over the connection for patterns',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(calm);
      const sent1 = '   -s             ';
      const says1 = '   --s----x----y--';
      const sent2 = '   -m-----n----o  ';
      const says2 = '   ----m----n---o-';
      const expected = '----a----b-----';

      expectObservable(words(client.membership(filter))).toBe(expected, letters);
      agent.says(says1, { s: ok, x: joined('n2'), y: joined('n3:alive:db') });
      agent.expectSent(sent1, { s: stream });
      connection(1).says(says2, { m: matched('n1'), n: matched('n1', 'n2'), o: matched('n1', 'n2') });
      connection(1).expectSent(sent2, { m: matching(1), n: matching(2), o: matching(3) });
    },
  );

  marbles(
    'asks one question at a time, and one more for all that has happened meanwhile',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(calm);
      const says1 = '   --s--x-(xxx)----';
      const sent2 = '   -m---n----o-----';
      const says2 = '   ----m-----n----o';
      const expected = '----a----------c';

      expectObservable(words(client.membership(filter))).toBe(expected, letters);
      agent.says(says1, { s: ok, x: joined('n2') });
      connection(1).says(says2, { m: matched('n1'), n: matched('n1'), o: matched('n1', 'n2', 'n3') });
      connection(1).expectSent(sent2, { m: matching(1), n: matching(2), o: matching(3) });
    },
  );
});

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
