import { concatMap, from, map, NEVER, Observable, of, Subject, toArray } from 'rxjs';
import { InvalidArgumentError } from 'rxserf';
import { type Match, RpcError } from 'rxserf/notifier';
import type { Trio } from './trio.ts';

/** One line of the table: what is done, and what comes of it. */
export interface Case {
  readonly name: string;
  readonly play: (trio: Trio) => Promise<unknown>;
  readonly expected: unknown;
}

const ALL: Match = { mask: 0, value: 0 };
const ODD: Match = { mask: 1, value: 1 };

/** Publishes one, and tells what came of it. */
async function published(trio: Trio, id: number | bigint, object = 'o', command = 'c') {
  const [report] = await trio.result(trio.a.publish(object, id, command, 'x'));
  await trio.arrived();
  return { report: JSON.parse(report as string), flow: [...trio.flow].sort() };
}

/** How often each has been chosen of so many, as a share. */
async function shares(trio: Trio, kind: 'publish' | 'call', id = 1): Promise<Record<string, number>> {
  const { a, draws, result } = trio;
  const all$ = from(Array.from({ length: draws }, () => id)).pipe(
    concatMap((one) => (kind === 'publish' ? a.publish('o', one, 'c', 'x') : a.call('o', one, 'c'))),
    toArray(),
  );
  const [reports] = await result(all$);
  const counts: Record<string, number> = {};
  for (const report of JSON.parse(reports as string)) {
    const who = kind === 'publish' ? report.slice : report.value;
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return Object.fromEntries(
    Object.entries(counts)
      .map(([who, count]) => [who, Math.round((count / draws) * 10) / 10] as const)
      .sort(),
  );
}

function refused(act: () => unknown): string {
  try {
    act();
    return 'taken';
  } catch (error) {
    return error instanceof InvalidArgumentError ? error.code : String(error);
  }
}

/** The semantics of a notifier, a case each. What is another one than in the original of 2010 says so. */
export const CASES: readonly Case[] = [
  ...(
    [
      [0, false],
      [1, true],
      [2, false],
      [5, true],
      [-3, true],
      [2n ** 63n + 1n, true],
      [2n ** 63n, false],
      [-(2n ** 63n) + 1n, true],
    ] as const
  ).map(
    ([id, matches]): Case => ({
      name: `(mask 3, value 1), id ${id}: ${matches ? 'matches' : 'does not'}`,
      play: async (trio) => {
        trio.subscribe('b', { mask: 3, value: 1 });
        await trio.registered();
        return (await published(trio, id)).report.full === 1;
      },
      expected: matches,
    }),
  ),
  {
    name: 'a value with bits outside its mask is refused (the original: never matches)',
    play: async ({ a }) => refused(() => a.notifications('o', { mask: 1, value: 2 }, 'c')),
    expected: 'invalid-argument',
  },
  {
    name: 'an id that is no integer of 64 bits is refused (the original hashes texts, as its Python does)',
    play: async ({ a }) =>
      ['abc', null, 1.5, 2n ** 70n].map((id) => refused(() => a.publish('o', id as never, 'c'))),
    expected: ['invalid-argument', 'invalid-argument', 'invalid-argument', 'invalid-argument'],
  },
  {
    name: 'a plain value is equality; mask 0 and value 0 are everything',
    play: async (trio) => {
      trio.subscribe('b', 1);
      trio.subscribe('c', ALL);
      await trio.registered();
      const five = await published(trio, 5);
      return [five, await published(trio, 1)];
    },
    expected: [
      { report: { full: 1, slice: null }, flow: ['c 5 "x"'] },
      { report: { full: 2, slice: null }, flow: ['b 1 "x"', 'c 1 "x"', 'c 5 "x"'] },
    ],
  },
  {
    name: 'another command, another object: no match (the original selects whoever knows the object)',
    play: async (trio) => {
      trio.subscribe('b', ALL, { command: 'other' });
      trio.subscribe('c', ALL, { object: 'other' });
      trio.serve('b', ALL, { command: 'other' });
      await trio.registered();
      return [await published(trio, 1), await trio.result(trio.a.call('o', 1, 'c'))];
    },
    expected: [{ report: { full: 0, slice: null }, flow: [] }, ['no-recipient']],
  },
  {
    name: 'publish, nobody subscribed: nothing, and no error',
    play: (trio) => published(trio, 1),
    expected: { report: { full: 0, slice: null }, flow: [] },
  },
  {
    name: 'full subscribers all get it, local and remote',
    play: async (trio) => {
      trio.subscribe('a', ALL);
      trio.subscribe('b', ODD);
      trio.subscribe('c', 7);
      await trio.registered();
      return published(trio, 7);
    },
    expected: { report: { full: 3, slice: null }, flow: ['a 7 "x"', 'b 7 "x"', 'c 7 "x"'] },
  },
  {
    name: 'through two overlapping masks: notified twice',
    play: async (trio) => {
      trio.subscribe('b', ALL);
      trio.subscribe('b', ODD);
      await trio.registered();
      return published(trio, 1);
    },
    expected: { report: { full: 1, slice: null }, flow: ['b 1 "x"', 'b 1 "x"'] },
  },
  {
    name: 'a handler by two overlapping masks: asked once',
    play: async (trio) => {
      const handler = () => 'once';
      trio.serve('b', ALL, { handler });
      trio.serve('b', ODD, { handler });
      trio.serve('b', ODD, { handler, slice: 1 });
      await trio.registered();
      return trio.result(trio.a.call('o', 1, 'c'));
    },
    expected: ['{"from":"b","value":"once"}', '|'],
  },
  {
    name: 'the same subscription twice: each subscriber gets it; one that leaves takes nothing from the other',
    play: async (trio) => {
      const first = trio.subscribe('b', ALL);
      trio.subscribe('b', ALL);
      await trio.registered();
      const both = await published(trio, 1);
      first.unsubscribe();
      await trio.registered();
      return [both.flow.length, (await published(trio, 1)).flow.length];
    },
    expected: [2, 3],
  },
  {
    name: 'unsubscribed: nothing more',
    play: async (trio) => {
      const subscription = trio.subscribe('b', ALL);
      await trio.registered();
      subscription.unsubscribe();
      await trio.registered();
      return published(trio, 1);
    },
    expected: { report: { full: 0, slice: null }, flow: [] },
  },
  {
    name: 'slices 1 : 1',
    play: async (trio) => {
      trio.subscribe('b', ALL, { slice: 1 });
      trio.subscribe('c', ALL, { slice: 1 });
      await trio.registered();
      return shares(trio, 'publish');
    },
    expected: { b: 0.5, c: 0.5 },
  },
  {
    name: 'slices 1 : 4, of different masks, for publications: one pool',
    play: async (trio) => {
      trio.subscribe('b', ALL, { slice: 1 });
      trio.subscribe('c', ODD, { slice: 4 });
      await trio.registered();
      return shares(trio, 'publish');
    },
    expected: { b: 0.2, c: 0.8 },
  },
  {
    name: 'slices 1 : 4, for calls, local and remote',
    play: async (trio) => {
      trio.serve('a', ALL, { slice: 1 });
      trio.serve('c', ALL, { slice: 4 });
      await trio.registered();
      return shares(trio, 'call');
    },
    expected: { a: 0.2, c: 0.8 },
  },
  {
    name: 'weight 0 beside another: never',
    play: async (trio) => {
      trio.subscribe('b', ALL, { slice: 0 });
      trio.subscribe('c', ALL, { slice: 1 });
      await trio.registered();
      return shares(trio, 'publish');
    },
    expected: { c: 1 },
  },
  {
    name: 'weight 0 alone: never (the original: always)',
    play: async (trio) => {
      trio.subscribe('b', ALL, { slice: 0 });
      trio.serve('b', ALL, { slice: 0 });
      trio.serve('c', ALL, { slice: 0 });
      await trio.registered();
      return [await published(trio, 1), await trio.result(trio.a.call('o', 1, 'c'))];
    },
    expected: [{ report: { full: 0, slice: null }, flow: [] }, ['no-recipient']],
  },
  {
    name: 'a weight that is negative, infinite or no number is refused',
    play: async ({ a }) =>
      [-1, Number.NaN, Number.POSITIVE_INFINITY].map((slice) =>
        refused(() => a.notifications('o', 1, 'c', { slice })),
      ),
    expected: ['invalid-argument', 'invalid-argument', 'invalid-argument'],
  },
  {
    name: 'a second slice of the same with another weight: both count (the original: the first weight stays)',
    play: async (trio) => {
      trio.subscribe('b', ALL, { slice: 1 });
      trio.subscribe('b', ALL, { slice: 3 });
      trio.subscribe('c', ALL, { slice: 1 });
      await trio.registered();
      return shares(trio, 'publish');
    },
    expected: { b: 0.8, c: 0.2 },
  },
  {
    name: 'full and slice under one object and id: full ones all, slices one (the original refuses both on one node)',
    play: async (trio) => {
      trio.subscribe('a', ALL);
      trio.subscribe('b', ALL);
      trio.subscribe('b', ALL, { slice: 1 });
      await trio.registered();
      return published(trio, 1);
    },
    expected: { report: { full: 2, slice: 'b' }, flow: ['a 1 "x"', 'b 1 "x"', 'b 1 "x"'] },
  },
  {
    name: 'call, nobody registered: an error that says so (the original: an empty list); of several ids, an empty place',
    play: async (trio) => {
      trio.serve('b', 2);
      await trio.registered();
      return [await trio.result(trio.a.call('o', 1, 'c')), await trio.result(trio.a.calls('o', [1, 2], 'c'))];
    },
    expected: [['no-recipient'], ['[[],[{"from":"b","value":"b"}]]', '|']],
  },
  {
    name: 'call, two registered: both answers',
    play: async (trio) => {
      trio.serve('b', ALL);
      trio.serve('c', ALL);
      await trio.registered();
      return (await trio.result(trio.a.call('o', 1, 'c'))).sort();
    },
    expected: ['{"from":"b","value":"b"}', '{"from":"c","value":"c"}', '|'],
  },
  {
    name: 'calls: in the order of the ids, repeated ones too; none for none',
    play: async (trio) => {
      trio.serve('b', ODD);
      trio.serve('c', { mask: 1, value: 0 });
      await trio.registered();
      const [four] = await trio.result(trio.a.calls('o', [1, 2, 3, 2], 'c'));
      const values = JSON.parse(four as string).map((answers: { value: string }[]) =>
        answers.map(({ value }) => value),
      );
      return [values, await trio.result(trio.a.calls('o', [], 'c'))];
    },
    expected: [
      [['b'], ['c'], ['b'], ['c']],
      ['[]', '|'],
    ],
  },
  {
    name: 'what a handler returns is the answer: a value, a Promise, an Observable’s first value, nothing',
    play: async (trio) => {
      const answers = [1, Promise.resolve(2), of(3, 4), undefined, null];
      trio.serve('b', ALL, { handler: ({ args }) => answers[args as number] });
      await trio.registered();
      const got: string[] = [];
      // A Promise is not of virtual time.
      for (const i of [0, 2, 3, 4]) got.push((await trio.result(trio.a.call('o', 1, 'c', i)))[0] as string);
      return got;
    },
    expected: [
      '{"from":"b","value":1}',
      '{"from":"b","value":3}',
      '{"from":"b"}',
      '{"from":"b","value":null}',
    ],
  },
  {
    name: 'call timeout: that recipient’s answer is an error, the other’s stays; it is told to stop',
    play: async (trio) => {
      let stopped = false;
      const hanging = new Observable<never>(() => () => {
        stopped = true;
      });
      trio.serve('b', ALL, { handler: () => hanging });
      trio.serve('c', ALL);
      await trio.registered();
      const answers = await trio.result(trio.a.call('o', 1, 'c', undefined, { timeout: 300 }));
      await trio.arrived();
      return [answers, stopped];
    },
    expected: [['{"from":"c","value":"c"}', '{"from":"b","error":"request-timeout"}', '|'], true],
  },
  {
    name: 'a handler throws: the caller is told that it failed and no more, and the connection goes on (the original closes it)',
    play: async (trio) => {
      const handler = ({ args }: { args: unknown }) => {
        if (args === 'throw') throw new Error('a secret');
        return 'fine';
      };
      trio.serve('a', ALL, { handler });
      trio.serve('b', ALL, { handler });
      await trio.registered();
      return [
        (await trio.result(trio.a.call('o', 1, 'c', 'throw'))).sort(),
        (await trio.result(trio.a.call('o', 1, 'c', 'go on'))).sort(),
      ];
    },
    expected: [
      [
        '{"from":"a","error":"remote-error -32603 the handler failed"}',
        '{"from":"b","error":"remote-error -32603 the handler failed"}',
        '|',
      ],
      ['{"from":"a","value":"fine"}', '{"from":"b","value":"fine"}', '|'],
    ],
  },
  {
    name: 'a handler throws an RpcError: it is the caller’s, with code, text and data',
    play: async (trio) => {
      trio.serve('b', ALL, {
        handler: () => {
          throw new RpcError(7, 'sold out', { left: 0 });
        },
      });
      await trio.registered();
      const data: unknown[] = [];
      const seen$ = trio.a.call('o', 1, 'c').pipe(
        concatMap((answer) => {
          data.push((answer.error as { data?: unknown } | undefined)?.data);
          return of(answer);
        }),
      );
      return [await trio.result(seen$), data];
    },
    expected: [['{"from":"b","error":"remote-error 7 sold out"}', '|'], [{ left: 0 }]],
  },
  {
    name: 'a subscriber that throws takes nothing from the others',
    play: async (trio) => {
      const throws = () => {
        throw new Error('its own');
      };
      for (const each of [trio.b, trio.c])
        each
          .notifications('o', ALL, 'c')
          .pipe(map(throws))
          .subscribe({ error: ({ message }) => trio.flow.push(message) });
      trio.subscribe('b', ALL);
      trio.subscribe('c', ALL);
      await trio.registered();
      return published(trio, 1);
    },
    expected: {
      report: { full: 2, slice: null },
      flow: ['b 1 "x"', 'c 1 "x"', 'its own', 'its own'],
    },
  },
  {
    name: 'everything of a pair is in order, calls too (the original: calls are reversed, and overtake)',
    play: async (trio) => {
      const { a, flow } = trio;
      trio.subscribe('b', ALL);
      trio.serve('b', ALL, {
        handler: ({ args }) => {
          flow.push(`called ${args}`);
          return args;
        },
      });
      await trio.registered();
      const answers: string[] = [];
      for (const i of [1, 2, 3]) {
        a.publish('o', i, 'c', 'x').subscribe();
        a.call('o', i, 'c', i).subscribe(({ value }) => answers.push(String(value)));
      }
      await trio.arrived();
      return [flow, answers];
    },
    expected: [
      ['b 1 "x"', 'called 1', 'b 2 "x"', 'called 2', 'b 3 "x"', 'called 3'],
      ['1', '2', '3'],
    ],
  },
  {
    name: 'arguments and answers of a megabyte',
    play: async (trio) => {
      trio.serve('b', ALL, { handler: ({ args }) => args });
      await trio.registered();
      const sent = 'x'.repeat(1_048_576);
      const [answer] = await trio.result(trio.a.call('o', 1, 'c', sent));
      return JSON.parse(answer as string).value === sent;
    },
    expected: true,
  },
  {
    name: 'an answer that cannot be said, or is too large: the caller is told that the handler failed',
    play: async (trio) => {
      trio.serve('b', ALL, {
        handler: ({ args }) => (args === 1 ? Symbol('s') : 'x'.repeat(17 * 1024 * 1024)),
      });
      await trio.registered();
      return [await trio.result(trio.a.call('o', 1, 'c', 1)), await trio.result(trio.a.call('o', 1, 'c', 2))];
    },
    expected: [
      ['{"from":"b","error":"remote-error -32603 the handler failed"}', '|'],
      ['{"from":"b","error":"remote-error -32603 the handler failed"}', '|'],
    ],
  },
  {
    name: 'arguments that are too large, or cannot be said, are refused at the call',
    play: async ({ a }) => [
      refused(() => a.publish('o', 1, 'c', 'x'.repeat(17 * 1024 * 1024))),
      refused(() => a.call('o', 1, 'c', Symbol('s'))),
    ],
    expected: ['payload-too-large', 'invalid-payload'],
  },
  {
    name: 'unsubscribed from: the handler’s signal is aborted',
    play: async (trio) => {
      let aborted = false;
      trio.serve('b', ALL, {
        handler: (call) => {
          (call as unknown as { signal: AbortSignal }).signal.onabort = () => {
            aborted = true;
          };
          trio.flow.push('called');
          return NEVER;
        },
      });
      await trio.registered();
      const calling = trio.a.call('o', 1, 'c').subscribe();
      await trio.arrived();
      calling.unsubscribe();
      await trio.arrived();
      return [trio.flow, aborted];
    },
    expected: [['called'], true],
  },
  {
    name: 'a weight that an Observable changes counts from then on',
    play: async (trio) => {
      const weight$ = new Subject<number>();
      trio.subscribe('b', ALL, { slice: weight$ });
      trio.subscribe('c', ALL, { slice: 1 });
      await trio.registered();
      const before = await shares(trio, 'publish');
      weight$.next(4);
      await trio.registered();
      const more = await shares(trio, 'publish');
      weight$.next(0);
      await trio.registered();
      return [before, more, await shares(trio, 'publish')];
    },
    expected: [{ c: 1 }, { b: 0.8, c: 0.2 }, { c: 1 }],
  },
];
