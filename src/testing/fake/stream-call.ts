import type { StreamGap } from '../../model.ts';
import { type EmittedItem, FakeCall } from './fake-call.ts';
import { subjectOf } from './requests.ts';

/** What one subscriber of a stream or a monitor wants. */
export interface StreamSelection<V> {
  /** The value of an event or a log line for it; `undefined`: none. */
  readonly select: (item: EmittedItem) => V | undefined;
  readonly onGap?: ((gap: StreamGap) => void) | undefined;
  /** Makes a gap a value of the stream; `undefined` where it wants none. */
  readonly toValue?: ((gap: StreamGap) => V) | undefined;
}

/** A call of `stream` or `monitor`. */
export class StreamCall<V = unknown> extends FakeCall<V> {
  readonly #selection: StreamSelection<V>;
  #lostAt: number | undefined;
  #everSent = false;

  constructor(selection: StreamSelection<V>, ...call: ConstructorParameters<typeof FakeCall<V>>) {
    super(...call);
    this.#selection = selection;
  }

  get isWaiting(): boolean {
    return !this.#everSent;
  }

  answer(): void {
    this.#everSent = true;
    if (this.#lostAt === undefined) return;
    const { address, scheduler } = this.agent;
    const away = scheduler.now() - this.#lostAt;
    const gap: StreamGap = { event: 'gap', cause: 'reconnect', address, away };
    this.#lostAt = undefined;
    this.agent.missed(subjectOf(this.request) ?? '', away);
    const { onGap, toValue } = this.#selection;
    try {
      onGap?.(gap);
      if (toValue) this.subscriber.next(toValue(gap));
    } catch (error) {
      this.fail(error);
    }
  }

  override emit(item: EmittedItem): void {
    const value = this.#selection.select(item);
    if (value !== undefined) this.subscriber.next(value);
  }

  interrupted(): void {
    this.#lostAt ??= this.agent.scheduler.now();
  }

  close(): void {
    this.complete();
  }
}
