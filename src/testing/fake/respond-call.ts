import { defer, type Observable, of, throwError } from 'rxjs';
import { countOf, payloadBytes } from '../../arguments.ts';
import type { Codec } from '../../codec.ts';
import { AgentError } from '../../errors.ts';
import type { EmittedQuery } from './emitted-queries.ts';
import type { FakeAgent } from './fake-agent.ts';
import { calling } from './fake-call.ts';
import { RequestCall } from './request-call.ts';
import { request } from './requests.ts';

/** A response to a query. */
export interface RespondArguments<T> {
  readonly id: number;
  readonly payload: T | undefined;
  readonly codec: Codec<T>;
  /** How long to wait until the agent takes it, in ms. */
  readonly timeout: number;
  /** The query itself, where it is known; else the one with the id. */
  readonly query?: EmittedQuery;
}

/** A call of `respond`. Where the test sets no answer to it, the agent takes one response to each query that was emitted. */
export function respondCall<T>(
  agent: FakeAgent,
  { id, payload, codec, timeout, query }: RespondArguments<T>,
): Observable<void> {
  const asked = request('respond', {
    id: countOf('respond', 'the id', id, Number.MAX_SAFE_INTEGER),
    payload,
  });
  payloadBytes('respond', codec, payload, Number.POSITIVE_INFINITY);
  const answer$ = calling<void>(agent, timeout, (subscriber) => {
    const call = new RequestCall<void>(agent, asked, subscriber);
    call.fallback = () => take(agent, query ?? agent.queries.get(id));
    return call;
  });
  return defer(() => (query?.gone ? throwError(() => agent.lost('respond', 'not-sent')) : answer$));
}

/** Takes a response as an agent does, and refuses with its texts. */
function take({ address }: FakeAgent, query: EmittedQuery | undefined): Observable<unknown> {
  if (query && !query.answered) {
    query.answered = true;
    return of(undefined);
  }
  const context = { command: 'respond', address };
  return throwError(() =>
    query
      ? new AgentError('already-answered', 'failed to respond to key query: response already sent', context)
      : new AgentError('unknown-query', 'No pending queries matching ID', context),
  );
}
