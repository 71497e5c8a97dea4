import type { Command } from '../protocol/commands.ts';

/**
 * What happens with a peer, told apart by `type`:
 *
 * - `accepted`: it has shaken hands and, where one is asked for, given the key; once
 * - `refused`: a command of its was answered with an error; `message` is what it was told
 * - `dropped`: a record was left out because the peer reads too slowly, or (`malformed`) because the Serf gave something
 *   that cannot be written; `total` counts those of this peer, this one included
 */
export type PeerEvent =
  | { readonly type: 'accepted' }
  | {
      readonly type: 'refused';
      /** As the peer wrote it: any text. */
      readonly command: string;
      /** What the Serf or the server had to say. */
      readonly error: Error;
    }
  | {
      readonly type: 'dropped';
      readonly cause: 'slow' | 'malformed';
      readonly command: Command;
      /** The filter, log level or query name; its first 200 characters. */
      readonly subject: string;
      readonly total: number;
      /** With `malformed`: what was wrong. */
      readonly error?: unknown;
    };

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
