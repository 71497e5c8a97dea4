import type { Endpoint } from '../gossip/endpoint.ts';
import type { KeyResult } from '../node/key-commands.ts';

/** A reply as it comes back to the node that queried; `handled` where a node has answered by itself. */
export type NodeReply =
  | { readonly type: 'ack'; readonly from: string }
  | {
      readonly type: 'response';
      readonly from: string;
      readonly payload: Uint8Array;
      readonly handled?: KeyResult;
    };

/** The replies to one query, at the node that queried (Serf's `QueryResponse`). */
export class ReplyCollector {
  /** The node that queried. */
  readonly source: Endpoint;
  /** In ms, by the scheduler. */
  readonly deadline: number;
  /** Who has replied, by type: at most twice the number of nodes. */
  readonly #replied = new Set<string>();
  #next: ((reply: NodeReply) => void) | undefined;

  constructor(source: Endpoint, deadline: number, next: (reply: NodeReply) => void) {
    this.source = source;
    this.deadline = deadline;
    this.#next = next;
  }

  /** Takes a reply. A second one of the same node is ignored. */
  add(reply: NodeReply): void {
    const key = `${reply.type} ${reply.from}`;
    if (!this.#next || this.#replied.has(key)) return;
    this.#replied.add(key);
    this.#next(reply);
  }

  /** Ignores all further replies, and drops what it holds: the query may be known to nodes until its deadline. */
  close(): void {
    this.#next = undefined;
    this.#replied.clear();
  }
}
