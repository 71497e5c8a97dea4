import { Observable, type ObservableNotification, type SubjectLike, type Subscriber } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { reply, type Saying } from './frames.ts';
import { type Request, Sent, type Timed } from './sent.ts';

/** How an agent behaves where the test does not say. */
export interface AgentOptions {
  /** Whether it acknowledges handshake and key, a frame later; they are then left out of diagrams. @defaultValue true */
  readonly greets?: boolean;
  /**
   * Its name: what it says to `stats` at once, unless a diagram has it say something to that. Such requests are left out of
   * diagrams: a client asks by itself, before a command with an effect. `null`: it does not. @defaultValue n1
   */
  readonly name?: string | null;
  /** Whether it closes its half when the client has, a frame later. @defaultValue true */
  readonly hangsUp?: boolean;
}

/** The agent's half of one connection, and a socket that is the client's half. */
export class AgentConnection {
  /** When the client connected, and when the connection ended: for `expectSubscriptions`. */
  readonly subscriptions: { subscribedFrame: number; unsubscribedFrame: number }[] = [];
  /** Where the client thinks that it is connected to. */
  address: string | undefined;
  /** What nobody may do, but somebody did. */
  readonly mistakes: string[] = [];
  readonly #index: number;
  readonly #scheduler: TestScheduler;
  readonly #options: AgentOptions;
  readonly #sent: Sent;
  readonly #sayings: Timed<Saying>[] = [];
  #client: Subscriber<Uint8Array> | undefined;
  #ended = false;
  /** Whether the diagrams have an answer to `stats`. */
  #tellsStats = false;

  constructor(index: number, scheduler: TestScheduler, options: AgentOptions) {
    this.#index = index;
    this.#scheduler = scheduler;
    this.#options = options;
    this.#sent = new Sent(scheduler);
  }

  get open(): boolean {
    return this.#client !== undefined && !this.#client.closed;
  }

  /** What it says and when; `|` closes the connection, `#` breaks it. */
  says(marbles: string, sayings: Record<string, Saying> = {}, error: unknown = new Error('broken')): void {
    const parsed = TestScheduler.parseMarbles(marbles, sayings, error, false, true) as Timed<Saying>[];
    if (parsed.some(({ notification }) => notification.kind === 'N' && !notification.value))
      throw new Error(`not every letter is explained: ${marbles}`);
    this.#sayings.push(...parsed);
    this.#tellsStats ||= Object.values(sayings).some(({ answers }) => answers?.includes('stats'));
  }

  /** What the client should send and when; `|` is where it ends its half. */
  expectSent(marbles: string, requests: Record<string, Request> = {}): void {
    this.#sent.expect(marbles, requests);
  }

  /** Puts what it says into the schedule: behind what the test does in the same frame. */
  start(): void {
    for (const { frame, notification } of this.#sayings.splice(0))
      this.#scheduler.schedule(() => this.#say(notification), frame);
  }

  verify(): void {
    this.#sent.verify(this.#index);
  }

  /** The client's half. */
  socket(address: string): SubjectLike<Uint8Array> {
    this.address = address;
    const incoming = new Observable<Uint8Array>((client) => {
      if (this.#client) this.#mistake('the client subscribes twice');
      const connected = {
        subscribedFrame: this.#scheduler.frame,
        unsubscribedFrame: Number.POSITIVE_INFINITY,
      };
      this.subscriptions.push(connected);
      this.#client = client;
      return () => {
        connected.unsubscribedFrame = this.#scheduler.frame;
      };
    });
    return Object.assign(incoming, {
      next: (bytes: Uint8Array) => this.#hear(bytes),
      complete: () => this.#hearEnd(),
      error: () => this.#mistake('the client passes an error'),
    });
  }

  #say(notification: ObservableNotification<Saying>): void {
    if (!this.open) this.#mistake('the agent speaks, though it is not open');
    else if (notification.kind === 'E') this.#client?.error(notification.error);
    else if (notification.kind === 'C') this.#client?.complete();
    else {
      const bytes = this.#bytes(notification.value);
      if (bytes) this.#client?.next(bytes);
    }
  }

  #bytes(saying: Saying): Uint8Array | undefined {
    try {
      return saying(this.#sent);
    } catch (error) {
      this.#mistake(String(error));
      return undefined;
    }
  }

  #hear(bytes: Uint8Array): void {
    for (const sent of Sent.decode(bytes)) {
      if (!this.open || this.#ended) this.#mistake(`the client sends ${sent.command}, though it is not open`);
      const greeted =
        this.#options.greets !== false && (sent.command === 'handshake' || sent.command === 'auth');
      const { name = 'n1' } = this.#options;
      const identifying = sent.command === 'stats' && name !== null && !this.#tellsStats;
      this.#sent.add(sent, greeted || identifying);
      if (identifying) {
        this.#client?.next(reply(sent.seq, { agent: { name } })(this.#sent));
      }
      if (greeted) this.#later(() => this.#client?.next(reply(sent.seq)(this.#sent)));
    }
  }

  #hearEnd(): void {
    this.#ended = true;
    this.#sent.end();
    if (this.#options.hangsUp !== false) this.#later(() => this.#client?.complete());
  }

  #mistake(what: string): void {
    this.mistakes.push(`connection ${this.#index}, frame ${this.#scheduler.frame}: ${what}`);
  }

  #later(act: () => void): void {
    this.#scheduler.schedule(() => this.open && act(), 1);
  }
}
