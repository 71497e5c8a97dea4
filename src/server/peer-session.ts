import { type Observable, Subject, type Subscriber, Subscription, throwError } from 'rxjs';
import { ConnectionLostError, ProtocolError } from '../errors.ts';
import { COMMANDS, type Command, responseHasBody } from '../protocol/commands.ts';
import { decodeFrames, encodeResponse, type Frame } from '../protocol/frames.ts';
import { readRequest } from '../protocol/from-wire.ts';
import type { Writable } from '../protocol/writer.ts';
import type { Serf } from '../serf.ts';
import type { Socket } from '../socket/socket.ts';
import { Answering } from './answering.ts';
import { bodyOfRefusal, HANDLERS, type Handler } from './handlers.ts';
import { Inbox } from './inbox.ts';
import { Manners } from './manners.ts';
import { OpenQueries } from './open-queries.ts';
import { OpenRecords } from './open-records.ts';
import type { ServerOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import type { PeerEvent } from './peer-event.ts';
import type { Records } from './records.ts';
import { textOf } from './refusal.ts';
import { Silence } from './silence.ts';

/** How long a peer may take to close its half when we have closed ours, in ms; what it was sent last has to get there. */
const CLOSING_TIME = 1_000;

/** One peer, from its first byte to its end: reads its requests, has them carried out, and sends what comes of them. */
export class PeerSession {
  readonly serf: Serf<Uint8Array>;
  readonly options: ServerOptions;
  readonly records = new OpenRecords(() => this.#silence?.heard());
  readonly queries = new OpenQueries();
  readonly manners: Manners;
  readonly #subscriber: Subscriber<PeerEvent>;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  /** The requests under way, and the deadlines. */
  readonly #work = new Subscription();
  #silence: Silence | undefined;
  #ending: { readonly reason: unknown } | undefined;
  #retiring = false;
  #dropped = 0;

  constructor(
    serf: Serf<Uint8Array>,
    socket: Socket,
    options: ServerOptions,
    subscriber: Subscriber<PeerEvent>,
  ) {
    const { authKey, limits, scheduler } = options;
    this.serf = serf;
    this.options = options;
    this.#subscriber = subscriber;
    this.manners = new Manners(authKey !== '');
    this.#outbox = new Outbox(socket, limits.outboundBytes);
    this.#inbox = new Inbox(
      (request) => this.#carryOut(request),
      () => this.#outbox.full,
      limits,
      scheduler,
    );
    subscriber.add(() => this.#stopWork());
    this.#setDeadlines();
    this.#listen(socket);
  }

  /** The peer has introduced itself: once. */
  accepted(): void {
    this.#subscriber.next({ type: 'accepted' });
  }

  reply(seq: number, command: Command, value: unknown): void {
    if (this.#ending) return;
    const body = responseHasBody(command, '') ? (value as Writable) : undefined;
    this.#outbox.send(encodeResponse(seq, '', body));
  }

  /** Answers a request with an error. */
  refuse(seq: number, command: string, error: Error): void {
    if (this.#ending) return;
    const text = textOf(error);
    const hasBody = isCommand(command) && responseHasBody(command, text);
    this.#outbox.send(encodeResponse(seq, text, hasBody ? bodyOfRefusal(command, error) : undefined));
    this.refused(command, error);
  }

  refused(command: string, error: Error): void {
    this.#subscriber.next({ type: 'refused', command, error });
  }

  /** The request that was begun last is over. */
  done(): void {
    this.#silence?.heard();
    if (this.#retiring) this.hangUp();
    this.#inbox.done();
  }

  /** Whether a record may be sent; one that may not is dropped, or is the peer's last. */
  hasRoom(records: Records<never>): boolean {
    if (this.#ending) return false;
    if (!this.#outbox.full) return true;
    if (this.options.slowConsumer === 'drop') this.dropped(records, { cause: 'slow' });
    else this.hangUp(new ProtocolError('overflow', 'the peer reads its records too slowly'));
    return false;
  }

  sendRecord(header: Uint8Array, body: Uint8Array): void {
    if (this.#ending) return;
    // Not joined here: the socket does, and the body may be shared by all peers.
    this.#outbox.send(header);
    this.#outbox.send(body);
  }

  /** A record was left out. */
  dropped(
    { command, subject }: Records<never>,
    why: { cause: 'slow' } | { cause: 'malformed'; error: unknown },
  ): void {
    this.#subscriber.next({ type: 'dropped', command, subject, total: ++this.#dropped, ...why });
  }

  /** Hangs up, when the request under way is answered: if that is `leave`, it is what ended the streams. */
  retire(): void {
    this.#retiring = true;
    if (!this.#inbox.busy) this.hangUp();
  }

  /** Ends the peer's life: what it was sent still gets there, and what it sends is not read any more. */
  hangUp(reason?: unknown): void {
    if (this.#ending) return;
    this.#ending = { reason };
    this.#stopWork();
    const { scheduler } = this.options;
    this.#subscriber.add(scheduler.schedule(() => this.#end(reason), CLOSING_TIME));
    this.#outbox.close();
  }

  #end(reason: unknown): void {
    if (reason === undefined) this.#subscriber.complete();
    else this.#subscriber.error(reason);
  }

  #stopWork(): void {
    this.#inbox.clear();
    this.records.stopAll();
    this.#work.unsubscribe();
  }

  #setDeadlines(): void {
    const { handshakeTimeout, idleTimeout, scheduler } = this.options;
    const silent = (what: string, time: number) =>
      this.hangUp(new ProtocolError('peer-timeout', `the peer has ${what} in ${time} ms`));
    if (handshakeTimeout > 0) {
      const late = () => {
        if (!this.manners.accepted) silent('not introduced itself', handshakeTimeout);
      };
      this.#work.add(scheduler.schedule(late, handshakeTimeout));
    }
    if (idleTimeout > 0) {
      const excused = () => !this.#inbox.idle || this.records.count > 0;
      const silence = new Silence(scheduler, idleTimeout, excused, () =>
        silent('asked for nothing', idleTimeout),
      );
      this.#silence = silence;
      this.#work.add(() => silence.end());
    }
  }

  #listen(socket: Socket): void {
    // Between the socket and the frames: an error of theirs must not close it, as an answer may still be on its way.
    const bytes$ = new Subject<Uint8Array>();
    const hasBody = (_seq: number, command: string) =>
      isCommand(command) && COMMANDS[command].request && !this.manners.unread(command);
    this.#work.add(
      decodeFrames(bytes$, 'Command', hasBody, this.options.limits).subscribe({
        next: (request) => this.#receive(request),
        error: (error) => this.hangUp(error),
      }),
    );
    this.#subscriber.add(
      socket.subscribe({
        next: (bytes) => {
          if (this.#ending) return;
          this.#silence?.heard();
          this.#inbox.received(bytes.length);
          bytes$.next(bytes);
        },
        error: (cause) => this.#end(this.#ending ? this.#ending.reason : lost(cause)),
        complete: () => this.#end(this.#ending?.reason),
      }),
    );
  }

  #receive(request: Frame): void {
    if (this.#ending) return;
    try {
      if (!Number.isSafeInteger(request.seq) || request.seq < 0)
        throw new ProtocolError('unexpected-shape', 'Seq should be an integer from 0 up');
      this.#inbox.push(request);
    } catch (error) {
      this.hangUp(error);
    }
  }

  #carryOut({ seq, text, body }: Frame): void {
    const refusal = this.manners.refusal(text, isCommand(text));
    if (refusal) {
      this.refuse(seq, text, refusal.error);
      if (refusal.violation) this.hangUp(refusal.violation);
      this.#inbox.done();
    } else this.#begin(text as Command, seq, body);
  }

  #begin<C extends Command>(command: C, seq: number, body: Frame['body']): void {
    let request: Parameters<Handler<C>>[1];
    try {
      request = readRequest(command, body);
    } catch (error) {
      // As an agent does: it cannot know where the next request begins.
      this.hangUp(error);
      return;
    }
    let answer$: Observable<unknown>;
    try {
      const handler: Handler<C> = HANDLERS[command];
      answer$ = handler(this, request, seq);
    } catch (error) {
      answer$ = throwError(() => error);
    }
    this.#work.add(answer$.subscribe(new Answering(this, seq, command)));
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}

function lost(cause: unknown): ConnectionLostError {
  return new ConnectionLostError('lost the connection to the peer', { outcome: 'unknown', cause });
}
