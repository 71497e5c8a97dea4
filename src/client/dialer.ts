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

/**
 * Knows the addresses, and which one worked last. Shared by all connections of a client, so that they lead to the same
 * agent.
 */
export class Dialer {
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
    const index = (this.#current + ahead) % this.#addresses.length;
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
