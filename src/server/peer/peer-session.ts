import { type Observable, type Subscriber, Subscription, take, throwError } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import { COMMANDS, type Command, responseHasBody } from '../../protocol/commands.ts';
import { encodeResponse, type Frame, FrameDecoder } from '../../protocol/frames.ts';
import { readRequest } from '../../protocol/from-wire.ts';
import type { RequestBody, Uint64 } from '../../protocol/wire.ts';
import type { Writable } from '../../protocol/writer.ts';
import { afterReads } from '../../rpc/fair-timer.ts';
import { IdleTimeout } from '../../rpc/idle-timeout.ts';
import type { Serf } from '../../serf.ts';
import type { Socket } from '../../socket/socket.ts';
import type { PeerEvent } from '../events.ts';
import { HANDLERS, type Handler } from '../handlers.ts';
import type { ServerOptions } from '../options.ts';
import { bodyOfRefusal, textOf } from '../refusal.ts';
import { ActiveStreams } from '../streams/active-streams.ts';
import { EncodedBody } from '../streams/encoded-records.ts';
import { OpenQueries } from '../streams/open-queries.ts';
import { AuthState } from './auth-state.ts';
import { GracefulClose } from './graceful-close.ts';
import { LeaveShutdown } from './leave-shutdown.ts';
import { MessageLimits } from './message-limits.ts';
import { ReplyObserver } from './reply-observer.ts';
import { RequestQueue, type RequestSource } from './request-queue.ts';
import { SendBuffer } from './send-buffer.ts';
import type { RecordSource, ServedPeer } from './served-peer.ts';
import type { Turns } from './turns.ts';

/** How long the requests of a peer that has closed its half are carried out, in ms. */
const LAST_REQUESTS_TIME = 10_000;

/** One peer, from its first byte to its end: reads its requests, has them carried out, and sends what comes of them. */
export class PeerSession implements ServedPeer, RequestSource {
  readonly options: ServerOptions;
  readonly auth: AuthState;
  readonly streams = new ActiveStreams(() => this.#idleTimeout?.reset());
  readonly queries = new OpenQueries();
  #serf: Serf<Uint8Array> | undefined;
  readonly #socket: Socket;
  readonly #subscriber: Subscriber<PeerEvent>;
  readonly #decoder: FrameDecoder;
  readonly #requests: RequestQueue;
  readonly #sendBuffer: SendBuffer;
  readonly #closing: GracefulClose;
  readonly #shutdown: LeaveShutdown;
  readonly #messageLimits: MessageLimits;
  /** The records, the requests under way, and the deadlines. */
  readonly #work = new Subscription();
  readonly #handshakeTimeout: Subscription;
  readonly #idleTimeout: IdleTimeout | undefined;
  #dropped = 0;

  constructor(
    serf: Serf<Uint8Array> | undefined,
    socket: Socket,
    options: ServerOptions,
    turns: Turns,
    subscriber: Subscriber<PeerEvent>,
  ) {
    const { limits, scheduler } = options;
    this.#serf = serf;
    this.#socket = socket;
    this.options = options;
    this.#subscriber = subscriber;
    this.auth = new AuthState(options.authKey !== '' || serf === undefined);
    this.#messageLimits = new MessageLimits(limits);
    this.#decoder = new FrameDecoder('Command', (_seq, text) => this.#hasBody(text), this.#messageLimits);
    this.#sendBuffer = new SendBuffer(socket, options);
    this.#closing = new GracefulClose(subscriber, this.#sendBuffer, scheduler, () => this.#stopWork());
    this.#requests = new RequestQueue(this, limits, scheduler, turns);
    this.#shutdown = new LeaveShutdown(
      (reason) => this.hangUp(reason),
      () => this.#requests.busy,
      scheduler,
      this.#work,
    );
    this.#work.add(() => this.streams.stopAll());
    subscriber.add(() => this.#stopWork());
    this.#handshakeTimeout = this.#startHandshakeTimeout();
    this.#idleTimeout = this.#startIdleTimeout();
    this.#listen();
    subscriber.add(() => this.#sendBuffer.destroy());
  }

  get serf(): Serf<Uint8Array> {
    // A command that needs one is refused before there is one.
    return this.#serf as Serf<Uint8Array>;
  }

  use(serf: Serf<Uint8Array>): void {
    this.#serf = serf;
  }

  accepted(): void {
    const { limits } = this.options;
    this.#handshakeTimeout.unsubscribe();
    this.#messageLimits.widen(limits);
    this.#sendBuffer.widen();
    this.#subscriber.next({ type: 'accepted' });
  }

  reply(seq: Uint64, command: Command, value: unknown): void {
    if (this.#closing.begun) return;
    if (value instanceof EncodedBody) {
      this.#sendBuffer.send(encodeResponse(seq, ''));
      this.#sendBuffer.send(value.bytes);
      return;
    }
    const body = responseHasBody(command, '') ? (value as Writable) : undefined;
    this.#sendBuffer.send(encodeResponse(seq, '', body));
  }

  refuse(seq: Uint64, command: string, error: Error): void {
    if (this.#closing.begun) return;
    const text = textOf(error);
    const hasBody = isCommand(command) && responseHasBody(command, text);
    this.#sendBuffer.send(encodeResponse(seq, text, hasBody ? bodyOfRefusal(command, error) : undefined));
    this.#subscriber.next({ type: 'refused', command, error });
  }

  done(): void {
    this.#idleTimeout?.reset();
    if (this.#shutdown.pending) this.#requests.stop();
    this.#requests.done();
    if (this.#shutdown.pending) this.#shutdown.requestDone();
  }

  hasRoom(source: RecordSource): boolean {
    if (!this.#sendBuffer.open) return false;
    if (!this.#sendBuffer.full) return true;
    if (this.options.slowConsumer === 'drop') this.dropped(source, { cause: 'slow' });
    else if (!this.#sendBuffer.stalled) return true;
    else this.hangUp(new ProtocolError('overflow', 'the peer reads its records too slowly'));
    return false;
  }

  sendRecord(header: Uint8Array, body: Uint8Array): void {
    this.#sendBuffer.sendRecord(header, body);
  }

  dropped(
    { command, subject }: RecordSource,
    why: { cause: 'slow' } | { cause: 'malformed'; error: unknown },
  ): void {
    this.#subscriber.next({ type: 'dropped', command, subject, total: ++this.#dropped, ...why });
  }

  hangUp(reason?: unknown): void {
    this.#closing.begin(reason);
  }

  left(): void {
    this.#shutdown.left();
  }

  streamEnded(reason?: unknown): void {
    this.#shutdown.streamEnded(reason);
  }

  // What the queue of its requests needs.

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
  }

  hasUnread(): boolean {
    return this.#decoder.hasUnread;
  }

  next(): Frame | undefined {
    const request = this.#decoder.next();
    // Nobody knows yet that it is a client: nothing of its is kept.
    if (request && !this.auth.accepted && this.#sendBuffer.full)
      throw new ProtocolError('overflow', 'the peer asks before it is accepted, and reads no answers');
    return request;
  }

  begin({ seq, text, body }: Frame): void {
    const refusal = this.auth.refusal(text, isCommand(text));
    if (refusal) {
      this.refuse(seq, text, refusal.error);
      if (refusal.violation) this.hangUp(refusal.violation);
      this.done();
    } else this.#carryOut(text as Command, seq, body);
  }

  concurrency(): number {
    return this.auth.checking ? 1 : this.options.concurrency;
  }

  readsAhead(): boolean {
    return this.auth.accepted;
  }

  full(): boolean {
    return this.#sendBuffer.full;
  }

  unreadBytes(): number {
    return this.#messageLimits.unreadBytes;
  }

  pause(paused: boolean): void {
    this.#socket.pause?.(paused);
  }

  idle(): void {
    if (this.#closing.peerClosed) this.hangUp();
  }

  error(error: unknown): void {
    this.hangUp(error);
  }

  #carryOut<C extends Command>(command: C, seq: Uint64, body: Frame['body']): void {
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
    this.#work.add(answers.subscribe(new ReplyObserver(this, seq, command)));
  }

  #stopWork(): void {
    this.#requests.stop();
    this.#work.unsubscribe();
  }

  #startHandshakeTimeout(): Subscription {
    const { handshakeTimeout, scheduler } = this.options;
    if (handshakeTimeout === 0) return Subscription.EMPTY;
    const expire = () => this.#timedOut('not introduced itself', handshakeTimeout);
    const timeout = afterReads(scheduler, handshakeTimeout, expire);
    this.#work.add(timeout);
    return timeout;
  }

  #startIdleTimeout(): IdleTimeout | undefined {
    const { idleTimeout, scheduler } = this.options;
    if (idleTimeout === 0) return undefined;
    const active = () => !this.#requests.idle || this.streams.count > 0;
    const expire = () => this.#timedOut('asked for nothing', idleTimeout);
    const timeout = new IdleTimeout(scheduler, idleTimeout, active, expire);
    this.#work.add(() => timeout.stop());
    return timeout;
  }

  #timedOut(what: string, time: number): void {
    this.hangUp(new ProtocolError('peer-timeout', `the peer has ${what} in ${time} ms`));
  }

  #hasBody(text: string): boolean {
    return isCommand(text) && COMMANDS[text].request && !this.auth.refusesUnread(text);
  }

  #listen(): void {
    this.#subscriber.add(
      this.#socket.subscribe({
        next: (bytes) => this.#receive(bytes),
        error: (cause) => this.#closing.lost(cause),
        complete: () => this.#peerEnded(),
      }),
    );
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closing.begun) return;
    this.#idleTimeout?.reset();
    this.#requests.received(bytes);
  }

  /** The peer has closed its half: it may still read, so what it has asked for is carried out and answered. */
  #peerEnded(): void {
    this.#closing.peerEnded();
    if (this.#closing.begun) return;
    try {
      this.streams.stopStreams();
      if (this.#requests.idle) this.hangUp();
      else this.#work.add(afterReads(this.options.scheduler, LAST_REQUESTS_TIME, () => this.hangUp()));
    } catch (error) {
      this.hangUp(error);
    }
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
}
