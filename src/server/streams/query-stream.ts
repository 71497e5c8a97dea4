import type { SchedulerLike, Subscriber, Subscription } from 'rxjs';
import { SerfError } from '../../errors.ts';
import type { QueryReply } from '../../model.ts';
import { encodeBody } from '../../protocol/frames.ts';
import { WIRE_DONE, wireReply } from '../../protocol/to-wire.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import { afterReads } from '../../rpc/fair-timer.ts';
import type { ServedPeer } from '../peer/served-peer.ts';
import { RecordStream } from './record-stream.ts';

const DONE = encodeBody(WIRE_DONE);

/**
 * The replies to a `query`.
 *
 * ```
 * replies   --a-r-----|        to the peer: ok, ack, response, done
 *           #                  the error
 *           --a--#             ok, ack, and the connection is closed
 * ```
 *
 * The peer gets its "ok" when the Serf calls `onAccepted`. A Serf that does not has taken the query at its first reply, or
 * when `queryGrace` is over.
 */
export class QueryStream extends RecordStream<QueryReply> {
  readonly command = 'query';
  /** Gets the answer to the command, until there is one. */
  #answer: Subscriber<undefined> | undefined;
  #timer: Subscription | undefined;

  constructor(peer: ServedPeer, seq: Uint64, subject: string, answer: Subscriber<undefined>) {
    super(peer, seq, subject);
    this.#answer = answer;
  }

  /** Called when the query was not refused within the call: starts the grace. */
  startGrace(grace: number, scheduler: SchedulerLike): void {
    if (!this.#answer) return;
    if (grace === 0) this.accepted();
    else {
      this.#timer = afterReads(scheduler, grace, () => this.accepted());
      this.#answer.add(this.#timer);
    }
  }

  protected encode(reply: QueryReply): Uint8Array {
    return encodeBody(wireReply(reply));
  }

  override next(reply: QueryReply): void {
    this.accepted();
    super.next(reply);
  }

  override error(error: unknown): void {
    // An agent takes such a query, and no node responds. Clients that want to know ask for members with the pattern.
    if (this.#answer && error instanceof SerfError && error.code === 'invalid-pattern') this.complete();
    else if (this.#answer) this.#answer.error(error);
    // The protocol has no error behind the answer, and "done" would make silent nodes of those that could not be heard.
    else super.error(error);
  }

  override complete(): void {
    this.accepted();
    // Whatever was dropped, this is not: the peer would wait for it.
    this.peer.sendRecord(this.header, DONE);
  }

  /** Called when the Serf has taken the query. */
  accepted(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#timer?.unsubscribe();
    answer?.next(undefined);
    answer?.complete();
  }
}
