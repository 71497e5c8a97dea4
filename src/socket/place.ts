import type { Observable, SchedulerLike } from 'rxjs';
import type { Address } from '../address.ts';
import type { SocketFactory } from './socket.ts';

/** One place to connect to, and how to open a session there. Two may have the same text, and different keys or paths. */
export interface Target<S> {
  /** `host:port`, or the like; of a name, the address that it was resolved to. */
  readonly address: string;
  readonly session$: Observable<S>;
}

/** One of a client's addresses: as many targets as it resolves to. */
export interface Place<S> {
  /** As it was given. */
  readonly address: string;
  readonly size: number;
  /** Emits where to connect now. Never errors: to connect to such a target does. */
  readonly target$: Observable<Target<S>>;
  /** Returns whether none of its targets is left to try in this round. */
  passOver(target: Target<S>): boolean;
}

/** What the resolving of names needs of a client. */
export interface ResolveOptions {
  readonly socket: SocketFactory;
  /** How long a name may take to be resolved, in ms. */
  readonly connectTimeout: number;
  readonly scheduler: SchedulerLike;
}

/**
 * The place that a name is, where the socket resolves names and the address has one; else `undefined`.
 *
 * @param open makes the target at one of the addresses
 */
export type ResolveName = <S>(
  address: Address,
  open: (address: Address) => Target<S>,
  options: ResolveOptions,
) => Place<S> | undefined;
