import { VirtualTimeScheduler } from 'rxjs';
import { type JugglerConnection, type JugglerConnectOptions, jugglerConnect } from 'rxserf/juggler';
import { pipe, type SocketSubject } from 'rxserf/socket';

/** A message on the wire. */
export interface Frame {
  readonly type: string;
  readonly payload?: unknown;
}

/** A connection of ours, and what its peer does and sees, in virtual time. */
export class Scene {
  readonly scheduler = new VirtualTimeScheduler();
  /** What the peer got: when, and what. */
  readonly got: [ms: number, frame: Frame][] = [];
  /** The peer's end of each connection, in order. */
  readonly peers: SocketSubject<string>[] = [];
  /** When the peer saw the end of one. */
  readonly ends: number[] = [];
  readonly connection: JugglerConnection<unknown, unknown>;
  /** Whether attempts to connect fail. */
  refusing = false;

  constructor(options: JugglerConnectOptions = {}) {
    this.connection = jugglerConnect<unknown, unknown>(() => this.#dial(), {
      ...options,
      scheduler: this.scheduler,
    });
  }

  /** Does something at a time. */
  at(ms: number, act: (scene: this) => void): this {
    this.scheduler.schedule(() => act(this), ms);
    return this;
  }

  /** Has the peer send frames: messages, or texts as they are. */
  send(...frames: readonly (Frame | string)[]): void {
    for (const frame of frames)
      this.peers.at(-1)?.next(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Lets time go by: all of it, or until something. */
  play(until = Number.POSITIVE_INFINITY): this {
    this.scheduler.maxFrames = until;
    this.scheduler.flush();
    return this;
  }

  /** What the peer got, without the times. */
  get frames(): Frame[] {
    return this.got.map(([, frame]) => frame);
  }

  #dial(): SocketSubject<string> {
    if (this.refusing) throw new Error('refused');
    const [ours, theirs] = pipe<string>(this.scheduler);
    this.peers.push(theirs);
    theirs.subscribe({
      next: (frame) => this.got.push([this.scheduler.now(), JSON.parse(frame)]),
      complete: () => {
        this.ends.push(this.scheduler.now());
        theirs.complete();
      },
    });
    return ours;
  }
}

/** A DATA frame. */
export const data = (...patch: readonly object[]): Frame => ({ type: 'DATA', payload: patch });

/** A DATA frame that replaces everything. */
export const whole = (value: unknown): Frame => data({ op: 'replace', path: '', value });

/** A MESSAGE frame. */
export const message = (payload: unknown): Frame => ({ type: 'MESSAGE', payload });

/** A call. */
export const request = (id: unknown, action: string, ...args: unknown[]): Frame =>
  message({ type: 'rpc', id, direction: 'request', action, args });

/** An answer. */
export const response = (id: unknown, success: boolean, result: unknown): Frame =>
  message({ type: 'rpc', id, direction: 'response', success, result });

/** All that an Observable says, as a list that grows. */
export function told(source: {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): unknown;
}): unknown[] {
  const list: unknown[] = [];
  source.subscribe({
    next: (value) => list.push(value),
    error: (error) => list.push(error),
    complete: () => list.push('|'),
  });
  return list;
}
