import type { Observable } from 'rxjs';
import {
  type BatchOutcome,
  type HandlersFor,
  type JsonRpcSession,
  jsonRpc,
  newline,
  textFrames,
} from 'rxserf/jsonrpc';
import { pipe } from 'rxserf/socket';
import { expectTypeOf, test } from 'vitest';

interface Calculator {
  sum(...numbers: number[]): number;
  sub(params: { a: number; b?: number }): Promise<number>;
  ticks(): Observable<string>;
  /** No method. */
  version: string;
}

const session = jsonRpc<Calculator>(pipe()[0]);

test('a typed session: names, parameters and results', () => {
  expectTypeOf(session.request('sum', [1, 2])).toEqualTypeOf<Observable<number>>();
  expectTypeOf(session.request('sub', { a: 1 })).toEqualTypeOf<Observable<number>>();
  expectTypeOf(session.request('sub', [{ a: 1 }])).toEqualTypeOf<Observable<number>>();
  expectTypeOf(session.request('ticks')).toEqualTypeOf<Observable<string>>();
  expectTypeOf(session.notify('sum', [1])).toEqualTypeOf<Observable<void>>();
  expectTypeOf(session.api.sum(1, 2)).toEqualTypeOf<Observable<number>>();
  expectTypeOf(session.api.ticks()).toEqualTypeOf<Observable<string>>();
  // @ts-expect-error: no such method
  session.request('product', [1]);
  // @ts-expect-error: a property is no method
  session.request('version');
  // @ts-expect-error: a text is no number
  session.request('sum', ['1']);
  // @ts-expect-error: it needs one
  session.request('sub');
  // @ts-expect-error: no such argument
  session.request('sub', { a: 1, c: 1 });
  // @ts-expect-error: no such method
  session.api.product(1);
});

test('a batch has its outcomes in the places of its members', () => {
  const outcomes$ = session.batch((b) => [b.request('sum', [1]), b.notify('ticks'), b.request('ticks')]);
  expectTypeOf(outcomes$).toEqualTypeOf<
    Observable<readonly [BatchOutcome<number>, BatchOutcome<undefined>, BatchOutcome<string>]>
  >();
});

test('without an interface', () => {
  const untyped = jsonRpc(pipe()[0], { framer: newline() });
  expectTypeOf(untyped).toEqualTypeOf<JsonRpcSession>();
  expectTypeOf(untyped.request<number>('anything', { a: 1 })).toEqualTypeOf<Observable<number>>();
  expectTypeOf(untyped.request('anything')).toEqualTypeOf<Observable<unknown>>();
});

test('a socket of texts needs a framer of texts', () => {
  jsonRpc(pipe<string>()[0], { framer: textFrames() });
  // @ts-expect-error: messages are lines of bytes by default
  jsonRpc(pipe<string>()[0]);
  // @ts-expect-error: texts in a socket of bytes
  jsonRpc(pipe()[0], { framer: textFrames() });
});

test('handlers of an interface', () => {
  const handlers: HandlersFor<Calculator> = {
    sum: (...numbers) => numbers.length,
    sub: async ({ a, b = 0 }) => a - b,
    ticks: () => 'tick',
  };
  expectTypeOf(handlers.sum).parameters.toEqualTypeOf<number[]>();
  // @ts-expect-error: it answers a number
  handlers.sum satisfies () => string;
});
