import { encode } from '@msgpack/msgpack';
import { type Observer, VirtualTimeScheduler } from 'rxjs';
import type { SocketFactory } from 'rxserf';
import { members, userEvent } from '../../marbles/kit/bodies.ts';
import { type Request, Sent } from '../../marbles/kit/sent.ts';
import { COMMANDS, type Command } from '../../src/protocol/commands.ts';
import { SocketSubject } from '../../src/socket/socket.ts';

/** What the next connection meets: an agent, nobody, an agent that says nothing, one that hangs up. */
export type Welcome = 'accepts' | 'refuses' | 'is silent' | 'hangs up';

/** How long a query lasts, in ms. */
const QUERY = 3_000;
/** What `members-filtered` answers with the end of the connection. */
export const BAD_PATTERN = '(';

/** Agents in virtual time, that note what a client does to them. */
export class Agents {
  readonly scheduler = new VirtualTimeScheduler();
  readonly connections: AgentHalf[] = [];
  /** What no client may do, but this one did. */
  readonly mistakes: string[] = [];
  /** The names of events that were fired. */
  readonly fired: string[] = [];
  /** For all agents, and for those at some address. */
  welcome: Welcome = 'accepts';
  readonly welcomes = new Map<string, Welcome>();
  /** Whether requests are answered by themselves. */
  answering = true;
  /** How long that takes, in ms; at once: within the call that asks. */
  latency: 'at once' | 1 = 1;
  #lines = 0;

  readonly socket: SocketFactory = (address) =>
    new SocketSubject((incoming) => {
      const connection = new AgentHalf(this, this.connections.length, address.toString(), incoming);
      this.connections.push(connection);
      return connection;
    });

  /** The connections that are not closed. */
  get open(): readonly AgentHalf[] {
    return this.connections.filter(({ closed }) => !closed);
  }

  /** Forgets what is over. */
  forget(): void {
    this.connections.splice(0, this.connections.length, ...this.open);
    this.fired.length = 0;
  }

  /** Lets time pass. */
  run(time: number): void {
    this.later(() => {}, time);
    this.scheduler.maxFrames = this.scheduler.frame + time;
    this.scheduler.flush();
  }

  later(act: () => void, time = 1): void {
    this.scheduler.schedule(act, time);
  }

  reply(act: () => void): void {
    if (this.latency === 'at once') act();
    else this.later(act, this.latency);
  }

  /** A line of a log; no two are the same. */
  line(): string {
    return `line ${this.#lines++}`;
  }
}

/** An agent's half of a connection. */
export class AgentHalf {
  readonly address: string;
  closed = false;
  readonly #agents: Agents;
  readonly #index: number;
  readonly #incoming: Observer<Uint8Array>;
  readonly #welcome: Welcome;
  /** What waits for an answer. */
  readonly #unanswered: Request[] = [];
  /** The streams, monitors and queries that have records, by Seq. */
  readonly live = new Map<number, Request>();
  #greeted = false;
  #ended = false;

  constructor(agents: Agents, index: number, address: string, incoming: Observer<Uint8Array>) {
    this.address = address;
    this.#agents = agents;
    this.#index = index;
    this.#incoming = incoming;
    this.#welcome = agents.welcomes.get(address) ?? agents.welcome;
    if (this.#welcome === 'refuses') agents.later(() => this.drop(new Error('ECONNREFUSED')));
  }

  /** Answers all that waits, or refuses it. */
  answer(error = ''): void {
    for (const request of this.#unanswered.splice(0)) this.#answer(request, error);
  }

  /** A record for everything that has records. */
  records(): void {
    for (const request of [...this.live.values()]) this.#record(request);
  }

  /** Ends the connection. */
  drop(error?: Error): void {
    if (this.closed) return;
    this.closed = true;
    if (error) this.#incoming.error(error);
    else this.#incoming.complete();
  }

  // The client's doing.

  write(bytes: Uint8Array): void {
    for (const request of Sent.decode(bytes)) this.#hear(request);
  }

  end(): void {
    this.#ended = true;
    this.#agents.later(() => this.drop());
  }

  destroy(): void {
    this.closed = true;
  }

  #hear(request: Request): void {
    const { command, seq } = request;
    if (this.closed || this.#ended) this.#mistake(`${command} on a connection that has ended`);
    if (this.live.has(seq) || this.#unanswered.some((other) => other.seq === seq))
      this.#mistake(`${command} with the Seq ${seq}, which is in use`);
    if (command === 'handshake' || command === 'auth') {
      if (this.#welcome === 'hangs up') this.#agents.later(() => this.drop());
      if (this.#welcome === 'accepts') this.#agents.reply(() => this.#greet(request));
      return;
    }
    if (!this.#greeted) this.#mistake(`${command} before the handshake was answered`);
    if (command === 'event') this.#agents.fired.push((request.body as { Name: string }).Name);
    this.#unanswered.push(request);
    if (this.#agents.answering) this.#agents.reply(() => this.answer());
  }

  #greet({ seq }: Request): void {
    this.#greeted = true;
    this.#say(seq, '');
  }

  #answer(request: Request, error: string): void {
    const { command, seq, body } = request;
    if (command === 'stop') {
      const stopped = (body as { Stop: number }).Stop;
      if (this.live.get(stopped)?.command !== 'query') this.live.delete(stopped);
      this.#say(seq, '');
      return;
    }
    const { response, records } = COMMANDS[command as Command];
    if (command === 'members-filtered' && (body as { Name: string }).Name === BAD_PATTERN) {
      this.drop();
      return;
    }
    if (records !== 'none' && error === '') this.live.set(seq, request);
    if (command === 'query') this.#agents.later(() => this.#done(seq), QUERY);
    this.#say(seq, error, response ? bodyOf(command) : undefined);
  }

  #record({ command, seq, body }: Request): void {
    if (command === 'monitor') this.#say(seq, '', { Log: this.#agents.line() });
    else if (command === 'query') this.#say(seq, '', { Type: 'response', From: 'n1', Payload: null });
    else if ((body as { Type: string }).Type.startsWith('member'))
      this.#say(seq, '', { Event: 'member-join', ...members('n1', 'n2') });
    else this.#say(seq, '', userEvent('x'));
  }

  #done(seq: number): void {
    if (this.live.delete(seq)) this.#say(seq, '', { Type: 'done' });
  }

  #say(seq: number, error: string, body?: unknown): void {
    if (this.closed) return;
    const header = encode({ Error: error, Seq: seq });
    const parts = body === undefined ? [header] : [header, encode(body)];
    this.#incoming.next(Uint8Array.from(parts.flatMap((part) => [...part])));
  }

  #mistake(what: string): void {
    this.#agents.mistakes.push(`connection ${this.#index}, at ${this.#agents.scheduler.frame} ms: ${what}`);
  }
}

function bodyOf(command: string): unknown {
  switch (command) {
    case 'members':
    case 'members-filtered':
      return members('n1', 'n2');
    case 'stats':
      return { agent: { name: 'n1' } };
    case 'get-coordinate':
      return { Coord: null, Ok: false };
    case 'join':
      return { Num: 1 };
    default:
      return { Messages: null, Keys: null, NumNodes: 1, NumErr: 0, NumResp: 1 };
  }
}
