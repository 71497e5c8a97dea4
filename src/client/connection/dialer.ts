import { NEVER, type Observable, tap } from 'rxjs';
import type { Address } from '../../address.ts';
import type { ConnectionStatus } from '../../model.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Session } from './session.ts';

/** One of a client's addresses, and how to open a session there. Two may have the same text, and different keys or paths. */
export interface Target {
  /** `host:port`. */
  readonly address: string;
  readonly session$: Observable<Session>;
}

/** Says where a connection leads. */
export interface Dialing {
  /** Among how many addresses there is a choice. */
  readonly size: number;
  /** Whether any address has ever been reached. */
  readonly reached: boolean;
  /** Where to go now. */
  readonly target: Target;
  /** Not there again, as long as there are others. */
  passOver(target: Target): void;
}

/** Knows the addresses, and which one is next: the one that worked last, if nothing speaks against it. */
export class Dialer implements Dialing {
  readonly #targets: readonly Target[];
  #next = 0;
  reached = false;

  constructor(addresses: readonly Address[], authKey: string | undefined, options: SessionOptions) {
    const key = authKey ?? addresses.find((address) => address.authKey)?.authKey;
    this.#targets = addresses.map((address, index) => ({
      address: address.toString(),
      session$: openSession(address, address.authKey ?? key, options).pipe(
        tap(() => {
          this.#next = index;
          this.reached = true;
        }),
      ),
    }));
  }

  get size(): number {
    return this.#targets.length;
  }

  get target(): Target {
    return this.#targets[this.#next] as Target;
  }

  passOver(target: Target): void {
    if (target === this.target) this.#next = (this.#next + 1) % this.size;
  }
}

/** A connection that others follow. */
export interface Leader {
  readonly state: ConnectionStatus['state'];
  /** Where it leads, or tries to. */
  readonly target: Target | undefined;
}

/** Where one goes that has to wait until it is known where the main one leads. */
const ON_ITS_WAY: Target = { address: 'the main connection’s', session$: NEVER };

/**
 * Leads the other connections of a client to the agent that the main one leads to: a `leave` is for that one. While the
 * main one is on its way they wait for it; while it is at rest, they go where it would.
 */
export class Beside implements Dialing {
  readonly #dialer: Dialer;
  readonly #leader: () => Leader | undefined;

  constructor(dialer: Dialer, leader: () => Leader | undefined) {
    this.#dialer = dialer;
    this.#leader = leader;
  }

  get size(): number {
    return this.#led ? 1 : this.#dialer.size;
  }

  get reached(): boolean {
    return this.#dialer.reached;
  }

  get target(): Target {
    if (this.#free) return this.#dialer.target;
    return this.#led ?? ON_ITS_WAY;
  }

  passOver(target: Target): void {
    if (this.#free) this.#dialer.passOver(target);
  }

  /** Where the main connection leads, while there is one. */
  get #led(): Target | undefined {
    const leader = this.#leader();
    return leader?.state === 'connected' ? leader.target : undefined;
  }

  /** Whether there is nobody to follow, or only one way to go. */
  get #free(): boolean {
    if (this.#dialer.size === 1) return true;
    const state = this.#leader()?.state ?? 'idle';
    return state === 'idle' || state === 'closed';
  }
}
