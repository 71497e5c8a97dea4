import { from, map, Subject, take } from 'rxjs';
import {
  dedupeEvents,
  InvalidArgumentError,
  type SerfEvent,
  type StandardSchema,
  type UserEvent,
  validatePayload,
} from 'rxserf';
import { memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const deploy = (ltime: number | bigint, payload: unknown = bytes(1)) =>
  userEvent('deploy', payload, { ltime });

const events = {
  a: deploy(1),
  b: deploy(2),
  c: deploy(3),
  d: deploy(4),
  q: queryEvent('load'),
  m: memberEvent('member-join', 'n1'),
  g: { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 } as const,
};

/** How many of these events pass. */
function passed(...given: SerfEvent<unknown>[]): number {
  let count = 0;
  from(given)
    .pipe(dedupeEvents())
    .subscribe(() => count++);
  return count;
}

describe('dedupeEvents()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a-b-a-q-q-c-b-|';
    const expected = '--a-b---q-q-c---|';

    expectObservable(cold(source, events).pipe(dedupeEvents())).toBe(expected, events);
  });

  marbles('passes equal events once, whatever objects they are', ({ cold, expectObservable }) => {
    const source = '  --a-b-|';
    const expected = '--a---|';

    const values = { a: deploy(1), b: deploy(1) };
    expectObservable(cold(source, values).pipe(dedupeEvents())).toBe(expected, values);
  });

  marbles('passes all that is no user event', ({ cold, expectObservable }) => {
    const source = '  --q-q-m-m-g-g-|';

    expectObservable(cold(source, events).pipe(dedupeEvents())).toBe(source, events);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';

    expectObservable(cold(source, events).pipe(dedupeEvents())).toBe(source);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|    ';
    const failing = '  --a-a-#';
    const expected1 = '--|    ';
    const expected2 = '--a---#';

    expectObservable(cold(empty, events).pipe(dedupeEvents())).toBe(expected1);
    expectObservable(cold(failing, events).pipe(dedupeEvents())).toBe(expected2, events);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b---';
    const sub = '     ^--!    ';
    const expected = '--a-    ';

    const source$ = cold(source, events);
    expectObservable(source$.pipe(dedupeEvents()), sub).toBe(expected, events);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('remembers nothing of another subscription', ({ hot, expectObservable }) => {
    const source = '   --a-a-b-a-b-|';
    const sub1 = '     ^            ';
    const sub2 = '     -----^       ';
    const expected1 = '--a---b-----|';
    const expected2 = '------b-a---|';

    const events$ = hot(source, events).pipe(dedupeEvents());
    expectObservable(events$, sub1).toBe(expected1, events);
    expectObservable(events$, sub2).toBe(expected2, events);
  });

  it('may be fed by who hears it', () => {
    const source = new Subject<UserEvent<unknown>>();
    const seen: unknown[] = [];
    source.pipe(dedupeEvents()).subscribe(({ ltime }) => {
      seen.push(ltime);
      source.next(deploy(1));
      if (ltime === 1) source.next(deploy(2));
    });
    source.next(deploy(1));

    expect(seen).toEqual([1, 2]);
  });
});

describe('the window', () => {
  marbles(
    'is how many events are remembered, those not seen for longest first',
    ({ cold, expectObservable }) => {
      // c makes b forgotten, for a has been seen since; then b makes a forgotten, c being newer.
      const source = '  --a-b-a-c-a-b-c-d-a-|';
      const expected = '--a-b---c---b-c-d-a-|';

      expectObservable(cold(source, events).pipe(dedupeEvents({ window: 2 }))).toBe(expected, events);
    },
  );

  marbles('may be one event', ({ cold, expectObservable }) => {
    const source = '  --aabbaab-|';
    const expected = '--a-b-a-b-|';

    expectObservable(cold(source, events).pipe(dedupeEvents({ window: 1 }))).toBe(expected, events);
  });

  it('is 4,096 events by default', () => {
    const many = Array.from({ length: 4_096 }, (_, index) => deploy(index + 2));
    const replayed = (between: UserEvent<unknown>[]) => {
      const seen: unknown[] = [];
      from([deploy(1), ...between, deploy(1)])
        .pipe(
          dedupeEvents(),
          map(({ ltime }) => ltime),
        )
        .subscribe((ltime) => seen.push(ltime));
      return seen.slice(-1);
    };

    expect(replayed(many.slice(1))).toEqual([4_097]);
    expect(replayed(many)).toEqual([1]);
  });

  for (const window of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
    it(`of ${JSON.stringify(window)} (${typeof window}) is refused at the call`, () => {
      expect(() => dedupeEvents({ window })).toThrow(InvalidArgumentError);
      expect(() => dedupeEvents({ window })).toThrow(
        /^dedupeEvents: window should be a positive integer, not /,
      );
    });
  }
});

describe('an event is another one', () => {
  it('by its name, Lamport time or payload', () => {
    const all = [
      deploy(1),
      deploy(2),
      deploy(2n ** 63n),
      deploy(2n ** 63n + 1n),
      deploy(1, bytes(1, 2)),
      deploy(1, bytes(2)),
      deploy(1, bytes()),
      userEvent('rollback', bytes(1), { ltime: 1 }),
    ];

    expect(passed(...all, ...all)).toBe(all.length);
  });

  it('not by what its name and payload could be mistaken for, together', () => {
    const all = [
      userEvent('a', 'b1', { ltime: 1 }),
      userEvent('ab', '1', { ltime: 1 }),
      userEvent('a1', 'b', { ltime: 1 }),
      userEvent('a', 'b', { ltime: 11 }),
      userEvent('1:a', '', { ltime: 1 }),
      userEvent('', '1:a', { ltime: 1 }),
      userEvent('__proto__', 'b', { ltime: 1 }),
    ];

    expect(passed(...all, ...all)).toBe(all.length);
  });

  it('by its bytes, where its payload did not decode', () => {
    const undecodable = (rawPayload: Uint8Array) =>
      userEvent<unknown>('deploy', undefined, { ltime: 1, rawPayload });
    const empty = userEvent<unknown>('deploy', undefined, { ltime: 1 });
    const all = [undecodable(bytes(1)), undecodable(bytes(2)), empty, deploy(1, bytes(1))];

    expect(passed(...all, ...all)).toBe(all.length);
  });

  it('not by whether agents may coalesce it', () => {
    expect(passed(deploy(1), { ...deploy(1), coalesce: true })).toBe(1);
  });

  it('always, when its payload cannot be compared: nothing is lost', () => {
    const payload = () => 'a function';

    expect(passed(deploy(1, payload), deploy(1, payload))).toBe(2);
  });

  it('always, when its payload did not fit a schema, and is not there any more', () => {
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    } as const satisfies StandardSchema;
    const seen: unknown[] = [];
    from([deploy(1, 'a'), deploy(1, 'b')])
      .pipe(validatePayload(schema), dedupeEvents())
      .subscribe(({ payloadError }) => seen.push(payloadError?.code));

    expect(seen).toEqual(['payload-invalid', 'payload-invalid']);
  });
});

describe('a source that gives all at once', () => {
  it('may be left', () => {
    const seen: unknown[] = [];
    from([deploy(1), deploy(1), deploy(2), deploy(3)])
      .pipe(dedupeEvents(), take(2))
      .subscribe(({ ltime }) => seen.push(ltime));

    expect(seen).toEqual([1, 2]);
  });
});
