// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import { AsyncSubject, lastValueFrom, Observable, ReplaySubject, Subject } from 'rxjs';
import {
  ClosedError,
  ConnectError,
  ConnectionLostError,
  InvalidArgumentError,
  ProtocolError,
  SerfError,
} from '../errors.ts';
import { duration } from '../options.ts';
import { Deadlines } from '../rpc/deadlines.ts';
import { IdleTimeout } from '../rpc/idle-timeout.ts';
import { type ChannelListener, MessageChannel } from '../rpc/message-channel.ts';
import { type EndReason, PendingCalls } from '../rpc/pending-calls.ts';
import type { Socket, SocketData } from '../socket/socket.ts';
import type { JsonRpcHandlers } from './handlers.ts';
import { type Callee, IncomingCalls } from './incoming-calls.ts';
import type {
  BatchMember,
  BatchOutcome,
  BatchOutcomes,
  JsonRpcCallOptions,
  JsonRpcEvent,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonRpcSession,
  JsonRpcStatus,
  UntypedBatchBuilder,
} from './json-rpc-session.ts';
import type { JsonRpcParams } from './messages.ts';
import type { SessionOptions } from './options.ts';
import { OutgoingBatch } from './outgoing-batch.ts';
import { batchOf, callOf, type OutgoingCall } from './outgoing-call.ts';
import { Receiver, type ReceiverListener } from './receiver.ts';

/** One session; the same on both sides. */
export class Session<T extends SocketData>
  implements JsonRpcSession, Callee, ChannelListener<string | Uint8Array>, ReceiverListener
{
  readonly #options: SessionOptions<T>;
  readonly #deadlines: Deadlines;
  readonly #channel: MessageChannel<T, string | Uint8Array, string>;
  readonly #calls: PendingCalls<unknown>;
  readonly #incoming: IncomingCalls;
  readonly #receiver: Receiver;
  readonly #status = new ReplaySubject<JsonRpcStatus>(1);
  readonly #events = new Subject<JsonRpcEvent>();
  readonly #closed = new AsyncSubject<void>();
  /** Whether the peer has closed its half. */
  #draining = false;
  #closing = false;
  #idleTimeout: IdleTimeout | undefined;
  /** What further calls error with, once there is an end. */
  #ended: EndReason | undefined;
  handlers: JsonRpcHandlers;
  readonly requests = new Subject<JsonRpcRequest>();
  readonly notifications = new Subject<JsonRpcNotification>();

  readonly requests$: Observable<JsonRpcRequest>;
  readonly notifications$: Observable<JsonRpcNotification>;
  readonly events$: Observable<JsonRpcEvent>;
  readonly status$: Observable<JsonRpcStatus>;
  readonly api: JsonRpcSession['api'];

  constructor(socket: Socket<T>, options: SessionOptions<T>) {
    const { protocol, framer, handlers, limits, scheduler } = options;
    this.#options = options;
    this.handlers = handlers;
    this.#deadlines = new Deadlines(scheduler, true);
    this.#channel = new MessageChannel(socket, framer, limits.outbound, scheduler, this);
    this.#calls = new PendingCalls({ firstId: 0, limit: limits.pending, deadlines: this.#deadlines });
    this.#incoming = new IncomingCalls(this, options, this.#deadlines);
    this.#receiver = new Receiver(protocol, this.#calls, this.#incoming, limits, this);
    this.#status.next({ state: 'idle' });
    this.requests$ = this.#connecting(this.requests);
    this.notifications$ = this.#connecting(this.notifications);
    this.status$ = this.#connecting(this.#status);
    this.events$ = this.#events.asObservable();
    this.api = apiOf(this);
  }

  request<R>(method: string, params?: JsonRpcParams, options: JsonRpcCallOptions = {}): Observable<R> {
    const call = callOf('request', method, params, this.#options.protocol);
    const request = {
      method,
      timeout: this.#timeout(options),
      send: (id: number) => this.#send(call, id),
    };
    return new Observable<unknown>((subscriber) => {
      this.open();
      return this.#calls.open(request, subscriber);
    }) as Observable<R>;
  }

  notify(method: string, params?: JsonRpcParams): Observable<void> {
    const call = callOf('notification', method, params, this.#options.protocol);
    return new Observable((subscriber) => {
      this.open();
      if (!this.#ended) this.#send(call);
      if (this.#ended) subscriber.error(this.#ended(method, 'not-sent'));
      else {
        subscriber.next();
        subscriber.complete();
      }
    });
  }

  batch<const B extends readonly BatchMember<unknown>[]>(
    build: (batch: UntypedBatchBuilder) => B,
    options: JsonRpcCallOptions = {},
  ): Observable<BatchOutcomes<B>> {
    const { protocol, limits } = this.#options;
    const members = batchOf(build, protocol, limits.batch);
    const timeout = this.#timeout(options);
    return new Observable<readonly BatchOutcome[]>((subscriber) => {
      this.open();
      const batch = new OutgoingBatch(this.#calls, subscriber);
      subscriber.add(() => batch.forget());
      if (this.#ended) subscriber.error(this.#ended('batch', 'not-sent'));
      else {
        const { protocol } = this.#receiver;
        requireSupport(protocol.batches, 'batch', 'batches');
        this.#requireRoom('batch', members.length);
        batch.send(members, protocol, timeout, (message) => this.#channel.send(message));
      }
    }) as unknown as Observable<BatchOutcomes<B>>;
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#stop(() => new ClosedError('the session is closed'));
      this.#incoming.close();
      this.#channel.close();
    }
    return lastValueFrom(this.#closed, { defaultValue: undefined });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Connects, unless that was done. */
  open(): void {
    if (this.#ended) return;
    this.#channel.open();
  }

  // What the channel tells.

  opening(): void {
    this.#status.next({ state: 'connecting' });
  }

  opened(): void {
    this.#startIdleTimeout();
    this.#status.next({ state: 'connected' });
  }

  message(message: string | Uint8Array): void {
    this.#idleTimeout?.reset();
    this.#receiver.receive(message);
  }

  skipped(error: ProtocolError): void {
    this.report(() => ({ type: 'malformed', error }));
  }

  peerClosed(): void {
    this.#draining = true;
    this.#stop(this.#lost('the peer has closed the connection'));
    this.idle();
  }

  ended(cause: unknown): void {
    const error = cause === undefined ? undefined : asError(cause);
    const text = error ? `the connection has ended: ${error.message}` : 'the peer has closed the connection';
    this.#stop(this.#lost(text, error));
    this.#incoming.close();
    this.#deadlines.close();
    this.#idleTimeout?.stop();
    this.#status.next(error ? { state: 'closed', error } : { state: 'closed' });
    for (const subject of [this.#status, this.#events, this.requests, this.notifications, this.#closed])
      subject.complete();
  }

  // What the peer's calls and their reader need.

  get full(): boolean {
    return this.#channel.full;
  }

  answer(message: string): void {
    this.#idleTimeout?.reset();
    try {
      this.#channel.send(message);
    } catch (error) {
      this.#channel.fail(error);
    }
  }

  report(event: () => JsonRpcEvent): void {
    if (this.#events.observed) this.#events.next(event());
  }

  /** Closes at once. */
  fail(error: unknown): void {
    this.#channel.fail(error);
  }

  disconnect(): void {
    void this.close();
  }

  idle(): void {
    if (this.#draining && this.#incoming.isIdle) this.#channel.close();
  }

  #connecting<V>(source$: Observable<V>): Observable<V> {
    return new Observable((subscriber) => {
      this.open();
      return source$.subscribe(subscriber);
    });
  }

  #send({ method, params }: OutgoingCall, id?: number): void {
    const { protocol } = this.#receiver;
    // With `auto`, the peer's version may not be known at the call.
    requireSupport(protocol.namedParams || !params?.startsWith('{'), method, 'arguments by name');
    this.#requireRoom(method, 1);
    this.#idleTimeout?.reset();
    this.#channel.send(protocol.call(method, id, params));
  }

  #startIdleTimeout(): void {
    const { idleTimeout, scheduler } = this.#options;
    if (idleTimeout === 0 || this.#ended) return;
    const active = () => this.#calls.size > 0 || !this.#incoming.isIdle;
    const expire = () => {
      // One that is being closed has a time of its own.
      if (this.#ended) return;
      const problem = `nothing was said for ${idleTimeout} ms (idleTimeout)`;
      this.#channel.fail(new ProtocolError('peer-timeout', problem));
    };
    this.#idleTimeout = new IdleTimeout(scheduler, idleTimeout, active, expire);
  }

  /** @throws SerfError (`overflow`) */
  #requireRoom(command: string, calls: number): void {
    const { pending, outbound } = this.#options.limits;
    if (this.#channel.full)
      throw new SerfError(
        'overflow',
        `${command}: more than ${outbound} bytes wait for the peer to read them`,
        {
          command,
        },
      );
    if (calls > 1 && this.#calls.room < calls)
      throw new SerfError('overflow', `${command}: with it more than ${pending} calls would wait`, {
        command,
      });
  }

  #timeout({ timeout }: JsonRpcCallOptions): number {
    return timeout === undefined ? this.#options.timeout : duration('timeout', timeout);
  }

  #lost(message: string, cause?: Error): EndReason {
    const known = this.#channel.outcome;
    return (command, sent) => {
      const outcome = sent === 'unknown' ? known : sent;
      if (known === 'not-sent' && cause)
        return new ConnectError('connect-failed', message, { command, cause });
      return new ConnectionLostError(message, { command, outcome, cause });
    };
  }

  /** All calls of ours are over, and so will be all further ones. */
  #stop(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#calls.end(reason);
  }
}

function requireSupport(supported: boolean, command: string, what: string): void {
  if (supported) return;
  const message = `${command}: the peer speaks JSON-RPC 1.0, which has no ${what}`;
  throw new InvalidArgumentError('invalid-argument', message, { command });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Calls by the name of a property. Nothing is a promise for having a method `then`. */
function apiOf(session: JsonRpcSession): JsonRpcSession['api'] {
  return new Proxy<JsonRpcSession['api']>(
    {},
    {
      get: (_, method) => {
        if (typeof method !== 'string' || method === 'then') return undefined;
        return (...params: unknown[]) => {
          while (params.length > 0 && params.at(-1) === undefined) params.pop();
          return session.request(method, params);
        };
      },
    },
  );
}
