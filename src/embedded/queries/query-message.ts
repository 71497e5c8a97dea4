import type { KeyResult, KeyringOwner } from '../node/key-commands.ts';
import type { TagPatterns } from './patterns.ts';
import type { ReplyCollector } from './reply-collector.ts';

/** Queries with such names are for the nodes themselves: no stream emits them. */
export const INTERNAL = '_serf_';

/** What a query asks, of whom, and for how long. */
export interface QueryParams {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly filterNodes: readonly string[];
  readonly filterTags: TagPatterns;
  readonly requestAck: boolean;
  /** In ms. */
  readonly timeout: number;
  /** What a node answers by itself; with it, no stream emits the query. */
  readonly handle?: (node: KeyringOwner) => KeyResult;
}

/** A query on its way through the cluster (Serf's `messageQuery`). */
export class QueryMessage {
  readonly ltime: number;
  readonly params: QueryParams;
  /** Where its replies go. */
  readonly replies: ReplyCollector;

  constructor(ltime: number, params: QueryParams, replies: ReplyCollector) {
    this.ltime = ltime;
    this.params = params;
    this.replies = replies;
  }

  /** Whether its filters match a node. */
  matches(name: string, tags: Readonly<Record<string, string>>): boolean {
    const { filterNodes, filterTags } = this.params;
    return (filterNodes.length === 0 || filterNodes.includes(name)) && filterTags.matches(tags);
  }
}
