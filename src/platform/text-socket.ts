import type { TlsOptions } from '../socket/tls-options.ts';
import type { WebSocketOptions } from '../socket/websocket.ts';

/** What a WebSocket of texts may be told, on any platform. */
export interface TextSocketOptions {
  /** The largest frame that is taken, in bytes. */
  readonly frameBytes: number;
  readonly tls?: TlsOptions | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly webSocket?: NonNullable<WebSocketOptions['webSocket']> | undefined;
}
