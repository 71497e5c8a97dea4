import type { Observer } from 'rxjs';
import type { CallOutcome } from '../mesh/frames.ts';
import type { Id } from './match.ts';
import type { Placed, Registration } from './registration.ts';

/** A publication on its way. */
export interface Publication {
  readonly object: string;
  readonly id: Id;
  readonly command: string;
  readonly payload: Uint8Array;
}

/** A call on its way to one registration. */
export interface RoutedCall {
  readonly registration: Registration;
  readonly id: Id;
  readonly payload: Uint8Array;
  /** What it is called in errors. */
  readonly name: string;
  /** In ms; 0: for ever. */
  readonly timeout: number;
}

/** The way to a notifier: to another one by a connection, or to ourselves. */
export interface Route {
  /** The id of the notifier. */
  readonly id: string;
  /** Whether more waits to be sent there than should. */
  readonly full: boolean;
  /** The last publication that was to go here; each goes once. */
  publication: number;
  /** @param frame the publication as a frame, which is made when it is needed first */
  publish(publication: Publication, full: boolean, slice: number | undefined, frame: () => Uint8Array): void;
  /** Sends a call. Returns what takes it back, unless it is over already. */
  call(call: RoutedCall, observer: Observer<CallOutcome>): (() => void) | undefined;
}

/** A registration that can be reached. */
export type RoutedRegistration = Placed<Route>;
