import type { PeerEvent } from './peer-event.ts';

/** A peer of a server: one connection. The same object in all of its events. */
export interface Peer {
  /** Where it is, `IP:PORT`. */
  readonly address: string;
}

/**
 * What happens at a server, told apart by `type`:
 *
 * - `listening`: it can be connected to; once, and first
 * - `connected`: a peer has connected, and has not introduced itself yet
 * - `accepted`, `refused`, `dropped`: as in {@link PeerEvent}
 * - `disconnected`: a peer is gone; with an `error` unless it, or the Serf, has just ended it
 * - `rejected`: somebody connected when `maxPeers` were, and was disconnected at once
 */
export type ServerEvent =
  | {
      readonly type: 'listening';
      /** `IP:PORT`, as `connect` takes it. */
      readonly address: string;
      readonly host: string;
      /** The one that was asked for, or with 0 the one there is. */
      readonly port: number;
    }
  | { readonly type: 'connected'; readonly peer: Peer }
  | (PeerEvent & { readonly peer: Peer })
  | { readonly type: 'disconnected'; readonly peer: Peer; readonly error?: Error }
  | { readonly type: 'rejected'; readonly address: string };
