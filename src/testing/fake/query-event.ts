import type { Observable } from 'rxjs';
import type { QueryEvent } from '../../model.ts';
import { payloadOf } from '../builders.ts';
import { SerfTestError } from '../serf-test-error.ts';

type Responder = (payload: unknown) => Observable<void>;

/** Who takes an event's answers: the fake that emitted it last. By the event's own function, which copies share. */
const responders = new WeakMap<Responder, Responder>();

/**
 * A query that waits for an answer, with zero bytes as its payload where none is given. Its `respond` works once a fake
 * has emitted it. Where a story expects such a query, its `respond` stands for any function: a codec gives each query one of
 * its own.
 *
 * `payload` is as the codec would give it, no bytes where there is none. Of the overrides, `id` and `ltime` are 1 both; give each query
 * its own id where `serf.respond(id)` answers several.
 *
 * @example
 * ```ts
 * import { respondWith, utf8 } from 'rxserf';
 * import { fakeSerf, queryEvent } from 'rxserf/testing';
 *
 * const fake = fakeSerf({ codec: utf8() });
 * fake.stream('query:load').pipe(respondWith(() => '0.42')).subscribe();
 * fake.emit(queryEvent('load', ''));
 * console.log(fake.requests.at(-1)); // { command: 'respond', id: 1, payload: '0.42' }
 * ```
 */
export function queryEvent(name: string): QueryEvent;
export function queryEvent<P>(
  name: string,
  payload: P,
  overrides?: Partial<Pick<QueryEvent<P>, 'id' | 'ltime' | 'payloadError' | 'rawPayload'>>,
): QueryEvent<P>;
export function queryEvent(
  name: string,
  ...rest: [] | [payload: unknown, overrides?: object | undefined]
): QueryEvent<unknown> {
  const respond: Responder = (answer) => {
    const responder = responders.get(respond);
    if (responder) return responder(answer);
    throw new SerfTestError(
      `the query ${JSON.stringify(name)} has no agent to answer to: emit it through a fake`,
    );
  };
  // To be compared with a query of a stream that has a codec, which makes a function of its own for each.
  Object.defineProperty(respond, 'asymmetricMatch', {
    value: (other: unknown) => typeof other === 'function',
  });
  return { event: 'query', id: 1, name, ltime: 1, payload: payloadOf(rest), ...rest[1], respond };
}

/** Has an event's answers taken by `responder` from now on. */
export function bindQuery(event: QueryEvent<unknown>, responder: Responder): void {
  responders.set(event.respond, responder);
}
