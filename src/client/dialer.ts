import { type Observable, tap } from 'rxjs';
import type { Address } from '../address.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Session } from './session.ts';

/** An address, and how to open a session there. */
export interface Target {
  /** `host:port`. */
  readonly address: string;
  readonly session$: Observable<Session>;
}

/** Says where a connection leads. */
export interface Dialing {
  /** How many addresses there are. */
  readonly size: number;
  /** Whether there is reason to keep trying. */
  readonly reached: boolean;
  /** Where to go after `ahead` failures in a row. */
  target(ahead: number): Target;
}

/** Knows the addresses, and which one worked last. */
export class Dialer implements Dialing {
  readonly #addresses: readonly Address[];
  readonly #authKey: string | undefined;
  readonly #options: SessionOptions;
  #current = 0;
  /** Whether any address has ever been reached. */
  reached = false;

  constructor(addresses: readonly Address[], authKey: string | undefined, options: SessionOptions) {
    this.#addresses = addresses;
    this.#authKey = authKey ?? addresses.find((address) => address.authKey)?.authKey;
    this.#options = options;
  }

  /** How many addresses there are. */
  get size(): number {
    return this.#addresses.length;
  }

  /** The address `ahead` places behind the one that worked last, round and round. */
  target(ahead: number): Target {
    return this.#to((this.#current + ahead) % this.#addresses.length);
  }

  /** One of the addresses, by its text. */
  at(address: string): Target {
    return this.#to(this.#addresses.findIndex((each) => each.toString() === address));
  }

  #to(index: number): Target {
    const address = this.#addresses[index] as Address;
    return {
      address: address.toString(),
      session$: openSession(address, address.authKey ?? this.#authKey, this.#options).pipe(
        tap(() => {
          this.#current = index;
          this.reached = true;
        }),
      ),
    };
  }
}

/**
 * Leads the other connections of a client to the agent that the main one leads to, or tries: a `leave` is for that one.
 * Without a main connection it is as the dialer says.
 */
export class Beside implements Dialing {
  readonly #dialer: Dialer;
  readonly #main: () => string | undefined;

  /** @param main the main connection's address, while there is one, or there will be one again */
  constructor(dialer: Dialer, main: () => string | undefined) {
    this.#dialer = dialer;
    this.#main = main;
  }

  get size(): number {
    return this.#dialer.size;
  }

  get reached(): boolean {
    return this.#dialer.reached || this.#main() !== undefined;
  }

  target(ahead: number): Target {
    const main = this.#main();
    return main === undefined ? this.#dialer.target(ahead) : this.#dialer.at(main);
  }
}
