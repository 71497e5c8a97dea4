import type { SchedulerLike, Subscription } from 'rxjs';
import type { DiscoveredInstance } from '../discovery/instance.ts';
import type { NotifierPeer } from '../notifier.ts';
import type { Link } from './link.ts';

/** How long the one with the lesser id waits to be connected to, in ms, before it connects itself. */
const PATIENCE = 2_000;
/** The delay before another attempt is random between 0 and this, in ms; each time twice as much… */
const FIRST_DELAY = 200;
/** …up to this. */
const LONGEST_DELAY = 10_000;

/** What peers need of their mesh. */
export interface PeerContext {
  /** Our own id, and whether the others can connect to us. */
  readonly id: string;
  readonly listens: boolean;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
  /** Begins to connect; the link tells what becomes of it. */
  dial(instance: DiscoveredInstance): Link;
  /** What is missing for a connection to this instance, by our own rules. */
  forbids(instance: DiscoveredInstance): string | undefined;
  /** Called when a port of our own agent's refuses again and again: nobody is there. */
  stale(id: string): void;
}

/** What is known of another notifier, and the one link there is to it. */
export class Peer {
  readonly id: string;
  readonly #context: PeerContext;
  instance: DiscoveredInstance | undefined;
  /** The way there, once it has been entered. */
  link: Link | undefined;
  #attempt: Link | undefined;
  #timer: Subscription | undefined;
  /** How many attempts have failed in a row, or led to a link that did not last. */
  #failures = 0;
  /** When the link was entered. */
  #upAt = 0;
  #error: Error | undefined;

  constructor(id: string, context: PeerContext) {
    this.id = id;
    this.#context = context;
  }

  /** Whether it is known whether it can be reached. */
  get isSettled(): boolean {
    return this.link !== undefined || this.#failures > 0 || this.#problem !== undefined;
  }

  /** Whether nothing is left of it. */
  get isGone(): boolean {
    return !this.instance && !this.link && !this.#attempt;
  }

  get state(): NotifierPeer {
    const { id, link } = this;
    const node = link?.node || (this.instance?.node ?? '');
    if (link) return { id, node, state: 'connected' };
    const problem = this.#problem;
    if (problem !== undefined) return { id, node, state: 'unreachable', error: new Error(problem) };
    const error = this.#error;
    return { id, node, state: error ? 'waiting' : 'connecting', ...(error && { error }) };
  }

  /** Begins what there is to do: to dial, or to wait before that. */
  look(): void {
    if (this.#problem !== undefined || !this.instance) {
      this.#timer?.unsubscribe();
      this.#timer = undefined;
      // Nobody says any more that it is there.
      if (!this.instance) this.#attempt?.fail(new Error('the notifier is gone'));
      return;
    }
    if (this.link || this.#attempt || this.#timer) return;
    const delay = this.#delay();
    if (delay === 0) this.#dial();
    else this.#timer = this.#context.scheduler.schedule(() => this.#dial(), delay);
  }

  /**
   * A link that is up. Of two, that which the greater id has dialled stays, as both sides know without asking; a second one of the
   * same side takes over from the first, which that side must have lost.
   */
  take(link: Link): void {
    if (this.#attempt === link) this.#attempt = undefined;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#error = undefined;
    this.#upAt = this.#context.scheduler.now();
    const before = this.link;
    const greater = this.#context.id > this.id ? 'dialer' : 'listener';
    if (before && before.role !== link.role && link.role !== greater) link.retire();
    else {
      before?.retire();
      this.link = link;
      link.enter();
    }
  }

  /** A link is over. Returns whether it was the one there was. */
  lost(link: Link, error: Error | undefined): boolean {
    const was = this.link === link;
    if (was) {
      this.link = undefined;
      // The first attempt is made at once; but one that hangs up each time is not dialled in a loop.
      if (this.#context.scheduler.now() - this.#upAt > LONGEST_DELAY) this.#failures = 0;
      else this.#failures++;
    }
    if (this.#attempt === link) {
      this.#attempt = undefined;
      this.#failed(error ?? new Error('the peer has closed the connection'));
    }
    return was;
  }

  stop(): void {
    this.#timer?.unsubscribe();
  }

  get #problem(): string | undefined {
    const { instance } = this;
    if (!instance) return undefined;
    if (instance.state !== 'alive') return `its member has ${instance.state === 'left' ? 'left' : 'failed'}`;
    return instance.problem ?? this.#context.forbids(instance);
  }

  #delay(): number {
    const { id, listens, random } = this.#context;
    const patience = listens && id < this.id ? PATIENCE : 0;
    if (this.#failures === 0) return patience;
    const bound = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(this.#failures, 16));
    return Math.max(1, Math.round(patience + random() * bound));
  }

  #failed(error: Error): void {
    this.#failures++;
    this.#error = error;
    const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    if (refused && this.instance?.ours && this.#failures > 1) this.#context.stale(this.id);
  }

  #dial(): void {
    this.#timer = undefined;
    if (this.link || this.#attempt || !this.instance || this.#problem !== undefined) return;
    try {
      this.#attempt = this.#context.dial(this.instance);
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
      this.look();
      return;
    }
    this.#attempt.open();
  }
}
