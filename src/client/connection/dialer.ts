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
  /** Where it is connected, or connecting to. */
  readonly target: Target | undefined;
}

/** The target of a follower while its leader is between two agents. */
const UNDECIDED: Target = { address: 'the main connection’s', session$: NEVER };

/**
 * Dials the agent that the leader is connected to: a `leave` is for that one. Waits while the leader connects; while it is
 * idle, dials what the leader would.
 */
export class FollowingDialer implements Dialing {
  readonly #dialer: Dialer;
  readonly #leader: () => Leader | undefined;

  constructor(dialer: Dialer, leader: () => Leader | undefined) {
    this.#dialer = dialer;
    this.#leader = leader;
  }

  get size(): number {
    return this.#leaderTarget ? 1 : this.#dialer.size;
  }

  get reached(): boolean {
    return this.#dialer.reached;
  }

  get target(): Target {
    if (this.#free) return this.#dialer.target;
    return this.#leaderTarget ?? UNDECIDED;
  }

  passOver(target: Target): void {
    if (this.#free) this.#dialer.passOver(target);
  }

  /** Where the leader is connected. */
  get #leaderTarget(): Target | undefined {
    const leader = this.#leader();
    return leader?.state === 'connected' ? leader.target : undefined;
  }

  /** Whether there is no leader to follow, or only one target. */
  get #free(): boolean {
    if (this.#dialer.size === 1) return true;
    const state = this.#leader()?.state ?? 'idle';
    return state === 'idle' || state === 'closed';
  }
}
