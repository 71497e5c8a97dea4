import { type Observable, Subject, type Subscriber, Subscription, take, throwError } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import { COMMANDS, type Command, responseHasBody } from '../../protocol/commands.ts';
import { decodeFrames, encodeResponse, type Frame } from '../../protocol/frames.ts';
import { readRequest } from '../../protocol/from-wire.ts';
import type { RequestBody, Uint64 } from '../../protocol/wire.ts';
import type { Writable } from '../../protocol/writer.ts';
import type { Serf } from '../../serf.ts';
import type { Socket } from '../../socket/socket.ts';
import { HANDLERS, type Handler } from '../handlers.ts';
import type { ServerOptions } from '../options.ts';
import type { PeerEvent } from '../peer-event.ts';
import { textOf } from '../refusal.ts';
import { OpenRecords } from '../streams/active-streams.ts';
import { OpenQueries } from '../streams/open-queries.ts';
import type { Records } from '../streams/record-stream.ts';
import { Manners } from './auth-state.ts';
import { awaitGreeting, watchSilence } from './deadlines.ts';
import { Ending } from './graceful-close.ts';
import type { Silence } from './idle-timeout.ts';
import { Parting } from './leave-shutdown.ts';
import { MessageLimits } from './message-limits.ts';
import { bodyOfRefusal } from './refusal-bodies.ts';
import { Answering } from './reply-observer.ts';
import { Inbox } from './request-queue.ts';
import { Outbox } from './send-buffer.ts';

/** How long the requests of a peer that has closed its half are carried out, in ms. */
const LAST_REQUESTS_TIME = 10_000;

/** One peer, from its first byte to its end: reads its requests, has them carried out, and sends what comes of them. */
export class PeerSession {
  readonly serf: Serf<Uint8Array>;
  readonly options: ServerOptions;
  readonly records = new OpenRecords(() => this.#silence?.heard());
  readonly queries = new OpenQueries();
  readonly manners: Manners;
  readonly parting: Parting;
  readonly #subscriber: Subscriber<PeerEvent>;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #ending: Ending;
  readonly #messageLimits: MessageLimits;
  /** The records, the requests under way, and the deadlines. */
  readonly #work = new Subscription();
  readonly #silence: Silence | undefined;
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
    this.#messageLimits = new MessageLimits(limits);
    this.#outbox = new Outbox(socket, limits.outboundBytes);
    this.#ending = new Ending(subscriber, this.#outbox, scheduler, () => this.#stopWork());
    this.#inbox = new Inbox(
      (request) => this.#carryOut(request),
      () => this.#outbox.full,
      limits,
      scheduler,
    );
    this.parting = new Parting(
      (reason) => this.hangUp(reason),
      () => this.#inbox.busy,
      scheduler,
      this.#work,
    );
    this.#work.add(() => this.records.stopAll());
    subscriber.add(() => this.#stopWork());
    awaitGreeting(this, this.#work);
    const excused = () => !this.#inbox.idle || this.records.count > 0;
    this.#silence = watchSilence(this, excused, this.#work);
    this.#listen(socket);
    subscriber.add(() => this.#outbox.end());
  }

  /** The peer has introduced itself: once. */
  accepted(): void {
    const { limits } = this.options;
    this.#messageLimits.widen(limits);
    this.#outbox.accepted(limits.outboundBytes);
    this.#subscriber.next({ type: 'accepted' });
  }

  reply(seq: Uint64, command: Command, value: unknown): void {
    if (this.#ending.begun) return;
    const body = responseHasBody(command, '') ? (value as Writable) : undefined;
    this.#outbox.send(encodeResponse(seq, '', body));
  }

  /** Answers a request with an error. */
  refuse(seq: Uint64, command: string, error: Error): void {
    if (this.#ending.begun) return;
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
    if (this.parting.near) this.parting.answered();
    else {
      this.#inbox.done();
      if (this.#ending.peerClosed && this.#inbox.idle) this.hangUp();
    }
  }

  /** Whether a record may be sent; one that may not is dropped, or is the peer's last. */
  hasRoom(records: Records<never>): boolean {
    if (!this.#outbox.open) return false;
    if (!this.#outbox.full) return true;
    if (this.options.slowConsumer === 'drop') this.dropped(records, { cause: 'slow' });
    else this.hangUp(new ProtocolError('overflow', 'the peer reads its records too slowly'));
    return false;
  }

  sendRecord(header: Uint8Array, body: Uint8Array): void {
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

  /** Ends the peer's life: what it was sent still gets there, and what it sends is not read any more. */
  hangUp(reason?: unknown): void {
    this.#ending.begin(reason);
  }

  #stopWork(): void {
    this.#inbox.clear();
    this.#work.unsubscribe();
  }

  #later(delay: number, act: () => void): void {
    this.#work.add(this.options.scheduler.schedule(act, delay));
  }

  #listen(socket: Socket): void {
    // Between the socket and the frames: an error of theirs must not close it, as an answer may still be on its way.
    const bytes$ = new Subject<Uint8Array>();
    const hasBody = (_seq: Uint64, command: string) =>
      isCommand(command) && COMMANDS[command].request && !this.manners.unread(command);
    this.#work.add(
      decodeFrames(bytes$, 'Command', hasBody, this.#messageLimits).subscribe({
        next: (request) => this.#receive(request),
        error: (error) => this.hangUp(error),
      }),
    );
    this.#subscriber.add(
      socket.subscribe({
        next: (bytes) => {
          if (this.#ending.begun) return;
          this.#silence?.heard();
          this.#inbox.received(bytes.length);
          bytes$.next(bytes);
        },
        error: (cause) => this.#ending.broken(cause),
        complete: () => this.#heardAll(),
      }),
    );
  }

  /** The peer has closed its half: it may still read, so what it has asked for is carried out and answered. */
  #heardAll(): void {
    this.#ending.heardAll();
    if (this.#ending.begun) return;
    try {
      this.records.stopStreams();
      if (this.#inbox.idle) this.hangUp();
      else this.#later(LAST_REQUESTS_TIME, () => this.hangUp());
    } catch (error) {
      this.hangUp(error);
    }
  }

  #receive(request: Frame): void {
    if (this.#ending.begun) return;
    try {
      // Nobody knows yet that it is a client: nothing of its is kept.
      if (!this.manners.accepted && this.#outbox.full)
        throw new ProtocolError('overflow', 'the peer asks before it is accepted, and reads no answers');
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
      this.done();
    } else this.#begin(text as Command, seq, body);
  }

  #begin<C extends Command>(command: C, seq: Uint64, body: Frame['body']): void {
    let request: RequestBody<C>;
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
    // A Serf may have no end to its answer, as of a value that it keeps up to date.
    const answers = COMMANDS[command].records === 'none' ? answer$.pipe(take(1)) : answer$;
    this.#work.add(answers.subscribe(new Answering(this, seq, command)));
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}
