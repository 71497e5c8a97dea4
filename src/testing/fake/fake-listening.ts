import type { StreamGap } from '../../model.ts';
import { FakeCall } from './fake-call.ts';
import { subjectOf } from './requests.ts';

/** How a subscriber of a stream or a monitor hears. */
export interface Hearing<V> {
  /** What an event or a log line is to it; `undefined`: nothing. */
  readonly read: (item: Parameters<FakeCall['hear']>[0]) => V | undefined;
  readonly onGap?: ((gap: StreamGap) => void) | undefined;
  /** A gap as a value of the stream; `undefined` where it wants none. */
  readonly toValue?: ((gap: StreamGap) => V) | undefined;
}

/** A stream or a monitor. */
export class FakeListening<V = unknown> extends FakeCall<V> {
  readonly #hearing: Hearing<V>;
  #lostAt: number | undefined;
  #everSent = false;

  constructor(hearing: Hearing<V>, ...call: ConstructorParameters<typeof FakeCall<V>>) {
    super(...call);
    this.#hearing = hearing;
  }

  get waiting(): boolean {
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
    const { onGap, toValue } = this.#hearing;
    try {
      onGap?.(gap);
      if (toValue) this.subscriber.next(toValue(gap));
    } catch (error) {
      this.fail(error);
    }
  }

  override hear(item: Parameters<FakeCall['hear']>[0]): void {
    const value = this.#hearing.read(item);
    if (value !== undefined) this.subscriber.next(value);
  }

  interrupted(): void {
    this.#lostAt ??= this.agent.scheduler.now();
  }

  close(): void {
    this.complete();
  }
}
