import { EMPTY, map, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import {
  type Codec,
  decodePayload,
  InvalidArgumentError,
  json,
  type QueryEvent,
  type Received,
  SerfError,
  type UserEvent,
  utf8,
} from 'rxserf';
import { ack, failure, fakeSerf, memberEvent, queryEvent, response, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);

const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;
const undecodable = failure('payload-undecodable', { message: 'the codec could not decode the payload' });

/** What an agent has, for a client of bytes. */
const received = {
  a: userEvent('deploy', bytes('{"version":1}'), { ltime: 7, coalesce: true }),
  b: userEvent('deploy', bytes('{')),
  n: userEvent('deploy'),
  q: queryEvent('load', bytes('[1]'), { id: 9 }),
  r: response('n1', bytes('"fine"')),
  s: response('n1', bytes('?')),
  k: ack('n1'),
  m: memberEvent('member-join', 'n1'),
  g: gap,
};
/** The same, decoded as JSON. */
const decoded = {
  ...received,
  a: userEvent('deploy', { version: 1 }, { ltime: 7, coalesce: true }),
  b: { ...userEvent('deploy', undefined), payloadError: undecodable, rawPayload: bytes('{') },
  n: userEvent('deploy', undefined),
  q: { ...queryEvent('load', [1], { id: 9 }), respond: expect.any(Function) },
  r: response('n1', 'fine'),
  s: { ...response('n1', undefined), payloadError: undecodable, rawPayload: bytes('?') },
};

/** The one value of a stream. */
function only<T>(source: Observable<T>): T {
  let last: T | undefined;
  source.subscribe((value) => (last = value));
  return last as T;
}

describe('decodePayload()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--m--|';
    const expected = '--x--y--m--|';

    const values = { x: decoded.a, y: decoded.b, m: received.m };
    expectObservable(cold(source, received).pipe(decodePayload(json()))).toBe(expected, values);
  });

  marbles('decodes queries and responses too, and nothing else', ({ cold, expectObservable }) => {
    const source = '  -a-q-r-s-n-(kmg)-|';
    const expected = '-a-q-r-s-n-(kmg)-|';

    const source$: Observable<Received<Uint8Array>> = cold(source, received);
    expectObservable(source$.pipe(decodePayload(json()))).toBe(expected, decoded);
  });

  it('passes what carries no payload as it is, the same object', () => {
    for (const value of [received.m, received.g, received.k])
      expect(only(of<Received<Uint8Array>>(value).pipe(decodePayload(json())))).toBe(value);
  });

  it('changes no event', () => {
    const event = Object.freeze(userEvent('deploy', bytes('1')));
    expect(only(of(event).pipe(decodePayload(json())))).toEqual(userEvent('deploy', 1));
    expect(event).toEqual(userEvent('deploy', bytes('1')));
  });

  it("has the codec's error as the cause of its own", () => {
    const codec: Codec<number> = {
      encode: () => bytes(''),
      decode: () => {
        throw bug;
      },
    };
    const { payloadError } = only(of(received.a).pipe(decodePayload(codec)));

    expect(payloadError).toBeInstanceOf(SerfError);
    expect(payloadError?.cause).toBe(bug);
  });

  it('leaves alone what has failed before', () => {
    const before = new SerfError('payload-undecodable', 'not deflated');
    const event = {
      ...userEvent('deploy'),
      payload: undefined,
      payloadError: before,
      rawPayload: bytes('!'),
    };
    const given = only(of(event as unknown as UserEvent).pipe(decodePayload(json())));

    expect(given).toEqual(event);
    expect(given.payloadError).toBe(before);
  });

  marbles('never, and empty', ({ expectObservable }) => {
    expectObservable(NEVER.pipe(decodePayload(json()))).toBe('-');
    expectObservable(EMPTY.pipe(decodePayload(json()))).toBe('|');
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    const source = '  -a-#';
    const expected = '-a-#';

    const decoded$ = cold(source, { a: received.a }, bug).pipe(decodePayload(json()));
    expectObservable(decoded$).toBe(expected, decoded, bug);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a---b---';
    const sub = '     ^--!     ';
    const expected = '-a--     ';

    const source$ = cold(source, received);
    expectObservable(source$.pipe(decodePayload(json())), sub).toBe(expected, decoded);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   -a-b---a----';
    const sub1 = '     ^---!       ';
    const sub2 = '     --^         ';
    const expected1 = '-a-b-       ';
    const expected2 = '---b---a----';

    const decoded$ = hot(source, received).pipe(decodePayload(json()));
    expectObservable(decoded$, sub1).toBe(expected1, decoded);
    expectObservable(decoded$, sub2).toBe(expected2, decoded);
  });
});

describe('onError', () => {
  marbles('takes what does not decode, as it came', ({ cold, expectObservable }) => {
    const source = '  -a-b-s-m-|';
    const failing = ' ---b-s----';
    const expected = '-a-----m-|';

    const failures = new Subject<unknown>();
    const source$: Observable<Received<Uint8Array>> = cold(source, received);
    const onError = (error: SerfError, value: unknown) => failures.next({ error, value });
    expectObservable(failures).toBe(failing, {
      b: { error: undecodable, value: received.b },
      s: { error: undecodable, value: received.s },
    });
    expectObservable(source$.pipe(decodePayload(json(), { onError }))).toBe(expected, decoded);
  });

  marbles('ends the stream with what it throws', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a-b-a-|';
    const taken = '   ^--!    ';
    const expected = '-a-#    ';

    const source$ = cold(source, received);
    const onError = () => {
      throw bug;
    };
    expectObservable(source$.pipe(decodePayload(json(), { onError }))).toBe(expected, decoded, bug);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  it('takes what has failed before, too', () => {
    const before = new SerfError('payload-undecodable', 'not deflated');
    const event = { ...userEvent('deploy'), payloadError: before };
    const told: unknown[] = [];
    of(event)
      .pipe(decodePayload(json(), { onError: (...args) => told.push(args) }))
      .subscribe((value) => told.push(value));

    expect(told).toEqual([[before, event]]);
  });
});

describe('a query', () => {
  /** A query of bytes, with a JSON codec on top, and how it was answered in bytes. */
  function asked(answer$: Observable<void> = of(undefined)) {
    const answers: (Uint8Array | undefined)[] = [];
    const respond = (payload?: Uint8Array) => {
      answers.push(payload);
      return answer$;
    };
    const query: QueryEvent = { ...received.q, respond };
    return { answers, query: only(of(query).pipe(decodePayload(json<unknown>()))) };
  }

  it('is answered with what the codec encodes', () => {
    const { answers, query } = asked();
    query.respond({ load: 0.5 });
    query.respond(null);
    query.respond();
    query.respond(undefined);

    expect(answers).toEqual([bytes('{"load":0.5}'), bytes('null'), undefined, undefined]);
  });

  marbles('tells how its answer was taken', ({ expectObservable }) => {
    const refused = new SerfError('deadline-passed', 'too late');
    expectObservable(asked().query.respond(1)).toBe('(u|)', { u: undefined });
    expectObservable(asked(throwError(() => refused)).query.respond(1)).toBe('#', undefined, refused);
  });

  it('refuses at the call what the codec cannot encode', () => {
    const { answers, query } = asked();

    expect(() => query.respond(() => {})).toThrow(InvalidArgumentError);
    expect(() => query.respond(1n)).toThrow(
      expect.objectContaining({
        code: 'invalid-payload',
        command: 'respond',
        message: expect.stringMatching(/^the codec cannot encode this payload: .*BigInt/),
        cause: expect.any(TypeError),
      }),
    );
    expect(answers).toEqual([]);
  });

  it('refuses what the codec encodes to no bytes', () => {
    const codec = { encode: () => 'text', decode: () => 'text' } as unknown as Codec<string>;
    const query = only(of(received.q).pipe(decodePayload(codec)));

    expect(() => query.respond('a')).toThrow(
      'the codec cannot encode this payload: encode gave no Uint8Array',
    );
  });

  it('goes back to the agent it came from', () => {
    const fake = fakeSerf();
    fake
      .stream('query')
      .pipe(decodePayload(utf8()))
      .subscribe((query) => query.respond(`${query.payload}!`).subscribe());
    fake.emit(queryEvent('load', bytes('how much')));

    expect(fake.requests.at(-1)).toEqual({ command: 'respond', id: 1, payload: bytes('how much!') });
  });
});

describe('what it is called with', () => {
  it('is refused at the call when it is no codec', () => {
    for (const bad of [undefined, null, json, {}, { decode: () => 1 }, { encode: () => bytes('') }])
      expect(() => decodePayload(bad as Codec<unknown>)).toThrow(
        expect.objectContaining({
          code: 'invalid-argument',
          message: expect.stringMatching(/^decodePayload: codec should be a codec, not /),
        }),
      );
  });

  it('is refused at the call when it is no handler', () => {
    const options = { onError: 'log' as unknown as () => void };
    expect(() => decodePayload(json(), options)).toThrow(
      'decodePayload: onError should be a function, not "log"',
    );
  });
});

it('decodes once for a value', () => {
  let times = 0;
  const counting: Codec<number> = { encode: () => bytes(''), decode: () => ++times };
  const payloads: number[] = [];
  of(received.a, received.a)
    .pipe(
      decodePayload(counting, { onError: () => {} }),
      map(({ payload }) => payload),
    )
    .subscribe((payload) => payloads.push(payload));

  expect(payloads).toEqual([1, 2]);
});
