import { of } from 'rxjs';
import { closeFor } from './server-close.ts';
import { type OpenConnection, type SocketData, SocketSubject } from './socket.ts';
import { type FrameType, overWebSocket, type WebSocketLike } from './websocket.ts';

/** A WebSocket that a server has accepted, as the library `ws` has it; the reading of one that can pause waits for the subscription. */
export interface AcceptedWebSocket extends WebSocketLike {
  /** Stops reading. */
  pause?(): void;
  /** Reads on. */
  resume?(): void;
}

/** Options of {@link acceptedWebSocket}. */
export interface AcceptedWebSocketOptions {
  /** `'text'`: text frames, a message each. @defaultValue 'binary': binary frames, which are one stream of bytes */
  readonly frames?: FrameType;
}

/**
 * A WebSocket that a server of the library `ws` has accepted, as a socket: of bytes, for `serve`, or of texts, a message a
 * frame. What is sent in one turn goes out in one binary frame of 64 KiB at most, unless a single piece is larger.
 * `bufferedAmount` is the library's, so that `serve` notices who reads too slowly.
 *
 * ```
 * subscribe    --[bytes]--[bytes]--|   the peer has closed with 1000, or without a code
 *              --[bytes]--#            with another code, or it is gone: `WebSocketClosedError`
 *              --t#                    a frame of the other type came: closed with 1003, `ProtocolError` (`unexpected-frame`)
 * unsubscribe  -----!                  closes with 1000
 * ```
 *
 * How large a frame may be is the server's to say (`maxPayload`), and so is `perMessageDeflate`, which should be false.
 * Nothing that arrives before the subscription is lost. There is no half of it to be closed: with the peer's end it is over.
 *
 * @example
 * ```ts
 * import { EmbeddedCluster } from 'rxserf/embedded';
 * import { serve } from 'rxserf/server';
 * import { acceptedWebSocket } from 'rxserf/socket';
 * import { WebSocketServer } from 'ws';
 *
 * const node = new EmbeddedCluster({ nodes: ['n1'] }).node('n1');
 * const server = new WebSocketServer({ port: 7380, path: '/serf', maxPayload: 65_536, perMessageDeflate: false });
 * server.on('connection', (ws) => serve(node, acceptedWebSocket(ws)).subscribe({ error: console.warn }));
 * ```
 */
export function acceptedWebSocket(
  webSocket: AcceptedWebSocket,
  options: AcceptedWebSocketOptions & { readonly frames: 'text' },
): SocketSubject<string>;
export function acceptedWebSocket(
  webSocket: AcceptedWebSocket,
  options?: AcceptedWebSocketOptions & { readonly frames?: 'binary' },
): SocketSubject;
export function acceptedWebSocket(
  webSocket: AcceptedWebSocket,
  { frames = 'binary' }: AcceptedWebSocketOptions = {},
): SocketSubject | SocketSubject<string> {
  webSocket.pause?.();
  return frames === 'text' ? accepted<string>(webSocket, frames) : accepted<Uint8Array>(webSocket, frames);
}

function accepted<T extends SocketData>(webSocket: AcceptedWebSocket, frames: FrameType): SocketSubject<T> {
  const open: OpenConnection<T> = (incoming) => {
    const use = { frames, frameBytes: Number.POSITIVE_INFINITY, closeFor };
    const connection = overWebSocket(of(webSocket), incoming, use);
    webSocket.resume?.();
    const pause = (paused: boolean) => {
      if (paused) webSocket.pause?.();
      else webSocket.resume?.();
    };
    return { ...connection, pause };
  };
  return new SocketSubject<T>(open, { tellsOpened: true });
}
