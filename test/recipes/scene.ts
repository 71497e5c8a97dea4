import { type Observable, Subscription } from 'rxjs';
import { binary, type Codec, type ConnectOptions, connect, type SerfClient } from 'rxserf';
import { EmbeddedCluster, type EmbeddedClusterOptions } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { expect, onTestFinished, vi } from 'vitest';

/** What an Observable did: its values, when they came (in ms), and how it ended. */
export interface Told<T> {
  readonly values: T[];
  readonly times: number[];
  /** `complete`, or the error. */
  end: unknown;
  readonly subscription: Subscription;
}

/** News need no time, and nothing is held back: what takes time then is the recipe. */
const AT_ONCE: EmbeddedClusterOptions = {
  gossipDelay: 0,
  failureDelay: 0,
  reconnectDelay: 0,
  leaveDelay: 0,
  coalescePeriod: 0,
  quiescentPeriod: 0,
  userCoalescePeriod: 0,
  userQuiescentPeriod: 0,
};

/**
 * An embedded cluster and clients of its nodes, with the bytes of the protocol between them, on a clock that the test
 * moves. Recipes take their time from RxJS's default scheduler, as in an application; the clock is everybody's.
 */
export class Scene {
  readonly cluster: EmbeddedCluster;
  readonly #clients: Pick<SerfClient, 'close'>[] = [];
  readonly #down = new Set<string>();
  /** The connections to each node's agent. */
  readonly #served = new Map<string, Subscription>();
  readonly #subscriptions: Subscription[] = [];

  constructor(options: EmbeddedClusterOptions) {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
      now: 0,
    });
    this.cluster = new EmbeddedCluster({ ...AT_ONCE, ...options });
    onTestFinished(() => this.#end());
  }

  /** A client of a node's agent; without options, it is as an application has it. */
  client<P = Uint8Array>(node: string, options: ConnectOptions<P> = {}): SerfClient<P> {
    const socket = () => {
      const [ours, theirs] = pipe();
      const agent$ = serve(this.cluster.node(node), theirs);
      if (!this.#down.has(node)) this.#servedAt(node).add(agent$.subscribe({ error: () => {} }));
      else theirs.subscribe().unsubscribe();
      return ours;
    };
    const codec = options.codec ?? (binary() as unknown as Codec<P>);
    // The first attempt to come back is after 100 ms, the second after another 200 ms…
    const client = connect('in-memory', { reconnect: { random: () => 1 }, ...options, codec, socket });
    this.#clients.push(client);
    return client;
  }

  get now(): number {
    return Date.now();
  }

  /** Lets so many ms pass. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  /** A node's agent crashes: the others notice, and its clients have lost their connection. */
  fail(node: string): void {
    this.#down.add(node);
    this.#servedAt(node).unsubscribe();
    this.#served.delete(node);
    this.cluster.fail(node);
  }

  /** It is started again. */
  restart(node: string): void {
    this.#down.delete(node);
    this.cluster.restart(node);
  }

  /** Subscribes now, and lets a moment pass: time for connections and what is sent over them. */
  async tell<T>(source$: Observable<T>): Promise<Told<T>> {
    const told = { values: [] as T[], times: [] as number[], end: undefined as unknown };
    const subscription = source$.subscribe({
      next: (value) => {
        told.values.push(value);
        told.times.push(this.now);
      },
      error: (error: unknown) => {
        told.end = error;
      },
      complete: () => {
        told.end = 'complete';
      },
    });
    this.#subscriptions.push(subscription);
    await this.pass(10);
    return Object.assign(told, { subscription });
  }

  #servedAt(node: string): Subscription {
    const served = this.#served.get(node) ?? new Subscription();
    this.#served.set(node, served);
    return served;
  }

  /** Whoever unsubscribes and closes leaves nothing behind. */
  async #end(): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    const closed = Promise.all(this.#clients.map((client) => client.close()));
    await this.pass(5_000);
    await closed;
    this.cluster.close();
    await this.pass(5_000);
    const left = vi.getTimerCount();
    vi.useRealTimers();
    expect(left).toBe(0);
  }
}

/** Nodes of a role: `web('web-1', 'web-2')`. */
export function inRole(role: string, ...names: readonly string[]) {
  return names.map((name) => ({ name, tags: { role } }));
}
