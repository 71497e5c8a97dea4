import { EMPTY, from, NEVER, take } from 'rxjs';
import { type CollectRepliesOptions, collectReplies, InvalidArgumentError, type QueryReply } from 'rxserf';
import { ack, failure, response } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

const replies = {
  a: ack('n1'),
  b: ack('n2'),
  r: response('n1', 'first'),
  s: response('n1', 'second'),
  t: response('n2', 'other'),
  p: response('__proto__', 'hostile'),
  q: ack('__proto__'),
};
/** What becomes of them. */
const collected = (acks: string[], responses: QueryReply<string>[], silent?: string[]) => ({
  acks: new Set(acks),
  responses: new Map(responses.map((response) => [response.from, response])),
  ...(silent && { silent }),
});

describe('collectReplies()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '--a-b-r-s---|';
    const expected = '------------(x|)';

    const x = collected(['n1', 'n2'], [replies.r]);
    expectObservable(cold(source, replies).pipe(collectReplies())).toBe(expected, { x });
  });

  marbles('keeps what many have said, in their order', ({ cold, expectObservable }) => {
    const source = '  -t-b-r-a-b-|';
    const expected = '-----------(x|)';

    const result$ = cold(source, replies).pipe(collectReplies());
    expectObservable(result$).toBe(expected, { x: collected(['n2', 'n1'], [replies.t, replies.r]) });
    const orders: unknown[] = [];
    from([replies.t, replies.b, replies.r, replies.a, replies.b])
      .pipe(collectReplies())
      .subscribe(({ acks, responses }) => orders.push([...acks], [...responses.keys()]));
    expect(orders).toEqual([
      ['n2', 'n1'],
      ['n2', 'n1'],
    ]);
  });

  it('has no `silent` where nobody was expected', () => {
    let result: object | undefined;
    EMPTY.pipe(collectReplies()).subscribe((each) => (result = each));

    expect(Object.keys(result ?? {})).toEqual(['acks', 'responses']);
  });

  marbles('tells who was expected and silent', ({ cold, expectObservable }) => {
    const source = '  -a-t-b-|     ';
    const expected = '-------(x|)  ';

    // Who has only said that it heard of the query is silent, too.
    const options = { expected: ['n3', 'n2', 'n1', 'n3'] };
    const x = collected(['n1', 'n2'], [replies.t], ['n3', 'n1']);
    expectObservable(cold(source, replies).pipe(collectReplies(options))).toBe(expected, { x });
  });

  marbles('gives what there was when there was nothing', ({ cold, expectObservable }) => {
    const source = '  --|   ';
    const expected = '--(x|)';

    expectObservable(cold(source, replies).pipe(collectReplies())).toBe(expected, { x: collected([], []) });
    expectObservable(cold(source, replies).pipe(collectReplies({ expected: ['n1'] }))).toBe(expected, {
      x: collected([], [], ['n1']),
    });
    expectObservable(cold(source, replies).pipe(collectReplies({ expected: [] }))).toBe(expected, {
      x: collected([], [], []),
    });
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  -a-r--';
    const expected = '------';

    expectObservable(cold(source, replies).pipe(collectReplies())).toBe(expected);
    expectObservable(NEVER.pipe(collectReplies())).toBe('-');
  });

  marbles('errors with its source, without a value', ({ cold, expectObservable }) => {
    const source = '  -a-r-#';
    const expected = '-----#';

    expectObservable(cold(source, replies, bug).pipe(collectReplies())).toBe(expected, undefined, bug);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a---r---|';
    const sub = '     ^--!      ';
    const expected = '----      ';

    const source$ = cold(source, replies);
    expectObservable(source$.pipe(collectReplies()), sub).toBe(expected);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   -a-r-b-t-|   ';
    const sub2 = '     ----^        ';
    const expected1 = '---------(x|)';
    const expected2 = '---------(y|)';

    const options: CollectRepliesOptions & { expected: Iterable<string> } = {
      // May be read once only.
      expected: ['n1', 'n2'].values(),
    };
    const result$ = hot(source, replies).pipe(collectReplies(options));
    expectObservable(result$).toBe(expected1, {
      x: collected(['n1', 'n2'], [replies.r, replies.t], []),
    });
    expectObservable(result$, sub2).toBe(expected2, { y: collected(['n2'], [replies.t], ['n1']) });
  });

  it('gives each subscription collections of its own', () => {
    const results: object[] = [];
    const result$ = from([replies.a, replies.r]).pipe(collectReplies());
    result$.subscribe(({ acks, responses }) => results.push(acks, responses));
    result$.subscribe(({ acks, responses }) => results.push(acks, responses));

    expect(new Set(results).size).toBe(4);
  });

  marbles('takes names as they come', ({ cold, expectObservable }) => {
    const source = '  -p-q-|     ';
    const expected = '-----(x|)  ';

    const options = { expected: ['__proto__', 'constructor'] };
    const x = collected(['__proto__'], [replies.p], ['constructor']);
    expectObservable(cold(source, replies).pipe(collectReplies(options))).toBe(expected, { x });
  });
});

describe('limit', () => {
  marbles('is for nodes, not for replies', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a-r-a-s-b-t-(pq)-|';
    const taken = '   ^------------!     ';
    const expected = '-------------#     ';

    const source$ = cold(source, replies);
    expectObservable(source$.pipe(collectReplies({ limit: 2 }))).toBe(
      expected,
      undefined,
      failure('overflow', { message: 'collectReplies: more than 2 nodes have replied' }),
    );
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  it('is 65,536 where nothing is said', () => {
    const outcome = (nodes: number) => {
      let result: unknown;
      from(Array.from({ length: nodes }, (_, i) => (i % 2 ? ack(`n${i}`) : response(`n${i}`, i))))
        .pipe(collectReplies(), take(1))
        .subscribe({
          next: ({ acks, responses }) => (result = acks.size + responses.size),
          error: (error) => (result = error),
        });
      return result;
    };
    expect(outcome(65_536)).toBe(65_536);
    expect(outcome(65_537)).toEqual(failure('overflow'));
  });
});

describe('what it is called with', () => {
  it('is refused at the call when it is no list of names', () => {
    const refused: [unknown, string][] = [
      ['n1', '"n1"'],
      [null, 'null'],
      [1, '1'],
      [true, 'boolean'],
      [{}, 'object'],
      [() => [], 'function'],
      [[1], '1'],
      [['n1', { name: 'n2' }], 'object'],
      [[undefined], 'undefined'],
      [new Map([['n1', {}]]), 'object'],
    ];
    for (const [expected, shown] of refused)
      expect(() => collectReplies({ expected } as { expected: string[] }), shown).toThrow(
        expect.objectContaining({
          name: 'InvalidArgumentError',
          message: `collectReplies: expected should be a list of names, not ${shown}`,
        }),
      );
  });

  it('is refused at the call when it is no limit', () => {
    for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number])
      expect(() => collectReplies({ limit })).toThrow(InvalidArgumentError);
  });
});
