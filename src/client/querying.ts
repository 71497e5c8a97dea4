import type { Subscriber } from 'rxjs';
import type { Codec } from '../codec.ts';
import type { SerfError } from '../errors.ts';
import type { QueryReply } from '../model.ts';
import type { WireValue } from '../protocol/reader.ts';
import { toQueryRecord } from '../protocol/translate.ts';
import type { RequestBody } from '../protocol/wire.ts';
import { timedOut } from './ask.ts';
import { Call } from './call.ts';
import type { Deadlines, Expiring } from './deadlines.ts';
import type { Session } from './session.ts';

/** What a {@link Querying} is made of. */
export interface QueryingOptions<P> {
  readonly codec: Codec<P>;
  readonly subscriber: Subscriber<QueryReply<P>>;
  readonly deadlines: Deadlines;
  /** How long to wait for the agent's first response, in ms. */
  readonly timeout: number;
  /** How long to wait for the end after that, in ms: the agent's own deadline and a margin. */
  readonly duration: number;
  readonly onMalformed: (error: SerfError) => void;
}

/** A query under way: replies until the agent says `done`. */
export class Querying<P> extends Call<'query'> implements Expiring {
  readonly #options: QueryingOptions<P>;
  deadline: number;

  constructor(body: RequestBody<'query'>, options: QueryingOptions<P>) {
    super('query', body);
    this.#options = options;
    this.deadline = options.deadlines.now() + options.timeout;
    options.deadlines.add(this);
  }

  reply(): void {
    const { deadlines, duration } = this.#options;
    deadlines.delete(this);
    this.deadline = deadlines.now() + duration;
    deadlines.add(this);
  }

  override record(body: WireValue | undefined, session: Session): void {
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
    this.#options.subscriber.error(error);
  }

  expire(): void {
    const { subscriber, timeout, duration } = this.#options;
    subscriber.error(timedOut('query', this.state === 'answered' ? duration : timeout));
  }
}
