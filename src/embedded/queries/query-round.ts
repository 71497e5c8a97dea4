import type { Agent } from '../node/agent.ts';
import type { Handled } from '../node/key-commands.ts';
import { TagPatterns } from './patterns.ts';

/** Queries of such names are for the nodes themselves: no stream sees them. */
export const INTERNAL = '_serf_';

/** What somebody asks. */
export interface QuestionInit {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly filterNodes: readonly string[];
  readonly filterTags: Readonly<Record<string, string>>;
  readonly requestAck: boolean;
  /** In ms. */
  readonly timeout: number;
  /** What a node does by itself when it is asked; with it, no stream sees the query. */
  readonly handle?: (agent: Agent) => Handled;
}

/** A reply as it comes back to who asked; `handled` where the node has answered by itself. */
export type Answer =
  | { readonly type: 'ack'; readonly from: string }
  | {
      readonly type: 'response';
      readonly from: string;
      readonly payload: Uint8Array;
      readonly handled?: Handled;
    };

/** A query on its way through the cluster, and where its answers go. */
export class Question {
  readonly source: Agent;
  readonly ltime: number;
  readonly init: QuestionInit;
  /** In ms, by the scheduler. */
  readonly deadline: number;
  readonly patterns: TagPatterns;
  readonly #answered = new Set<string>();
  readonly #tell: (answer: Answer) => void;

  constructor(source: Agent, ltime: number, init: QuestionInit, tell: (answer: Answer) => void) {
    this.source = source;
    this.ltime = ltime;
    this.init = init;
    this.deadline = source.now() + init.timeout;
    this.patterns = new TagPatterns(init.filterTags);
    this.#tell = tell;
  }

  /** Whether the node is asked. */
  concerns(name: string, tags: Readonly<Record<string, string>>): boolean {
    const { filterNodes } = this.init;
    return (filterNodes.length === 0 || filterNodes.includes(name)) && this.patterns.matches(tags);
  }

  /** An answer has arrived. One that came twice (relayed, say) or too late is none. */
  hear(answer: Answer): void {
    const key = `${answer.type} ${answer.from}`;
    if (this.#answered.has(key) || this.source.now() > this.deadline) return;
    this.#answered.add(key);
    this.#tell(answer);
  }
}
