import { defer, of } from 'rxjs';
import type { SocketSubject } from './socket.ts';
import { openWebSocket, type WebSocketOptions } from './websocket.ts';

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
  options: WebSocketOptions & { readonly frames: 'text' },
): SocketSubject<string>;
export function webSocketSocket(
  url: string | URL,
  options?: WebSocketOptions & { readonly frames?: 'binary' },
): SocketSubject;
export function webSocketSocket(
  url: string | URL,
  options: WebSocketOptions = {},
): SocketSubject | SocketSubject<string> {
  const { webSocket = WebSocket, protocols = [] } = options;
  return openWebSocket(
    defer(() => of(new webSocket(`${url}`, [...protocols]))),
    options,
  );
}

/** The browser's; the core is compiled without the DOM. */
declare const WebSocket: NonNullable<WebSocketOptions['webSocket']>;
