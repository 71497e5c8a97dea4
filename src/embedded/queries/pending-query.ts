import type { Agent } from '../node/agent.ts';
import type { Question } from './query-round.ts';
import { responseSize } from './sizes.ts';

/** A query that a node has been asked, until its deadline. */
export class AskedQuery {
  readonly #agent: Agent;
  readonly question: Question;
  #answered = false;

  constructor(agent: Agent, question: Question) {
    this.#agent = agent;
    this.question = question;
  }

  /** Whether it can be forgotten: the agent knows a query until its deadline, and at that moment has it still. */
  get over(): boolean {
    return this.#agent.now() > this.question.deadline;
  }

  /** Answers; gives the agent's text when it refuses to. */
  respond(payload: Uint8Array, limit: number): string | undefined {
    const { ltime, deadline } = this.question;
    const refused = (why: string) => `failed to respond to key query: ${why}`;
    if (responseSize(ltime, this.#agent.name, payload) > limit) {
      return refused(`response exceeds limit of ${limit} bytes`);
    }
    if (this.#answered) return refused('response already sent');
    if (this.#agent.now() >= deadline) return refused('response is past the deadline');
    this.#answered = true;
    this.#agent.queries.answer(this.question, { type: 'response', from: this.#agent.name, payload });
    return undefined;
  }
}
