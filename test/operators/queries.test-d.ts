import { map, NEVER, type Observable, of } from 'rxjs';
import {
  acks,
  type CollectedReplies,
  collectReplies,
  connect,
  decodePayload,
  firstResponse,
  fromNode,
  json,
  type QueryAck,
  type QueryEvent,
  type QueryResponse,
  respondWith,
  responses,
  type StandardSchema,
  utf8,
  type ValidatedQuery,
  validatePayload,
} from 'rxserf';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Load {
  readonly load: number;
}

const client = connect();
const loads = connect('agent', { codec: json<Load>() });
const untyped = connect('agent', { codec: json() });
const texts = connect('agent', { codec: utf8() });

describe('acks, responses, firstResponse', () => {
  test('narrow', () => {
    expectTypeOf(loads.query('q').pipe(acks())).toEqualTypeOf<Observable<QueryAck>>();
    expectTypeOf(loads.query('q').pipe(responses())).toEqualTypeOf<
      Observable<QueryResponse<Load | undefined>>
    >();
    expectTypeOf(loads.query('q').pipe(firstResponse())).toEqualTypeOf<
      Observable<QueryResponse<Load | undefined>>
    >();
    expectTypeOf(client.query('q').pipe(responses())).toEqualTypeOf<Observable<QueryResponse>>();
  });

  test('among others', () => {
    const loads$ = client.query('q').pipe(
      fromNode('n1'),
      decodePayload(json<Load>()),
      responses(),
      map(({ payload }) => payload?.load),
    );
    expectTypeOf(loads$).toEqualTypeOf<Observable<number | undefined>>();
  });

  test('take replies', () => {
    // @ts-expect-error events
    client.stream('query').pipe(acks());
    // @ts-expect-error
    client.stream('query').pipe(responses());
    // @ts-expect-error
    client.members().pipe(firstResponse());
  });
});

describe('collectReplies', () => {
  test('has `silent` where nodes are expected', () => {
    expectTypeOf(client.query('q').pipe(collectReplies({ expected: ['n1'] }))).toEqualTypeOf<
      Observable<CollectedReplies & { readonly silent: readonly string[] }>
    >();
    loads
      .query('q')
      .pipe(collectReplies({ expected: new Set(['n1']).values(), limit: 3 }))
      .subscribe(({ acks, responses, silent }) => {
        expectTypeOf(acks).toEqualTypeOf<ReadonlySet<string>>();
        expectTypeOf(responses).toEqualTypeOf<ReadonlyMap<string, QueryResponse<Load | undefined>>>();
        expectTypeOf(silent).toEqualTypeOf<readonly string[]>();
      });
  });

  test('and not where they are not', () => {
    expectTypeOf(client.query('q').pipe(collectReplies())).toEqualTypeOf<Observable<CollectedReplies>>();
    expectTypeOf(client.query('q').pipe(collectReplies({ limit: 3 }))).toEqualTypeOf<
      Observable<CollectedReplies>
    >();
    client
      .query('q')
      .pipe(collectReplies())
      // @ts-expect-error nobody was expected
      .subscribe(({ silent }) => silent);
  });

  test('takes names', () => {
    client.members().subscribe((members) => {
      // @ts-expect-error members are no names
      client.query('q').pipe(collectReplies({ expected: members }));
    });
    // @ts-expect-error events
    client.stream('query').pipe(collectReplies());
  });
});

describe('respondWith', () => {
  test('passes on what it answers', () => {
    expectTypeOf(client.stream('query').pipe(respondWith(() => new Uint8Array(1)))).toEqualTypeOf<
      Observable<QueryEvent>
    >();
    expectTypeOf(loads.stream('query').pipe(respondWith(() => ({ load: 1 })))).toEqualTypeOf<
      Observable<QueryEvent<Load | undefined>>
    >();
  });

  test('tells the handler which query', () => {
    loads.stream('query').pipe(
      respondWith(
        (query) => {
          expectTypeOf(query).toEqualTypeOf<QueryEvent<Load | undefined>>();
          return query.payload;
        },
        {
          onError: (error, query) => {
            expectTypeOf(error).toEqualTypeOf<unknown>();
            expectTypeOf(query).toEqualTypeOf<QueryEvent<Load | undefined>>();
          },
        },
      ),
    );
  });

  test('answers now or later', () => {
    loads.stream('query').pipe(respondWith(async () => ({ load: 1 })));
    loads.stream('query').pipe(respondWith(() => of({ load: 1 })));
    loads.stream('query').pipe(respondWith(() => NEVER));
    loads.stream('query').pipe(respondWith(() => new Promise((resolve) => resolve({ load: 1 }))));
    loads.stream('query').pipe(respondWith(() => Promise.reject(new Error('no'))));
    loads.stream('query').pipe(respondWith(() => of(1).pipe(map((load) => ({ load })))));
    loads.stream('query').pipe(respondWith(() => undefined));
    loads.stream('query').pipe(respondWith(async () => {}));
    loads.stream('query').pipe(respondWith(() => {}));
    const log = (_: unknown) => {};
    const logged$ = loads.stream('query').pipe(
      respondWith((query) => {
        expectTypeOf(query).toEqualTypeOf<QueryEvent<Load | undefined>>();
        log(query);
      }),
    );
    expectTypeOf(logged$).toEqualTypeOf<Observable<QueryEvent<Load | undefined>>>();
    loads.stream('query').pipe(
      respondWith(({ name }) => {
        if (name === 'a') return;
        return { load: 1 };
      }),
    );
    loads.stream('query').pipe(respondWith(({ name }) => client.event(name)));
    loads.stream('query').pipe(respondWith((query) => (query.name === 'a' ? { load: 1 } : of({ load: 2 }))));
    texts.stream('query').pipe(respondWith(({ payload }) => `${payload}!`));
    untyped.stream('query').pipe(respondWith(() => [1, 2, 3]));
  });

  test("answers with what the query's codec takes", () => {
    // @ts-expect-error not a Load
    loads.stream('query').pipe(respondWith(() => 1));
    // @ts-expect-error
    loads.stream('query').pipe(respondWith(async () => 1));
    // @ts-expect-error
    loads.stream('query').pipe(respondWith(() => of(1)));
    // @ts-expect-error bytes, without a codec
    client.stream('query').pipe(respondWith(() => 'text'));
    client.stream('query').pipe(
      decodePayload(utf8()),
      respondWith(() => 'text'),
    );
    const queries$ = loads
      .stream('query')
      .pipe(validatePayload({} as StandardSchema<unknown, number>, { onError: () => {} }));
    expectTypeOf(queries$.pipe(respondWith(({ payload }) => ({ load: payload })))).toEqualTypeOf<
      Observable<ValidatedQuery<number, Load>>
    >();
    // @ts-expect-error asked with a number, answered with a Load
    queries$.pipe(respondWith(({ payload }) => payload));
  });

  test('takes queries only', () => {
    // @ts-expect-error
    client.stream('user').pipe(respondWith(() => undefined));
    // @ts-expect-error
    client.stream('*').pipe(respondWith(() => undefined));
    // @ts-expect-error
    client.stream('query', { gaps: true }).pipe(respondWith(() => undefined));
    // @ts-expect-error no such option
    client.stream('query').pipe(respondWith(() => undefined, { concurency: 1 }));
  });
});
