import { concat, EMPTY, Observable, type Subscriber } from 'rxjs';
import { queryOf } from '../../arguments.ts';
import type { Codec } from '../../codec.ts';
import type { SerfError } from '../../errors.ts';
import type { QueryReply } from '../../model.ts';
import { toQueryRecord } from '../../protocol/translate.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';
import type { Deadlines, Expiring } from '../../rpc/deadlines.ts';
import type { QueryOptions } from '../../serf.ts';
import type { ClientContext } from '../client-context.ts';
import { Call, type CallSession } from './call.ts';
import { errorOf } from './call-error.ts';
import { timedOut } from './unary-call.ts';

/** How long a query without a timeout of its own may take, in ms: far beyond the agent's default on any cluster. */
const LONGEST_DEFAULT = 120_000;
/** What the agent has, in ms, to say `done` after a query's deadline. */
const MARGIN = 10_000;
const NANOSECONDS = 1_000_000;

/** The request that a query is. */
export function queryBody<T>(
  context: ClientContext,
  name: string,
  payload: T | undefined,
  options: QueryOptions<T>,
): RequestBody<'query'> {
  const asked = queryOf(name, options);
  return {
    Name: asked.name,
    Payload: context.payload('query', context.codec(options.codec), payload),
    FilterNodes: asked.filterNodes,
    FilterTags: asked.filterTags,
    RequestAck: asked.requestAck,
    RelayFactor: asked.relayFactor,
    Timeout: Math.round(asked.timeout * NANOSECONDS),
  };
}

/** A query, until the agent says that it is over: each subscription sends it anew, once its patterns are known to be RE2. */
export function query<T>(
  context: ClientContext,
  body: RequestBody<'query'>,
  codec: Codec<T>,
  onAccepted: (() => void) | undefined,
): Observable<QueryReply<T>> {
  const { connections, deadlines, patterns } = context;
  const timeout = context.timeout('query', {});
  const query$ = new Observable<QueryReply<T>>((subscriber) => {
    const link = connections.lane('main');
    const querying = new QueryCall(body, {
      codec,
      subscriber,
      deadlines,
      timeout,
      onAccepted,
      duration: (body.Timeout === 0 ? LONGEST_DEFAULT : body.Timeout / NANOSECONDS) + MARGIN,
      onMalformed: (error) => context.malformed(body.Name, error),
    });
    link.call(querying);
    return () => {
      deadlines.delete(querying);
      link.cancel(querying);
    };
  });
  const check$ = patterns.check(body.FilterTags);
  // With nothing to find out, nothing in between: an operator costs each reply.
  return context.traced(check$ === EMPTY ? query$ : concat(check$, query$));
}

/** What a {@link QueryCall} is made of. */
interface QueryCallOptions<P> {
  readonly codec: Codec<P>;
  readonly subscriber: Subscriber<QueryReply<P>>;
  readonly deadlines: Deadlines;
  /** How long to wait for the agent's first response, in ms. */
  readonly timeout: number;
  /** How long to wait for the end after that, in ms: the agent's own deadline and a margin. */
  readonly duration: number;
  readonly onAccepted: (() => void) | undefined;
  readonly onMalformed: (error: SerfError) => void;
}

/** A query under way: replies until the agent says `done`. */
class QueryCall<P> extends Call<'query'> implements Expiring {
  readonly #options: QueryCallOptions<P>;
  deadline: number;
  sooner: Expiring | undefined;
  later: Expiring | undefined;

  constructor(body: RequestBody<'query'>, options: QueryCallOptions<P>) {
    super('query', body);
    this.#options = options;
    this.deadline = options.deadlines.now() + options.timeout;
    options.deadlines.add(this);
  }

  reply(): void {
    const { deadlines, duration, subscriber, onAccepted } = this.#options;
    deadlines.delete(this);
    this.deadline = deadlines.now() + duration;
    deadlines.add(this);
    try {
      onAccepted?.();
    } catch (error) {
      subscriber.error(error);
    }
  }

  override record(body: WireValue | undefined, session: CallSession): void {
    const { codec, subscriber, onMalformed } = this.#options;
    let record: ReturnType<typeof toQueryRecord<P>>;
    try {
      record = toQueryRecord(body, codec);
    } catch (error) {
      onMalformed(error as SerfError);
      return;
    }
    if (record === 'phantom') return;
    if (record === 'done') {
      session.release(this);
      subscriber.complete();
    } else subscriber.next(record);
  }

  fail(error: SerfError): void {
    this.#options.subscriber.error(errorOf(this.command, error));
  }

  expire(): void {
    const { subscriber, timeout, duration } = this.#options;
    subscriber.error(timedOut('query', this.state === 'answered' ? duration : timeout));
  }
}
