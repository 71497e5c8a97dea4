import { NEVER, type Observable, of, tap } from 'rxjs';
import type { Address } from '../../address.ts';
import type { ConnectionStatus } from '../../model.ts';
import type { AuthKey } from '../../options.ts';
import type { Place, Target as TargetOf } from '../../socket/place.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Session } from './session.ts';

/** A place to connect to, with its session. */
export type Target = TargetOf<Session>;

/** Decides where a connection is opened. */
export interface Dialing {
  /** How many targets there are to choose from, as far as names are resolved. */
  readonly size: number;
  /** Whether any target was ever reached. */
  readonly reached: boolean;
  /** Whether each connection has a key that was asked for it. */
  readonly freshKeys: boolean;
  /** What is dialed next, as text: a name as it was given. */
  readonly address: string;
  /** Resolves the name that is next, if it is one, and emits where to connect now. Never errors: such a target's session does. */
  readonly target$: Observable<Target>;
  /** Makes another target the next one, if there is another. */
  passOver(target: Target): void;
}

/**
 * Chooses among the addresses, and among those that a name resolves to: the one that worked last first, then the next ones
 * in order.
 */
export class Dialer implements Dialing {
  readonly #places: readonly Place<Session>[];
  #next = 0;
  reached = false;
  readonly freshKeys: boolean;

  constructor(addresses: readonly Address[], authKey: AuthKey | undefined, options: SessionOptions) {
    this.freshKeys = typeof authKey === 'function';
    const key = authKey ?? addresses.find((address) => address.authKey)?.authKey;
    this.#places = addresses.map((address, index) => {
      const open = (each: Address): Target => {
        return {
          address: each.toString(),
          session$: openSession(each, address.authKey ?? key, options).pipe(
            tap(() => {
              this.#next = index;
              this.reached = true;
            }),
          ),
        };
      };
      return options.resolveName(address, open, options) ?? new Fixed(open(address));
    });
  }

  get size(): number {
    return this.#places.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether there is one target only, now and later. */
  get fixed(): boolean {
    return this.#places.length === 1 && this.#place instanceof Fixed;
  }

  get address(): string {
    return this.#place.address;
  }

  get target$(): Observable<Target> {
    return this.#place.target$;
  }

  passOver(target: Target): void {
    if (this.#place.passOver(target)) this.#next = (this.#next + 1) % this.#places.length;
  }

  get #place(): Place<Session> {
    return this.#places[this.#next] as Place<Session>;
  }
}

/** An IP address, or a name that nobody resolves before the socket does. */
class Fixed implements Place<Session> {
  readonly size = 1;
  readonly address: string;
  readonly target$: Observable<Target>;
  readonly #target: Target;

  constructor(target: Target) {
    this.address = target.address;
    this.target$ = of(target);
    this.#target = target;
  }

  passOver(target: Target): boolean {
    return target === this.#target;
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
 * Dials the target that the leader is connected to: a `leave` is for that one. Waits while the leader connects; while it is
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

  get freshKeys(): boolean {
    return this.#dialer.freshKeys;
  }

  get address(): string {
    return this.#free ? this.#dialer.address : this.#followed.address;
  }

  get target$(): Observable<Target> {
    return this.#free ? this.#dialer.target$ : of(this.#followed);
  }

  passOver(target: Target): void {
    if (this.#free) this.#dialer.passOver(target);
  }

  get #followed(): Target {
    return this.#leaderTarget ?? UNDECIDED;
  }

  /** Where the leader is connected. */
  get #leaderTarget(): Target | undefined {
    const leader = this.#leader();
    return leader?.state === 'connected' ? leader.target : undefined;
  }

  /** Whether there is no leader to follow, or only one target. */
  get #free(): boolean {
    if (this.#dialer.fixed) return true;
    const state = this.#leader()?.state ?? 'idle';
    return state === 'idle' || state === 'closed';
  }
}
