import {
  catchError,
  defer,
  map,
  NEVER,
  type Observable,
  of,
  type SchedulerLike,
  take,
  tap,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import type { Address } from '../../address.ts';
import { ConnectError } from '../../errors.ts';
import type { ConnectionStatus } from '../../model.ts';
import type { AuthKey } from '../../options.ts';
import type { SocketFactory } from '../../socket/socket.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Session } from './session.ts';

/** So many addresses of one name are used; the rest of a longer answer is not looked at. */
const MOST_ADDRESSES = 64;

/** One place to connect to, and how to open a session there. Two may have the same text, and different keys or paths. */
export interface Target {
  /** `host:port`, or the like; of a name, the address that it was resolved to. */
  readonly address: string;
  readonly session$: Observable<Session>;
}

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
  readonly #places: readonly Place[];
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
      const { resolve } = options.socket;
      return resolve && address.isName ? new Name(address, open, resolve, options) : new Fixed(open(address));
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

  get #place(): Place {
    return this.#places[this.#next] as Place;
  }
}

/** One of a client's addresses: as many targets as it resolves to. */
interface Place {
  readonly address: string;
  readonly size: number;
  readonly target$: Observable<Target>;
  /** Returns whether none of its targets is left to try in this round. */
  passOver(target: Target): boolean;
}

/** An IP address, or a name that nobody resolves before the socket does. */
class Fixed implements Place {
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

/** A name, resolved anew for each connection: a target for each of its addresses. */
class Name implements Place {
  readonly address: string;
  readonly target$: Observable<Target>;
  readonly #open: (address: Address) => Target;
  /** As last resolved; at most {@link MOST_ADDRESSES}. */
  #targets: readonly Target[] = [];
  /** Those that failed in this round. */
  readonly #passed = new Set<Target>();
  #preferred: Target | undefined;
  /** Stands for the name while it cannot be resolved. */
  #unresolved: Target | undefined;

  constructor(
    address: Address,
    open: (address: Address) => Target,
    resolve: NonNullable<SocketFactory['resolve']>,
    { connectTimeout, scheduler }: { readonly connectTimeout: number; readonly scheduler: SchedulerLike },
  ) {
    this.address = address.toString();
    this.#open = open;
    this.target$ = defer(() => resolve(address)).pipe(
      take(1),
      map((addresses) => addresses.slice(0, MOST_ADDRESSES)),
      tap((addresses) => {
        if (addresses.length === 0) throw new Error('it has no addresses');
      }),
      throwIfEmpty(() => new Error('it has no addresses')),
      timeout({
        first: connectTimeout,
        scheduler,
        with: () => throwError(() => new Error(`no answer in ${connectTimeout} ms`)),
      }),
      tap((addresses) => this.#replace(addresses)),
      map(() => this.#choose()),
      // What a name was is likely still true: a resolver that is down does not keep a client from its agents.
      catchError((error) => of(this.#targets.length > 0 ? this.#choose() : this.#failing(error))),
    );
  }

  get size(): number {
    return Math.max(1, this.#targets.length);
  }

  passOver(target: Target): boolean {
    if (target === this.#unresolved) return true;
    if (!this.#targets.includes(target)) return false;
    this.#passed.add(target);
    if (this.#targets.some((each) => !this.#passed.has(each))) return false;
    this.#passed.clear();
    return true;
  }

  /** Keeps the targets that are still there: who is connected to one knows it by identity. */
  #replace(addresses: readonly Address[]): void {
    const known = new Map(this.#targets.map((target) => [target.address, target]));
    const texts = new Map(addresses.map((address) => [address.toString(), address]));
    this.#targets = [...texts].map(([text, address]) => known.get(text) ?? this.#open(address));
    for (const target of this.#passed) if (!this.#targets.includes(target)) this.#passed.delete(target);
    if (this.#targets.every((target) => this.#passed.has(target))) this.#passed.clear();
  }

  /** Stays with its choice: connections that are opened at once go to one agent, whatever order the name resolves in. */
  #choose(): Target {
    const free = this.#targets.filter((target) => !this.#passed.has(target));
    const preferred = free.find((target) => target === this.#preferred);
    this.#preferred = preferred ?? (free[0] as Target);
    return this.#preferred;
  }

  #failing(cause: unknown): Target {
    const { address } = this;
    const why = cause instanceof Error ? cause.message || (cause as { code?: string }).code : cause;
    const error = new ConnectError('connect-failed', `could not resolve ${address}: ${why}`, {
      address,
      cause,
    });
    this.#unresolved = { address, session$: throwError(() => error) };
    return this.#unresolved;
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
