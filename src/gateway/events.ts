import type { RefusalReason } from '../http/admission.ts';
import type { PeerEvent } from '../server/events.ts';
import type { Identity } from './identity.ts';

/** A browser, or whoever else is connected to the gateway. The same object in all of its events. */
export interface GatewayPeer {
  /** What it has: a WebSocket, or a stream of events over HTTP (`/api/events`). */
  readonly transport: 'websocket' | 'sse';
  /** Where it is; where a trusted proxy is between, as that says. */
  readonly address: string;
  /** Whose page it is; none: it is no page. */
  readonly origin: string | undefined;
  /** Who it is, once that is known. */
  readonly identity: Identity | undefined;
  /** Since when it is connected, in ms since the epoch. */
  readonly since: number;
  /**
   * Closes it with 4403: a client of a WebSocket does not come back by itself (an `EventSource` does, and has to be refused its
   * credential). For a right that was taken away.
   */
  disconnect(reason?: string): void;
}

/**
 * What happens at a gateway, told apart by `type`; nothing in it has a key, a payload or a query string:
 *
 * - `listening`: it can be connected to; first, and once (not of a handler in a server of one's own)
 * - `refused-upgrade`: somebody was turned away before there was a WebSocket; a page sees no more than close code 1006, so
 *   `hint` says what would have allowed it
 * - `refused-request`: so was an HTTP request; `reason` is `permission` where the policy of its role forbids it, `rate` where it came
 *   too often, `upstream` where the agent gave no answer
 * - `connected`: a peer has connected; `authenticated`: it is known who it is
 * - `refused-key`: what it showed was not right, or stands for a role that there is not
 * - `accepted`, `refused`, `dropped`: as in `serve`
 * - `disconnected`: a peer is gone, with the close code that it was sent or that it sent; one over HTTP has the code that a WebSocket
 *   would have, 1005 where it went by itself
 * - `upstream`: what is served could not be connected to at first (`connecting`, with the `error`), is connected, was lost, or has
 *   ended; while it is away nobody is served
 * - `certificate`: it was read again; with an `error` the one before stays in use
 * - `draining`: nobody new is taken, and peers are asked to come back elsewhere
 */
export type GatewayEvent =
  | {
      readonly type: 'listening';
      /** As a browser here would write it, `http://127.0.0.1:7380`. */
      readonly url: string;
      readonly host: string;
      readonly port: number;
    }
  | (RefusedRequest & { readonly type: 'refused-upgrade' })
  | (RefusedRequest & { readonly type: 'refused-request' })
  | { readonly type: 'connected'; readonly peer: GatewayPeer }
  | { readonly type: 'authenticated'; readonly peer: GatewayPeer }
  | {
      readonly type: 'refused-key';
      readonly address: string;
      readonly peer?: GatewayPeer;
      readonly error: Error;
    }
  | (PeerEvent & { readonly peer: GatewayPeer })
  | {
      readonly type: 'disconnected';
      readonly peer: GatewayPeer;
      readonly code: number;
      readonly reason: string;
      readonly error?: Error;
    }
  | {
      readonly type: 'upstream';
      readonly state: 'connecting' | 'up' | 'lost' | 'ended';
      readonly error?: Error;
    }
  | { readonly type: 'certificate'; readonly error?: Error }
  | { readonly type: 'draining' };

/** A request that was turned away, and why. */
export interface RefusedRequest {
  readonly reason: RefusalReason | 'permission';
  /** The status of the HTTP answer. */
  readonly status: number;
  /** What was wrong, and which option would have allowed it. */
  readonly hint: string;
  readonly address: string;
  readonly path: string;
  readonly origin: string | undefined;
}
