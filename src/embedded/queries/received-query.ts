import { responseSize } from '../gossip/message-size.ts';
import type { NodeReply, ReplyCollector } from './reply-collector.ts';

/** What a {@link ReceivedQuery} needs of the node that received it. */
export interface QueryReceiver {
  readonly name: string;
  now(): number;
  reply(replies: ReplyCollector, reply: NodeReply): void;
}

/** A query that a node received and can respond to, once, until its deadline. */
export class ReceivedQuery {
  readonly #node: QueryReceiver;
  readonly #ltime: number;
  readonly #replies: ReplyCollector;
  #responded = false;

  constructor(node: QueryReceiver, ltime: number, replies: ReplyCollector) {
    this.#node = node;
    this.#ltime = ltime;
    this.#replies = replies;
  }

  /** Whether it can be forgotten: an agent has a query until its deadline, and at that moment still. */
  get isOver(): boolean {
    return this.#node.now() > this.#replies.deadline;
  }

  /** Responds. Gives the agent's text when it refuses. */
  respond(payload: Uint8Array, limit: number): string | undefined {
    const { name } = this.#node;
    const refused = (why: string) => `failed to respond to key query: ${why}`;
    if (responseSize(this.#ltime, name, payload) > limit) {
      return refused(`response exceeds limit of ${limit} bytes`);
    }
    if (this.#responded) return refused('response already sent');
    if (this.#node.now() >= this.#replies.deadline) return refused('response is past the deadline');
    this.#responded = true;
    this.#node.reply(this.#replies, { type: 'response', from: name, payload });
    return undefined;
  }
}
