import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { map, NEVER, type Observable, of, retry, Subject, take } from 'rxjs';
import {
  InvalidArgumentError,
  type MergeAgentsOptions,
  mergeAgents,
  type Serf,
  type SerfEvent,
  type StreamGap,
  utf8,
} from 'rxserf';
import { fakeSerf, member, memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles, records, reply, userEvent as userRecord } from '../kit/index.ts';

type Item = SerfEvent<string> | StreamGap;

const bug = new Error('in the application');
const lost = new Error('lost');
const lostToo = new Error('lost, too');
const throws = () => {
  throw bug;
};

/** An agent, as far as a stream goes. */
function agent(events$: Observable<Item>): Serf<string> {
  const serf: Pick<Serf<string>, 'stream'> = { stream: () => events$ as Observable<never> };
  return serf as Serf<string>;
}

/** What these agents tell, whatever it is. */
function merged(told: readonly Observable<Item>[], options?: MergeAgentsOptions<string>) {
  return mergeAgents(told.map(agent), '*', options);
}

const deploy = (ltime: number, payload = 'v1') => userEvent('deploy', payload, { ltime });
const query = (ltime: number, id: number) => queryEvent('load', '', { ltime, id });

const users = { a: deploy(1), b: deploy(2), c: deploy(3), d: deploy(4) };
const gap: StreamGap = { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 };
/** What becomes of one member, and j of another. */
const changes = {
  a: memberEvent('member-join', 'n1'),
  f: memberEvent('member-failed', 'n1'),
  l: memberEvent('member-leave', 'n1'),
  r: memberEvent('member-reap', 'n1'),
  u: memberEvent('member-update', member('n1', { tags: { role: 'web' } })),
  v: memberEvent('member-update', member('n1', { tags: { role: 'db' } })),
  j: memberEvent('member-join', 'n2'),
  g: gap,
};

describe('mergeAgents()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const first = '   --a-b---c--#';
    const second = '  ---a-b------c--d--|';
    const expected = '--a-b---c------d--|';

    expectObservable(merged([cold(first, users), cold(second, users)])).toBe(expected, users);
  });

  marbles('gives each event as the agent gave it that told it first', ({ cold, expectObservable }) => {
    const first = '   --x---z-|';
    const second = '  ----y-u-|';
    const expected = '--x---z-|';

    const values = { x: query(1, 1), y: query(1, 2), z: query(2, 3), u: query(2, 4) };
    expectObservable(merged([cold(first, values), cold(second, values)])).toBe(expected, values);
  });

  marbles('takes any number of agents', ({ cold, expectObservable }) => {
    const first = '   --a-----d--|';
    const second = '  -a---c-----|';
    const third = '   ---b--dc---|';
    const expected = '-a-b-cd----|';

    const told = [first, second, third].map((diagram) => cold(diagram, users));
    expectObservable(merged(told)).toBe(expected, users);
    expectObservable(merged(told.slice(0, 1))).toBe(first, users);
  });

  marbles('never, when none tells anything', ({ cold, expectObservable }) => {
    const source = '  ------';

    expectObservable(merged([cold(source, users), NEVER])).toBe(source);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const first = '    --a--b-----';
    const second = '   ----a---b--';
    const sub1 = '     ^          ';
    const sub2 = '     ---^       ';
    const expected1 = '--a--b-----';
    const expected2 = '----ab-----';

    const events$ = merged([hot(first, users), hot(second, users)]);
    expectObservable(events$, sub1).toBe(expected1, users);
    expectObservable(events$, sub2).toBe(expected2, users);
  });

  marbles('unsubscribes from all', ({ cold, expectObservable, expectSubscriptions }) => {
    const first = '   --a---b--|';
    const second = '  ---a---b-|';
    const sub = '     ^---!     ';
    const expected = '--a--     ';

    const told = [cold(first, users), cold(second, users)];
    expectObservable(merged(told), sub).toBe(expected, users);
    for (const { subscriptions } of told) expectSubscriptions(subscriptions).toBe(sub);
  });

  marbles('may be left at an event', ({ cold, expectObservable, expectSubscriptions }) => {
    const first = '   --a---b--|';
    const second = '  ---a---b-|';
    const sub = '     ^-----!   ';
    const expected = '--a---(b|)';

    const told = [cold(first, users), cold(second, users)];
    expectObservable(merged(told).pipe(take(2))).toBe(expected, users);
    for (const { subscriptions } of told) expectSubscriptions(subscriptions).toBe(sub);
  });
});

describe('the end', () => {
  marbles('is that of the agent that ends last', ({ cold, expectObservable }) => {
    const erring = '     --#    ';
    const completing = ' --|    ';
    const erringLast = ' ----#  ';
    const endingLast = ' ----|  ';

    const [errs, completes] = [cold(erring, users, lost), cold(completing, users)];
    const [errsLast, completesLast] = [cold(erringLast, users, lostToo), cold(endingLast, users)];
    expectObservable(merged([errs, errsLast])).toBe(erringLast, users, lostToo);
    expectObservable(merged([errsLast, errs])).toBe(erringLast, users, lostToo);
    expectObservable(merged([completes, errsLast])).toBe(erringLast, users, lostToo);
    expectObservable(merged([errs, completesLast])).toBe(endingLast);
    expectObservable(merged([completes, completesLast])).toBe(endingLast);
    expectObservable(merged([errs])).toBe(erring, users, lost);
    expectObservable(merged([completes])).toBe(completing);
  });

  marbles('of one agent leaves the others', ({ cold, expectObservable, expectSubscriptions }) => {
    const first = '   --a#           ';
    const second = '  ---a--b--c--d-|';
    const third = '   -----|         ';
    const taken = '   ^-------------!';
    const expected = '--a---b--c--d-|';

    const told = [cold(first, users), cold(second, users), cold(third, users)] as const;
    expectObservable(merged(told)).toBe(expected, users);
    expectSubscriptions(told[1].subscriptions).toBe(taken);
  });

  marbles('may be at once', ({ cold, expectObservable }) => {
    const first = '   #     ';
    const second = '  |     ';
    const third = '   (ab|) ';
    const expected = '(ab|) ';

    const told = [cold(first, users), cold(second, users), cold(third, users)];
    expectObservable(merged(told)).toBe(expected, users);
  });

  marbles('may be followed by another subscription, to all', ({ cold, expectObservable }) => {
    const first = '   -a-#        ';
    const second = '  --ab--#     ';
    const expected = '-a-b---a-b--#';

    const told = [cold(first, users), cold(second, users, lost)];
    expectObservable(merged(told).pipe(retry(1))).toBe(expected, users, lost);
  });
});

describe('onLost', () => {
  marbles('is told of each agent that errs', ({ cold, expectObservable, acts }) => {
    const first = '   --a--#    ';
    const second = '  ---a|     ';
    const third = '   ----a---# ';
    const check = '   ------x--y';
    const expected = '--a-----# ';

    const heard: unknown[] = [];
    const onLost = (error: unknown, index: number) => heard.push([error, index]);
    const told = [cold(first, users, lost), cold(second, users), cold(third, users, lostToo)];
    expectObservable(merged(told, { onLost })).toBe(expected, users, lostToo);
    acts(check, {
      x: () => expect(heard).toEqual([[lost, 0]]),
      y: () => expect(heard.slice(1)).toEqual([[lostToo, 2]]),
    });
  });

  marbles('ends the stream with what it throws', ({ cold, expectObservable, expectSubscriptions }) => {
    const first = '   --#      ';
    const second = '  ---a--b-|';
    const taken = '   ^-!      ';
    const expected = '--#      ';

    const told = [cold(first, users, lost), cold(second, users)] as const;
    expectObservable(merged(told, { onLost: throws })).toBe(expected, users, bug);
    expectSubscriptions(told[1].subscriptions).toBe(taken);
  });
});

describe('a gap', () => {
  marbles('of an agent is told, and not emitted', ({ cold, expectObservable, acts }) => {
    const first = '   --a--g--b-|';
    const second = '  ----a-b-g-|';
    const check = '   ----------x';
    const expected = '--a---b---|';

    const heard: unknown[] = [];
    const onGap = (each: StreamGap, index: number) => heard.push([each, index]);
    const values = { ...users, g: gap };
    expectObservable(merged([cold(first, values), cold(second, values)], { onGap })).toBe(expected, users);
    const both = [
      [gap, 0],
      [gap, 1],
    ];
    acts(check, { x: () => expect(heard).toEqual(both) });
  });

  marbles('ends the stream with what onGap throws', ({ cold, expectObservable, expectSubscriptions }) => {
    const first = '   --g-----|';
    const second = '  ---a--b-|';
    const taken = '   ^-!      ';
    const expected = '--#      ';

    const told = [cold(first, changes), cold(second, users)] as const;
    const onLost = () => expect.unreachable();
    expectObservable(merged(told, { onGap: throws, onLost })).toBe(expected, users, bug);
    expectSubscriptions(told[1].subscriptions).toBe(taken);
  });
});

describe('user events', () => {
  marbles('come once, whoever tells them, and how often', ({ cold, expectObservable }) => {
    const first = '   --a-b-a-----g-abd-|';
    const second = '  ---a-c-b-c-a------|';
    const expected = '--a-bc----------d-|';

    const values = { ...users, g: gap };
    expectObservable(merged([cold(first, values), cold(second, values)])).toBe(expected, users);
  });

  marbles('are remembered as far as the window goes', ({ cold, expectObservable }) => {
    const first = '   --a-b---a-|';
    const second = '  ---a-b----|';
    const expected = '--a-b---a-|';

    expectObservable(merged([cold(first, users), cold(second, users)], { window: 1 })).toBe(expected, users);
  });

  marbles('are not forgotten with time', ({ cold, expectObservable }) => {
    const first = '   --a 99s --|';
    const second = '  --- 99s a-|';
    const expected = '--a 99s --|';

    expectObservable(merged([cold(first, users), cold(second, users)])).toBe(expected, users);
  });

  marbles('may have payloads that did not decode, or cannot be compared', ({ cold, expectObservable }) => {
    const first = '   --x---y---|';
    const second = '  ---x---y--|';
    const expected = '--x---yy--|';

    const rawPayload = Uint8Array.of(0xff);
    const values = {
      x: userEvent('deploy', undefined, { rawPayload }),
      y: userEvent('deploy', () => {}),
    };
    const told = [cold(first, values), cold(second, values)] as unknown as Observable<Item>[];
    expectObservable(merged(told)).toBe(expected, values);
  });
});

describe('queries', () => {
  const asked = { p: query(1, 1), q: query(1, 2), r: query(1, 3), s: query(2, 4) };

  marbles('come as often as from the agent that tells them most often', ({ cold, expectObservable }) => {
    // Two ask the same at the same time; a third one is heard by the second agent only.
    const first = '   --p-q-------|';
    const second = '  ---p---q-r--|';
    const expected = '--p-q----r--|';

    expectObservable(merged([cold(first, asked), cold(second, asked)])).toBe(expected, asked);
  });

  marbles('are known again for as long as it takes to forget', ({ cold, expectObservable }) => {
    const first = '   --p--------|';
    const second = '  ------p----|';
    const third = '   -------p---|';
    const expected = '--p----p---|';

    const told = [cold(first, asked), cold(second, asked), cold(third, asked)];
    expectObservable(merged(told, { forget: 5 })).toBe(expected, asked);
    expectObservable(merged(told, { forget: 6 })).toBe('--p--------|', asked);
  });

  marbles('are forgotten one by one', ({ cold, expectObservable }) => {
    // What both have told at 2 is forgotten at 12, and does not count any more.
    const first = '   --p-----p-----p-|';
    const second = '  ---p-----p---p--|';
    const expected = '--p-----p----p--|';

    expectObservable(merged([cold(first, asked), cold(second, asked)], { forget: 10 })).toBe(expected, asked);
  });

  marbles('are not expected any more once they are forgotten', ({ cold, expectObservable }) => {
    // The second agent has not told what is forgotten: it tells the one of 8, and another one.
    const first = '   --p-----p-------|';
    const second = '  -------------pp-|';
    const expected = '--p-----p-----p-|';

    expectObservable(merged([cold(first, asked), cold(second, asked)], { forget: 10 })).toBe(expected, asked);
  });

  marbles('are forgotten and remembered again and again', ({ cold, expectObservable }) => {
    const first = '   --ps---------------|';
    const second = '  ----------q-s------|';
    const third = '   -----------p-s---p-|';
    const expected = '--ps------q-s----p-|';

    const told = [cold(first, asked), cold(second, asked), cold(third, asked)];
    expectObservable(merged(told, { window: 2, forget: 5 })).toBe(expected, asked);
  });

  marbles('are known again for 60 s by default', ({ cold, expectObservable }) => {
    const first = '      --p----- 59990ms ----|';
    const soon = '       -------- 59990ms ---p|';
    const late = '       -------- 59990ms ----(p|)';
    const expected1 = '  --p----- 59990ms ----|';
    const expected2 = '  --p----- 59990ms ----(p|)';

    expectObservable(merged([cold(first, asked), cold(soon, asked)])).toBe(expected1, asked);
    expectObservable(merged([cold(first, asked), cold(late, asked)])).toBe(expected2, asked);
  });

  marbles('are remembered as far as the window goes', ({ cold, expectObservable }) => {
    const first = '   --p-s-----|';
    const second = '  -----p----|';
    const expected = '--p-sp----|';

    expectObservable(merged([cold(first, asked), cold(second, asked)], { window: 1 })).toBe(expected, asked);
    expectObservable(merged([cold(first, asked), cold(second, asked)], { window: 2 })).toBe(first, asked);
  });

  it('are answered through the agent that told them first', () => {
    const [first, second] = [fakeSerf({ codec: utf8() }), fakeSerf({ codec: utf8() })];
    const subscription = mergeAgents([first, second], 'query:load').subscribe((asked) => {
      asked.respond('0.42').subscribe();
    });
    second.emit(queryEvent('load', '', { id: 7, ltime: 1 }));
    first.emit(queryEvent('load', '', { id: 3, ltime: 1 }));
    subscription.unsubscribe();

    expect(second.requests).toContainEqual({ command: 'respond', id: 7, payload: '0.42' });
    expect(first.requests.map(({ command }) => command)).toEqual(['stream', 'stop']);
    first.verify();
    second.verify();
  });
});

describe('changes of a member', () => {
  marbles('come once, though agents tell them at different times', ({ cold, expectObservable }) => {
    const first = '   --f-a-----f-a----|';
    const second = '  -----f-a-----f-a-|';
    const expected = '--f-a-----f-a----|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('come from the agent that is ahead, whichever it is', ({ cold, expectObservable }) => {
    const first = '   --f-----a-f-----|';
    const second = '  ---f-a-----f-a--|';
    const expected = '--f--a----f--a--|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('come once, though agents put members together differently', ({ cold, expectObservable }) => {
    const first = '   --x-------|';
    const second = '  ---y-z----|';
    const expected = '--xu------|';

    const values = {
      x: memberEvent('member-join', 'n1', 'n2', '__proto__'),
      y: memberEvent('member-join', 'n2', 'n3', '__proto__', 'n4'),
      z: memberEvent('member-join', 'n1'),
      u: memberEvent('member-join', 'n3', 'n4'),
    };
    expectObservable(merged([cold(first, values), cold(second, values)])).toBe(expected, values);
  });

  marbles('come once, though agents have tags in another order', ({ cold, expectObservable }) => {
    const first = '   --x---|';
    const second = '  ---y--|';
    const expected = '--x---|';

    const values = {
      x: memberEvent('member-update', member('n1', { tags: { role: 'web', dc: 'a' } })),
      y: memberEvent('member-update', member('n1', { tags: { dc: 'a', role: 'web' } })),
    };
    expectObservable(merged([cold(first, values), cold(second, values)])).toBe(expected, values);
  });

  marbles('come when they are told by one agent only', ({ cold, expectObservable }) => {
    const first = '   --f---u---|';
    const second = '  ----a---l-|';
    const expected = '--f-a-u-l-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('come again when an agent tells them again', ({ cold, expectObservable }) => {
    const first = '   --a----a--|';
    const second = '  ---a----a-|';
    const expected = '--a----a--|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('go on without a loss when an agent is lost', ({ cold, expectObservable }) => {
    const first = '   --a-f-a#             ';
    const second = '  -----a-f-a-f-a-l---|';
    const expected = '--a-f-a----f-a-l---|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('are remembered apart from queries', ({ cold, expectObservable }) => {
    const first = '   --p-a------|';
    const second = '  -----p-a---|';
    const expected = '--p-a------|';

    const values = { a: changes.a, p: query(1, 1) };
    expectObservable(merged([cold(first, values), cold(second, values)], { window: 1 })).toBe(
      expected,
      values,
    );
  });

  marbles('are remembered as far as the window goes', ({ cold, expectObservable }) => {
    const first = '   --a-f-----|';
    const second = '  ------a---|';
    const expected = '--a-f-a---|';

    expectObservable(merged([cold(first, changes), cold(second, changes)], { window: 1 })).toBe(
      expected,
      changes,
    );
    expectObservable(merged([cold(first, changes), cold(second, changes)], { window: 2 })).toBe(
      first,
      changes,
    );
  });
});

describe('the last change of a member', () => {
  marbles('is known again however late it is told', ({ cold, expectObservable }) => {
    const first = '   --f-a 99s --------|';
    const second = '  ----- 99s -a---f-a|';
    const expected = '--f-a 99s -----f-a|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('is known again in a cluster larger than the window', ({ cold, expectObservable }) => {
    const first = '   --a-j-----|';
    const second = '  ------a-j-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)], { window: 1 })).toBe(
      first,
      changes,
    );
  });

  marbles('is nothing new from an agent that was restarted', ({ cold, expectObservable }) => {
    const first = '   --(aj)--g--(aj)--|';
    const second = '  ---a-j-----------|';
    const expected = '--(aj)-----------|';

    const told = [cold(first, changes), cold(second, changes)];
    expectObservable(merged(told)).toBe(expected, changes);
    expectObservable(merged(told, { forget: 5 })).toBe(expected, changes);
  });

  marbles('is nothing new after an update, which is then told as a join', ({ cold, expectObservable }) => {
    const first = '   --a-u---g---w-u-|';
    const second = '  ---a-u----------|';
    const third = '   ------w---------|';
    const expected = '--a-u---------u-|';

    const w = memberEvent('member-join', ...changes.u.members);
    const told = [first, second, third].map((diagram) => cold(diagram, { ...changes, w }));
    expectObservable(merged(told)).toBe(expected, changes);
  });

  marbles('is nothing new once, after each gap', ({ cold, expectObservable }) => {
    const first = '   --a-g-a-a--g-a-|';
    const second = '  ---a-----------|';
    const expected = '--a-----a------|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  for (const is of ['f', 'l', 'r'] as const) {
    const { event } = changes[is];
    marbles(`is news after a gap of each agent that told it, a ${event}`, ({ cold, expectObservable }) => {
      const first = '   --x-g-- 99s x-g-x--|';
      const second = '  ---x-g- 99s -x---x-|';
      const expected = '--x---- 99s x---x--|';

      const values = { x: changes[is], g: gap };
      const told = [cold(first, values), cold(second, values)];
      expectObservable(merged(told)).toBe(expected, values);
      expectObservable(merged(told, { forget: 200_000 })).toBe(expected, values);
      expectObservable(merged(told, { forget: 1 })).toBe(expected, values);
    });
  }

  marbles('is known again after a gap to an agent that had not told it', ({ cold, expectObservable }) => {
    const first = '   --f-------|';
    const second = '  --g--f-f--|';
    const expected = '--f----f--|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('may be another one by the time the agent is back', ({ cold, expectObservable }) => {
    const first = '   --a-g---f-a-|';
    const second = '  ---a--f-----|';
    const expected = '--a---f---a-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });
});

describe('what cannot be known', () => {
  marbles(
    'an agent that has missed something is late, until that is forgotten',
    ({ cold, expectObservable }) => {
      // The second agent has missed the first failure; nobody else tells of the second one.
      const first = '    --f-a-#      ';
      const second = '   --------f-a-|';
      const expected1 = '--f-a-------|';
      const expected2 = '--f-a---f-a-|';

      const told = [cold(first, changes), cold(second, changes)];
      expectObservable(merged(told)).toBe(expected1, changes);
      expectObservable(merged(told, { forget: 5 })).toBe(expected2, changes);
    },
  );

  marbles('what is told later than it is forgotten comes twice', ({ cold, expectObservable }) => {
    const first = '   --f-a----------|';
    const second = '  -----------f-a-|';
    const expected = '--f-a------f-a-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)], { forget: 5 })).toBe(
      expected,
      changes,
    );
  });
});

describe('memory', () => {
  it('is bounded, whatever agents tell', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const source = new Subject<Item>();
    const subscription = merged([source, NEVER], { window: 10 }).subscribe();
    const feed = () => {
      for (let i = 0; i < 3_000; i++) {
        const text = Buffer.alloc(10_000, `${i} `).toString('latin1');
        source.next(deploy(i, text));
        source.next(queryEvent('load', text));
        // An agent lets no more than 512 bytes of tags through.
        source.next(memberEvent('member-join', member(`n${i}`, { tags: { text: text.slice(0, 500) } })));
      }
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = feed();

    // Another 60 MB have come.
    expect(feed() - before).toBeLessThan(20_000_000);
    subscription.unsubscribe();
  });

  it('is of the last changes of 65,536 members', () => {
    const [first, second] = [new Subject<Item>(), new Subject<Item>()];
    let news = 0;
    const subscription = merged([first, second], { window: 1 }).subscribe(() => news++);
    const joined = (index: number) => memberEvent('member-join', `n${index}`);
    for (let index = 0; index <= 65_536; index++) first.next(joined(index));
    expect(news).toBe(65_537);

    second.next(joined(1));
    expect(news).toBe(65_537);
    second.next(joined(0));
    expect(news).toBe(65_538);
    subscription.unsubscribe();
  });
});

describe('agents that are clients', () => {
  const soon = { reconnect: { minDelay: 10, random: () => 0.5 } };

  marbles(
    'may lose their connections in turn',
    ({ agent: _, connection, connect, expectObservable, acts }) => {
      const first = '     ---sab---#            ';
      const second = '    ---s-a-b-------c-#    ';
      const firstAgain = '-----------------s-c-d';
      const check = '     ---------------------x';
      const expected = '  ----ab---------c-----d';

      const letters = { s: reply('stream'), ...records('stream', 'abcd', userRecord) };
      const gaps: unknown[] = [];
      const events$ = mergeAgents([connect(soon, 'a'), connect({ reconnect: false }, 'b')], 'user:deploy', {
        onGap: ({ address, away }, index) => gaps.push([address, away, index]),
      });
      const payloads$ = events$.pipe(map(({ payload }) => payload));
      expectObservable(payloads$).toBe(expected, { a: 'a', b: 'b', c: 'c', d: 'd' });
      connection(0).says(first, letters);
      connection(1).says(second, letters);
      connection(2).says(firstAgain, letters);
      acts(check, { x: () => expect(gaps).toEqual([['a:7373', 8, 0]]) });
    },
  );
});

describe('options', () => {
  it('for streams are passed on; each agent gives its gaps', () => {
    const asked: unknown[] = [];
    const stream = (...args: unknown[]) => {
      asked.push(args);
      return of();
    };
    const serf = { stream } as unknown as Serf;
    const codec = utf8();
    const options = { codec, timeout: 7, window: 9, forget: 9, onLost: () => {}, onGap: () => {} };
    mergeAgents([serf, serf], ['user', 'query'], options).subscribe();
    mergeAgents([serf], '*').subscribe();

    const theirs = [['user', 'query'], { codec, timeout: 7, gaps: true }];
    expect(asked).toEqual([theirs, theirs, ['*', { gaps: true }]]);
  });

  it('that cannot be are refused at the call', () => {
    const serfs = [fakeSerf()];
    const refused = (options: object) => {
      expect(() => mergeAgents(serfs, '*', options), JSON.stringify(options)).toThrow(InvalidArgumentError);
    };
    for (const window of [0, -1, 1.5, Number.NaN, '1']) refused({ window });
    for (const forget of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1']) refused({ forget });
    refused({ onLost: 'warn' });
    refused({ onGap: 7 });
    refused({ timeout: -1 });
  });

  it('no agents, and filters that never match, neither', () => {
    for (const serfs of [[], fakeSerf() as unknown as []]) {
      expect(() => mergeAgents(serfs, '*')).toThrow(/^mergeAgents: serfs should be a list of one or more/);
    }
    expect(() => mergeAgents([fakeSerf()], 'nope' as '*')).toThrow(InvalidArgumentError);
  });
});
