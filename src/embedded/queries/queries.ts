import { readText } from '../../protocol/text.ts';
import type { WireValue } from '../../protocol/wire.ts';
import { LamportClock } from '../gossip/lamport-clock.ts';
import type { Task } from '../gossip/task-queue.ts';
import type { Agent } from '../node/agent.ts';
import { handleKeyCommand, INITIATING, KeyAnswers, type KeyCommand } from '../node/key-commands.ts';
import { AskedQuery } from './pending-query.ts';
import { type Answer, INTERNAL, Question, type QuestionInit } from './query-round.ts';
import { querySize } from './sizes.ts';

/** As Serf: a query that does not say how long takes so many gossip intervals, times the digits of the cluster's size. */
const TIMEOUT_INTERVALS = 16;

/** The queries of one agent: those it asks and those it is asked. */
export class Queries {
  readonly clock = new LamportClock();
  readonly #agent: Agent;
  readonly #asked = new Map<number, AskedQuery>();
  #id = 0;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** In ms. */
  get defaultTimeout(): number {
    const digits = Math.ceil(Math.log10(this.#agent.present + 1));
    return this.#agent.world.settings.gossipInterval * TIMEOUT_INTERVALS * digits;
  }

  /** Asks for a client. Gives the agent's text when it refuses, else the query. */
  ask(init: QuestionInit, tell: (answer: Answer) => void): Question | string {
    const { log } = this.#agent.node;
    const { name, payload } = init;
    // `_serf_ping` is what `serf reachability` sends: acks are all it wants.
    if (name.startsWith(INTERNAL) && (name !== `${INTERNAL}ping` || payload.length > 0)) {
      return `Queries cannot contain the '${INTERNAL}' prefix`;
    }
    const shown = JSON.stringify(readText(payload, 0, payload.length));
    log.write('debug', `agent: Requesting query send: ${name}. Payload: ${shown}`);
    const question = this.#start(init, tell);
    if (typeof question === 'string') log.write('warn', `agent: failed to start user query: ${question}`);
    return question;
  }

  /** Has every node carry a key command out, and tells what came of it. */
  askForKeys(command: KeyCommand, key: string, done: (failure: string | undefined, body: WireValue) => void) {
    const { node, world, present } = this.#agent;
    node.log.write('info', `agent: Initiating ${INITIATING[command]}`);
    const answers = new KeyAnswers(present);
    let end: Task | undefined;
    const finish = () => {
      end?.cancel();
      if (this.#agent.up) done(answers.failure, answers.body);
    };
    const init: QuestionInit = {
      name: INTERNAL + command,
      payload: new Uint8Array(0),
      filterNodes: [],
      filterTags: {},
      requestAck: false,
      timeout: this.defaultTimeout,
      handle: ({ node: { keyring, log } }) =>
        handleKeyCommand(command, key, keyring, (level, text) => log.write(level, text)),
    };
    end = world.timeline.at(init.timeout, finish);
    this.#start(init, (answer) => {
      if (answer.type !== 'response' || !answer.handled) return;
      answers.add(answer.from, answer.handled);
      if (answers.complete) finish();
    });
  }

  /** The id under which clients can answer a query. */
  idOf(asked: AskedQuery): number {
    for (const [id, other] of this.#asked) {
      if (other === asked) return id;
      if (other.over) this.#asked.delete(id);
    }
    this.#asked.set(++this.#id, asked);
    return this.#id;
  }

  /** Answers a query by its id. Gives the agent's text when it refuses. */
  respond(id: number, payload: Uint8Array): string | undefined {
    const asked = this.#asked.get(id);
    if (!asked || asked.over) return 'No pending queries matching ID';
    return asked.respond(payload, this.#agent.world.settings.queryResponseSizeLimit);
  }

  /** Sends an answer to who asked. */
  answer(question: Question, answer: Answer): void {
    this.#agent.world.network.send(this.#agent, question.source, () => {
      question.source.node.log.write('debug', `serf: messageQueryResponseType: ${answer.from}`);
      question.hear(answer);
    });
  }

  #start(init: QuestionInit, tell: (answer: Answer) => void): Question | string {
    const agent = this.#agent;
    const limit = agent.world.settings.querySizeLimit;
    const ltime = this.clock.time;
    if (querySize({ ...init, ltime, source: agent.name }) > limit) {
      return `query exceeds limit of ${limit} bytes`;
    }
    const question = new Question(agent, ltime, init, tell);
    this.#hear(question);
    agent.world.network.broadcast(agent, 'query', (other) => {
      other.node.log.write('debug', `serf: messageQueryType: ${init.name}`);
      other.queries.#hear(question);
    });
    return question;
  }

  #hear(question: Question): void {
    const { init, ltime, patterns } = question;
    const { name, facts, node } = this.#agent;
    this.clock.witness(ltime);
    if (patterns.invalid) {
      const { pattern, reason } = patterns.invalid;
      node.log.write('warn', `serf: failed to compile filter regex (${pattern}): ${reason}`);
    }
    if (!question.concerns(name, facts.tags)) return;
    if (init.requestAck) this.answer(question, { type: 'ack', from: name });
    if (init.handle) {
      const handled = init.handle(this.#agent);
      this.answer(question, { type: 'response', from: name, payload: new Uint8Array(0), handled });
    } else if (!init.name.startsWith(INTERNAL)) {
      this.#agent.emit({ event: 'query', name: init.name, asked: new AskedQuery(this.#agent, question) });
    }
  }
}
