import type { PendingCall } from '../../rpc/pending-calls.ts';
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
export interface RoutedCall extends PendingCall<CallOutcome> {
  readonly registration: Registration;
  readonly id: Id;
  readonly payload: Uint8Array;
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
  /** Makes a call, which is told what becomes of it. */
  call(call: RoutedCall): void;
  /** Sends a call that is being made. @throws SerfError (`overflow`) */
  sendCall(seq: number, call: RoutedCall): void;
  /** Takes a call back, unless it is over. */
  cancelCall(seq: number): void;
}

/** A registration that can be reached. */
export type RoutedRegistration = Placed<Route>;
