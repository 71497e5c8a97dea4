import { decodeMulti, encode } from '@msgpack/msgpack';
import { Subject, type Subscription } from 'rxjs';
import type { Serf, Socket } from 'rxserf';
import { type PeerEvent, type ServeOptions, serve } from 'rxserf/server';
import { onTestFinished } from 'vitest';
import { Clock } from './clock.ts';

const concat = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** A peer of `serve`, as bare as can be: MessagePack values to and fro, at once, in virtual time. */
export class WirePeer {
  readonly clock = new Clock();
  /** What `serve` emitted. */
  readonly seen: PeerEvent[] = [];
  /** How it ended: `undefined` while it has not. */
  end: { readonly error?: unknown } | undefined;
  /** What the platform has not taken yet, for `serve` to see. */
  buffered = 0;
  /** Whether the server has the platform not read for now. */
  paused = false;
  /** Whether the server has closed its half, and whether it has let go of the socket. */
  readonly hungUp = () => this.#completed;
  readonly released = () => this.#destroyed || (!this.#incoming.observed && !this.#closed);
  readonly #incoming = new Subject<Uint8Array>();
  readonly #subscription: Subscription;
  #received: Uint8Array[] = [];
  #completed = false;
  #closed = false;
  #destroyed = false;

  /** @param onSent told of every chunk, as the server gave it */
  constructor(
    serf: Serf<Uint8Array> | undefined,
    options: ServeOptions = {},
    onSent: (bytes: Uint8Array) => void = () => {},
  ) {
    const peer = this;
    const socket: Socket = {
      subscribe: (observer: never) => this.#incoming.subscribe(observer),
      next: (bytes: Uint8Array) => {
        onSent(bytes);
        if (!this.released()) this.#received.push(bytes.slice());
      },
      error: () => {
        this.#destroyed = true;
      },
      complete: () => {
        this.#completed = true;
      },
      allowHalfOpen: false,
      pause: (paused: boolean) => {
        this.paused = paused;
      },
      get bufferedAmount() {
        return peer.buffered;
      },
    };
    this.#subscription = serve(serf, socket, { scheduler: this.clock, queryGrace: 0, ...options }).subscribe({
      next: (event) => this.seen.push(event),
      error: (error) => {
        this.end = { error };
      },
      complete: () => {
        this.end = {};
      },
    });
    onTestFinished(() => this.#subscription.unsubscribe());
  }

  /** Values, one chunk. A bigint travels as a 64-bit integer. */
  send(...values: unknown[]): this {
    return this.sendBytes(concat(values.map((value) => encode(value, { useBigInt64: true }))));
  }

  sendBytes(bytes: Uint8Array): this {
    this.#incoming.next(bytes);
    return this;
  }

  /** A request: its header, and its body if there is one. */
  ask(seq: number | bigint, command: string, ...body: unknown[]): this {
    return this.send({ Command: command, Seq: seq }, ...body);
  }

  /** Shakes hands, and gives the key if there is one; forgets the answers. */
  greet(authKey?: string): this {
    this.ask(0, 'handshake', { Version: 1 });
    if (authKey !== undefined) this.ask(0, 'auth', { AuthKey: authKey });
    this.take();
    return this;
  }

  /** All bytes since the last time. */
  bytes(): Uint8Array {
    return concat(this.#received.splice(0));
  }

  /** All values since the last time. */
  take(): unknown[] {
    return [...decodeMulti(this.bytes(), { useBigInt64: true })];
  }

  /** How many chunks were sent, since the last time. */
  chunks(): readonly Uint8Array[] {
    return this.#received.splice(0);
  }

  /** The peer closes its half; or the connection breaks. */
  close(): void {
    this.#closed = true;
    this.#incoming.complete();
  }

  break(error: unknown): void {
    this.#incoming.error(error);
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }
}

export const ok = (seq: number | bigint) => ({ Error: '', Seq: seq });
export const refused = (seq: number | bigint, text: string) => ({ Error: text, Seq: seq });
