import { defer, type Observable, of, throwError } from 'rxjs';
import { countOf, payloadBytes } from '../../arguments.ts';
import type { Codec } from '../../codec.ts';
import { AgentError } from '../../errors.ts';
import type { AskedQuery } from './asked-queries.ts';
import type { FakeAgent } from './fake-agent.ts';
import { calling } from './fake-call.ts';
import { FakeQuestion } from './fake-question.ts';
import { request } from './requests.ts';

/** An answer to a query, as somebody gives it. */
export interface Answering<T> {
  readonly id: number;
  readonly payload: T | undefined;
  readonly codec: Codec<T>;
  /** How long to wait, in ms. */
  readonly timeout: number;
  /** The query itself, where it is known; else that with the id. */
  readonly query?: AskedQuery;
}

/** Answers a query; where the test sets no answer to `respond`, the agent takes one answer to each query it has asked. */
export function answering<T>(
  agent: FakeAgent,
  { id, payload, codec, timeout, query }: Answering<T>,
): Observable<void> {
  const asked = request('respond', {
    id: countOf('respond', 'the id', id, Number.MAX_SAFE_INTEGER),
    payload,
  });
  payloadBytes('respond', codec, payload, Number.POSITIVE_INFINITY);
  const answer$ = calling<void>(agent, timeout, (subscriber) => {
    const question = new FakeQuestion<void>(agent, asked, subscriber);
    question.fallback = () => take(agent, query ?? agent.queries.get(id));
    return question;
  });
  return defer(() => (query?.gone ? throwError(() => agent.lost('respond', 'not-sent')) : answer$));
}

/** As an agent takes answers, and with its texts for those that it does not. */
function take({ address }: FakeAgent, query: AskedQuery | undefined): Observable<unknown> {
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
