import { filter, map, type Observable, of, pipe } from 'rxjs';
import {
  type Codec,
  connect,
  decodePayload,
  hasPayloadError,
  json,
  type MemberEvent,
  type MemberEventType,
  named,
  ofEvent,
  payloads,
  type QueryAck,
  type QueryEvent,
  type QueryResponse,
  type SerfError,
  type SerfErrorCode,
  type SerfEvent,
  type StandardSchema,
  type StreamGap,
  type UserEvent,
  utf8,
  type ValidatedQuery,
  validatePayload,
} from 'rxserf';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

interface Deploy {
  readonly version: string;
}

const client = connect();
const deploys = connect('agent', { codec: json<Deploy>() });
const untyped = connect('agent', { codec: json() });
/** One that says that it gives a Date, always. */
const dates = {} as Codec<Date>;
const onError = () => {};

type MemberEvents = { [T in MemberEventType]: MemberEvent<T> }[MemberEventType];

/** The official interface, as the specification has it to be copied. */
interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': StandardSchemaV1.Props<Input, Output>;
}
declare namespace StandardSchemaV1 {
  interface Props<Input = unknown, Output = Input> {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
      options?: { readonly libraryOptions?: Record<string, unknown> | undefined } | undefined,
    ) => Result<Output> | Promise<Result<Output>>;
    readonly types?: Types<Input, Output> | undefined;
  }
  type Result<Output> = SuccessResult<Output> | FailureResult;
  interface SuccessResult<Output> {
    readonly value: Output;
    readonly issues?: undefined;
  }
  interface FailureResult {
    readonly issues: ReadonlyArray<Issue>;
  }
  interface Issue {
    readonly message: string;
    readonly path?: ReadonlyArray<PropertyKey | PathSegment> | undefined;
  }
  interface PathSegment {
    readonly key: PropertyKey;
  }
  interface Types<Input = unknown, Output = Input> {
    readonly input: Input;
    readonly output: Output;
  }
}

/** From a text to a number, as libraries type it. */
const official = {} as StandardSchemaV1<string, number>;
const deploy = {} as StandardSchema<unknown, Deploy>;

describe('decodePayload', () => {
  test('gives values in place of bytes', () => {
    expectTypeOf(client.stream('user').pipe(decodePayload(utf8()))).toEqualTypeOf<
      Observable<UserEvent<string | undefined>>
    >();
    expectTypeOf(client.stream('query:load').pipe(decodePayload(json<Deploy>()))).toEqualTypeOf<
      Observable<QueryEvent<Deploy | undefined>>
    >();
    client
      .stream('user:deploy')
      .pipe(
        decodePayload(json<Deploy>()),
        map(({ payload }) => payload),
      )
      .subscribe((payload) => expectTypeOf(payload).toEqualTypeOf<Deploy | undefined>());
  });

  test('leaves alone what carries no payload', () => {
    expectTypeOf(client.stream('*').pipe(decodePayload(utf8()))).toEqualTypeOf<
      Observable<MemberEvents | UserEvent<string | undefined> | QueryEvent<string | undefined>>
    >();
    expectTypeOf(client.stream('*').pipe(decodePayload(utf8()))).toEqualTypeOf<
      Observable<SerfEvent<string | undefined>>
    >();
    expectTypeOf(client.stream('user,member-join', { gaps: true }).pipe(decodePayload(utf8()))).toEqualTypeOf<
      Observable<UserEvent<string | undefined> | MemberEvent<'member-join'> | StreamGap>
    >();
    expectTypeOf(client.query('load').pipe(decodePayload(utf8()))).toEqualTypeOf<
      Observable<QueryAck | QueryResponse<string | undefined>>
    >();
    expectTypeOf(client.stream('member-join').pipe(decodePayload(utf8()))).toEqualTypeOf<
      Observable<MemberEvent<'member-join'>>
    >();
  });

  test('may be undefined where a payload may fail, unless failures go elsewhere', () => {
    expectTypeOf(client.stream('user').pipe(decodePayload(dates))).toEqualTypeOf<
      Observable<UserEvent<Date | undefined>>
    >();
    expectTypeOf(client.stream('user').pipe(decodePayload(dates, {}))).toEqualTypeOf<
      Observable<UserEvent<Date | undefined>>
    >();
    expectTypeOf(client.stream('user').pipe(decodePayload(dates, { onError }))).toEqualTypeOf<
      Observable<UserEvent<Date>>
    >();
  });

  test("tells the handler which of the stream's values", () => {
    client.stream('user').pipe(
      decodePayload(utf8(), {
        onError: (error, event) => {
          expectTypeOf(error).toEqualTypeOf<SerfError>();
          expectTypeOf(event).toEqualTypeOf<UserEvent>();
        },
      }),
    );
    client.query('load').pipe(
      decodePayload(utf8(), {
        onError: (_, reply) => expectTypeOf(reply).toEqualTypeOf<QueryResponse>(),
      }),
    );
  });

  test('is one of many', () => {
    const deploys$ = client.stream('*').pipe(
      named('deploy'),
      ofEvent('user'),
      decodePayload(json<Deploy>(), { onError }),
      map((event) => event.payload?.version),
    );
    expectTypeOf(deploys$).toEqualTypeOf<Observable<string | undefined>>();
  });

  test("answers with the codec's values", () => {
    client
      .stream('query')
      .pipe(decodePayload(json<Deploy>()))
      .subscribe((query) => {
        query.respond({ version: '1' });
        query.respond();
        // @ts-expect-error bytes no more
        query.respond(new Uint8Array(0));
      });
  });

  test('takes bytes, and a codec', () => {
    // @ts-expect-error decoded already
    deploys.stream('user').pipe(decodePayload(utf8()));
    // @ts-expect-error no events
    of(1).pipe(decodePayload(utf8()));
    // @ts-expect-error no codec
    client.stream('user').pipe(decodePayload());
    // @ts-expect-error no such option
    client.stream('user').pipe(decodePayload(utf8(), { onerror: onError }));
  });
});

describe('payloads', () => {
  test('of whatever has one', () => {
    expectTypeOf(client.stream('user').pipe(payloads())).toEqualTypeOf<Observable<Uint8Array>>();
    expectTypeOf(deploys.stream('*').pipe(payloads())).toEqualTypeOf<Observable<Deploy | undefined>>();
    expectTypeOf(deploys.query('q').pipe(payloads())).toEqualTypeOf<Observable<Deploy | undefined>>();
    expectTypeOf(untyped.stream('user').pipe(payloads())).toEqualTypeOf<Observable<unknown>>();
    expectTypeOf(client.stream('member-join').pipe(payloads())).toEqualTypeOf<Observable<never>>();
  });

  test('behind others, whole or in pieces', () => {
    const versions$ = client.stream('*').pipe(
      decodePayload(json<Deploy>()),
      payloads({
        onError: (_, event) =>
          expectTypeOf(event).toEqualTypeOf<UserEvent<Deploy | undefined> | QueryEvent<Deploy | undefined>>(),
      }),
      map((payload) => payload?.version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string | undefined>>();
    const texts = pipe(decodePayload<string | undefined, UserEvent>(utf8()), payloads());
    expectTypeOf(client.stream('user').pipe(texts)).toEqualTypeOf<Observable<string | undefined>>();
    expectTypeOf(client.stream('user').pipe(decodePayload(dates, { onError }), payloads())).toEqualTypeOf<
      Observable<Date>
    >();
  });

  test('of things that can have one', () => {
    // @ts-expect-error no events
    client.members().pipe(payloads());
    // @ts-expect-error no handler
    client.stream('user').pipe(payloads({ onError: 1 }));
  });
});

describe('validatePayload', () => {
  test("gives the schema's output", () => {
    expectTypeOf(untyped.stream('user').pipe(validatePayload(deploy, { onError }))).toEqualTypeOf<
      Observable<UserEvent<Deploy>>
    >();
    expectTypeOf(untyped.stream('user').pipe(validatePayload(deploy))).toEqualTypeOf<
      Observable<UserEvent<Deploy | undefined>>
    >();
    expectTypeOf(untyped.query('q').pipe(validatePayload(deploy))).toEqualTypeOf<
      Observable<QueryAck | QueryResponse<Deploy | undefined>>
    >();
    const versions$ = client.stream('user').pipe(
      decodePayload(json()),
      validatePayload(deploy, { onError, capacity: 10 }),
      payloads(),
      map(({ version }) => version),
    );
    expectTypeOf(versions$).toEqualTypeOf<Observable<string>>();
  });

  test('takes a schema that is typed as libraries do', () => {
    expectTypeOf(untyped.stream('user').pipe(validatePayload(official, { onError }))).toEqualTypeOf<
      Observable<UserEvent<number>>
    >();
    expectTypeOf(official).toExtend<StandardSchema<string, number>>();
    expectTypeOf<StandardSchema<string, number>>().toExtend<StandardSchemaV1<string, number>>();
    // arktype's are functions
    const callable = {} as StandardSchemaV1<unknown, Deploy> & ((value: unknown) => Deploy);
    expectTypeOf(untyped.stream('user').pipe(validatePayload(callable, { onError }))).toEqualTypeOf<
      Observable<UserEvent<Deploy>>
    >();
  });

  test('leaves alone how a query is answered', () => {
    const queries$ = deploys.stream('query').pipe(validatePayload(official, { onError }));
    expectTypeOf(queries$).toEqualTypeOf<Observable<ValidatedQuery<number, Deploy>>>();
    queries$.subscribe((query) => {
      expectTypeOf(query.payload).toEqualTypeOf<number>();
      expectTypeOf(query.respond).parameters.toEqualTypeOf<[payload?: Deploy | undefined]>();
      // @ts-expect-error asked with a number, answered with a Deploy
      query.respond(1);
    });
  });

  test("tells the handler which of the stream's values", () => {
    deploys.stream('user,member-join').pipe(
      validatePayload(deploy, {
        onError: (error, event) => {
          expectTypeOf(error).toEqualTypeOf<SerfError>();
          expectTypeOf(event).toEqualTypeOf<UserEvent<Deploy | undefined>>();
        },
      }),
    );
  });

  test('takes events, and a schema', () => {
    // @ts-expect-error no schema
    client.stream('user').pipe(validatePayload((value: unknown) => value));
    // @ts-expect-error no events
    client.members().pipe(validatePayload(deploy));
    // @ts-expect-error of a later version of the standard
    client.stream('user').pipe(validatePayload({ '~standard': { ...deploy['~standard'], version: 2 } }));
  });
});

describe('hasPayloadError', () => {
  test('narrows, as a filter and as a condition', () => {
    deploys
      .stream('*')
      .pipe(filter(hasPayloadError))
      .subscribe((failed) => {
        expectTypeOf(failed.payloadError).toEqualTypeOf<SerfError>();
        expectTypeOf(failed.event).toEqualTypeOf<'user' | 'query'>();
        expectTypeOf(failed.name).toEqualTypeOf<string>();
        expectTypeOf(failed.rawPayload).toEqualTypeOf<Uint8Array | undefined>();
      });
    deploys.query('load').subscribe((reply) => {
      if (hasPayloadError(reply)) expectTypeOf(reply.payloadError.code).toEqualTypeOf<SerfErrorCode>();
      // @ts-expect-error an ack has none
      else reply.payload;
    });
    // @ts-expect-error members have no payloads
    client.members().pipe(filter(hasPayloadError));
  });
});
