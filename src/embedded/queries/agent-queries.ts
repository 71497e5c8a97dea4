import { readText } from '../../protocol/text.ts';
import type { WireValue } from '../../protocol/wire.ts';
import type { LogLevel } from '../../serf.ts';
import type { ClusterContext } from '../cluster-context.ts';
import type { GossipPeer } from '../gossip/gossip-peer.ts';
import { LamportClock } from '../gossip/lamport-clock.ts';
import { querySize } from '../gossip/message-size.ts';
import type { Task } from '../gossip/task-queue.ts';
import {
  handleKeyCommand,
  INITIATING,
  type KeyCommand,
  KeyResults,
  type KeyringOwner,
} from '../node/key-commands.ts';
import type { NodeEvent } from '../node/node-event.ts';
import { NO_PATTERNS } from './patterns.ts';
import { INTERNAL, QueryMessage, type QueryParams } from './query-message.ts';
import { ReceivedQuery } from './received-query.ts';
import { type NodeReply, ReplyCollector } from './reply-collector.ts';

/** As Serf: a query without a timeout takes so many gossip intervals, times the digits of the cluster's size. */
const TIMEOUT_INTERVALS = 16;
/**
 * The most queries that one node can be responding to, 150 bytes each. More than a stream can answer in the time; the oldest
 * is forgotten first.
 */
export const MOST_RECEIVED = 4_096;

/** What {@link AgentQueries} needs of the node. */
export interface QueriesContext extends GossipPeer {
  readonly cluster: ClusterContext;
  readonly node: GossipPeer['node'] & KeyringOwner;
  /** How many members are there. */
  readonly liveMembers: number;
  readonly streams: { readonly size: number };
  now(): number;
  log(level: LogLevel, text: string): void;
  emit(event: NodeEvent): void;
}

/** The queries of one node: those it sends, and those it received. */
export class AgentQueries {
  readonly clock = new LamportClock();
  readonly #node: QueriesContext;
  /** By id, the oldest first; bounded by {@link MOST_RECEIVED}. */
  readonly #received = new Map<number, ReceivedQuery>();
  #id = 0;

  constructor(node: QueriesContext) {
    this.#node = node;
  }

  get name(): string {
    return this.#node.name;
  }

  now(): number {
    return this.#node.now();
  }

  /** In ms. */
  get defaultTimeout(): number {
    const digits = Math.ceil(Math.log10(this.#node.liveMembers + 1));
    return this.#node.cluster.settings.gossipInterval * TIMEOUT_INTERVALS * digits;
  }

  /** Sends a client's query. Gives the agent's text when it refuses, else what ends the query. */
  send(params: QueryParams, next: (reply: NodeReply) => void): ReplyCollector | string {
    const { name, payload } = params;
    // `_serf_ping` is what `serf reachability` sends: it only wants acks.
    if (name.startsWith(INTERNAL) && (name !== `${INTERNAL}ping` || payload.length > 0)) {
      return `Queries cannot contain the '${INTERNAL}' prefix`;
    }
    const shown = JSON.stringify(readText(payload, 0, payload.length));
    this.#node.log('debug', `agent: Requesting query send: ${name}. Payload: ${shown}`);
    const replies = this.#broadcast(params, next);
    if (typeof replies === 'string') this.#node.log('warn', `agent: failed to start user query: ${replies}`);
    return replies;
  }

  /** Has every node carry out a key command, and calls `done` with the result. */
  sendKeyCommand(
    command: KeyCommand,
    key: string,
    done: (failure: string | undefined, body: WireValue) => void,
  ): void {
    const { cluster, liveMembers } = this.#node;
    this.#node.log('info', `agent: Initiating ${INITIATING[command]}`);
    const results = new KeyResults(liveMembers);
    let end: Task | undefined;
    const finish = () => {
      end?.cancel();
      if (this.#node.up) done(results.failure, results.body);
    };
    const params: QueryParams = {
      name: INTERNAL + command,
      payload: new Uint8Array(0),
      filterNodes: [],
      filterTags: NO_PATTERNS,
      requestAck: false,
      timeout: this.defaultTimeout,
      handle: (node) => handleKeyCommand(command, key, node),
    };
    end = cluster.tasks.schedule(params.timeout, finish);
    this.#broadcast(params, (reply) => {
      if (reply.type !== 'response' || !reply.handled) return;
      results.add(reply.from, reply.handled);
      if (results.complete) finish();
    });
  }

  /** Responds to a query by its id. Gives the agent's text when it refuses. */
  respond(id: number, payload: Uint8Array): string | undefined {
    const query = this.#received.get(id);
    if (!query || query.isOver) return 'No pending queries matching ID';
    return query.respond(payload, this.#node.cluster.settings.queryResponseSizeLimit);
  }

  /** Sends a reply to the node that queried. */
  reply(replies: ReplyCollector, reply: NodeReply): void {
    this.#node.cluster.network.send(this.#node, replies.source, () => replies.add(reply));
  }

  /** Handles a query: acks it, and answers it or emits it to the streams. */
  receive(query: QueryMessage): void {
    const { params, ltime, replies } = query;
    const { name, nodeState, node, streams } = this.#node;
    this.clock.witness(ltime);
    const { invalid } = params.filterTags;
    if (invalid) {
      const { pattern, reason } = invalid;
      this.#node.log('warn', `serf: failed to compile filter regex (${pattern}): ${reason}`);
    }
    if (!query.matches(name, nodeState.tags)) return;
    if (params.requestAck) this.reply(replies, { type: 'ack', from: name });
    if (params.handle) {
      const handled = params.handle(node);
      this.reply(replies, { type: 'response', from: name, payload: new Uint8Array(0), handled });
    } else if (!params.name.startsWith(INTERNAL)) {
      // Without a stream there is nobody to respond.
      const id = streams.size > 0 ? this.#add(new ReceivedQuery(this, ltime, replies)) : 0;
      this.#node.emit({ event: 'query', id, name: params.name, ltime, payload: params.payload });
    }
  }

  #add(query: ReceivedQuery): number {
    // Two for each that comes: what is over does not pile up.
    let looked = 0;
    for (const [id, oldest] of this.#received) {
      if (oldest.isOver || this.#received.size >= MOST_RECEIVED) this.#received.delete(id);
      if (++looked === 2) break;
    }
    this.#received.set(++this.#id, query);
    return this.#id;
  }

  #broadcast(params: QueryParams, next: (reply: NodeReply) => void): ReplyCollector | string {
    const node = this.#node;
    const limit = node.cluster.settings.querySizeLimit;
    const ltime = this.clock.time;
    if (querySize({ ...params, filterTags: params.filterTags.source, ltime, source: node.name }) > limit) {
      return `query exceeds limit of ${limit} bytes`;
    }
    const deadline = node.now() + params.timeout;
    const replies = new ReplyCollector(node, deadline, (reply) => {
      node.log('debug', `serf: messageQueryResponseType: ${reply.from}`);
      if (node.now() <= deadline) next(reply);
    });
    const query = new QueryMessage(ltime, params, replies);
    this.receive(query);
    node.cluster.network.broadcast(node, { type: 'query', query });
    return replies;
  }
}
