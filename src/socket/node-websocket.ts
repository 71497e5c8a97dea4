import { defer, map, of } from 'rxjs';
import type { SocketSubject } from './socket.ts';
import type { TlsOptions } from './tls-options.ts';
import { FRAME_BYTES, openWebSocket, type WebSocketOptions } from './websocket.ts';

/** How long a server may take to close its end, in ms; then the connection is cut. */
const CLOSE_TIMEOUT = 1_000;

/** Options of `webSocketSocket` on Node. */
export interface NodeWebSocketOptions extends WebSocketOptions {
  /** How a `wss:` server is known, and we to it. @defaultValue Node's */
  readonly tls?: TlsOptions;
  /** Further headers of the opening handshake: a cookie, an `Origin`. A page cannot set any. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A WebSocket as a Subject of bytes, or of texts with `frames: 'text'`: subscribe connects, `next` sends (before it is open,
 * too), `complete` sends what is left and closes with 1000, unsubscribing closes, also while it is connecting. Bytes of one
 * turn go out in one binary frame of 64 KiB at most, unless a single piece is larger; a text is a frame.
 *
 * ```
 * subscribe    --[data]--[data]--|   the peer has closed with 1000, or without a code: the same on every platform
 *              --[data]--#           closed with another code, or the connection is gone: `WebSocketClosedError`
 *              --#                   it could not be opened: the same, with `closeCode` 1006
 *              --t#                  a frame of the other type: `ProtocolError` (`unexpected-frame`)
 * ```
 *
 * @param url `ws:` or `wss:`; a page that came by https may open `wss:` only
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { webSocketSocket } from 'rxserf/socket';
 *
 * // What connect('wss://serf.example.org/serf') does by itself.
 * connect('wss://serf.example.org/serf', { socket: () => webSocketSocket('wss://serf.example.org/serf') });
 *
 * const texts = webSocketSocket('wss://chat.example.org', { frames: 'text', protocols: ['chat'] });
 * texts.subscribe((text) => console.log(text));
 * texts.next('hello');
 * ```
 */
export function webSocketSocket(
  url: string | URL,
  options: NodeWebSocketOptions & { readonly frames: 'text' },
): SocketSubject<string>;
export function webSocketSocket(
  url: string | URL,
  options?: NodeWebSocketOptions & { readonly frames?: 'binary' },
): SocketSubject;
export function webSocketSocket(
  url: string | URL,
  options: NodeWebSocketOptions = {},
): SocketSubject | SocketSubject<string> {
  const { webSocket: Given, protocols = [], frameBytes = FRAME_BYTES, tls, headers } = options;
  const settings = {
    ...tls,
    ...(headers && { headers }),
    maxPayload: frameBytes,
    // It costs memory, and mixes secrets with what others chose in one context.
    perMessageDeflate: false,
    closeTimeout: CLOSE_TIMEOUT,
  };
  return openWebSocket(
    Given
      ? defer(() => of(new Given(`${url}`, [...protocols])))
      : // On demand: who connects by TCP need not load it.
        defer(() => import('ws')).pipe(
          map(({ WebSocket }) => new WebSocket(`${url}`, [...protocols], settings)),
        ),
    options,
  );
}
