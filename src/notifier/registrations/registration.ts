import type { IdMask } from './match.ts';

/** What a registration is for; of each kind there is a table. */
export type RegistrationKind = 'notification' | 'call';

/** A registration as it is announced to all peers. */
export interface Registration {
  /** Of its notifier's, and never used again. */
  readonly number: number;
  readonly kind: RegistrationKind;
  readonly object: string;
  readonly command: string;
  readonly match: IdMask;
  /** `undefined`: full, every publication and call goes to it; else one of all slices is chosen by weight. */
  weight: number | undefined;
  /** The same number for the same handler: a call reaches it once, by however many registrations. */
  readonly target: number;
}

/** A registration and where it is. */
export interface Placed<Route> extends Registration {
  readonly route: Route;
}
