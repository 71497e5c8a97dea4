import type { SchedulerLike, Subscriber, Subscription } from 'rxjs';
import type { QueryReply } from '../../model.ts';
import { encodeBody } from '../../protocol/frames.ts';
import { WIRE_DONE, wireReply } from '../../protocol/to-wire.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import type { PeerSession } from '../peer/peer-session.ts';
import { Records } from './record-stream.ts';

const DONE = encodeBody(WIRE_DONE);

/**
 * The replies to a `query`.
 *
 * ```
 * replies   --a-r-----|        to the peer: ok, ack, response, done
 *           #                  the error
 *           --a--#             ok, ack, and hung up on
 * ```
 *
 * The peer is told that the query was taken when the Serf says so (`onAccepted`). One that does not has taken it at its first
 * reply, or when `queryGrace` is over.
 */
export class QueryRecords extends Records<QueryReply> {
  readonly command = 'query';
  /** Whoever waits for the answer to the command, until there is one. */
  #asked: Subscriber<undefined> | undefined;
  #timer: Subscription | undefined;

  constructor(session: PeerSession, seq: Uint64, subject: string, asked: Subscriber<undefined>) {
    super(session, seq, subject);
    this.#asked = asked;
  }

  /** Not refused within the call: gives it the grace. */
  wait(grace: number, scheduler: SchedulerLike): void {
    if (!this.#asked) return;
    if (grace === 0) this.accepted();
    else {
      this.#timer = scheduler.schedule(() => this.accepted(), grace);
      this.#asked.add(this.#timer);
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
    if (this.#asked) this.#asked.error(error);
    // The protocol has no error behind the answer, and "done" would make silent nodes of those who could not be heard.
    else super.error(error);
  }

  override complete(): void {
    this.accepted();
    // Whatever was dropped, this is not: the peer would wait for it.
    this.session.sendRecord(this.header, DONE);
  }

  /** The Serf says that it has taken the query. */
  accepted(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#timer?.unsubscribe();
    asked?.next(undefined);
    asked?.complete();
  }
}
