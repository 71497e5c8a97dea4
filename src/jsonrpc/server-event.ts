import type { JsonRpcEvent, JsonRpcSession } from './json-rpc-session.ts';

/** A peer of a listener: one connection. The same object in all of its events. */
export interface JsonRpcPeer {
  /** Where it is, `IP:PORT`; empty for one of a Unix socket. */
  readonly address: string;
  /** The conversation with it: it can be called, too. */
  readonly session: JsonRpcSession;
}

/**
 * What happens at a listener, told apart by `type`:
 *
 * - `listening`: it can be connected to; once, and first
 * - `connected`: a peer has connected
 * - the events of a session, as in {@link JsonRpcEvent}
 * - `disconnected`: a peer is gone; with an `error` unless one of both sides has just closed
 * - `rejected`: somebody was disconnected at once, as `maxPeers` were connected, or did not agree on TLS
 */
export type JsonRpcServerEvent =
  | {
      readonly type: 'listening';
      /** `IP:PORT`, or the path. */
      readonly address: string;
      /** Empty with a path. */
      readonly host: string;
      /** The one that was asked for, or with 0 the one there is; 0 with a path. */
      readonly port: number;
    }
  | { readonly type: 'connected'; readonly peer: JsonRpcPeer }
  | (JsonRpcEvent & { readonly peer: JsonRpcPeer })
  | { readonly type: 'disconnected'; readonly peer: JsonRpcPeer; readonly error?: Error }
  | { readonly type: 'rejected'; readonly address: string };
