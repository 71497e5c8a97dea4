import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { map, NEVER, type Observable, of, retry, Subject, take } from 'rxjs';
import { InvalidArgumentError, mergeAgents, type Serf, type StreamGap, utf8 } from 'rxserf';
import { fakeSerf, member, memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles, records, reply, soon, throws, userEvent as userRecord } from '../kit/index.ts';
import { changes, gap, type Item, merged, query } from './merged.ts';

const lost = new Error('lost');
const lostToo = new Error('lost, too');

const deploy = (ltime: number, payload = 'v1') => userEvent('deploy', payload, { ltime });

const users = { a: deploy(1), b: deploy(2), c: deploy(3), d: deploy(4) };

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
