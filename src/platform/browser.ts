import { fromEventPattern, merge, type Observable } from 'rxjs';
import type { Address, PageOrigin, Scheme } from '../address.ts';
import type { AgentSupport } from '../agent-support.ts';
import { InvalidArgumentError } from '../errors.ts';
import { webSocketSocket } from '../socket/browser-websocket.ts';
import type { Socket, SocketFactory } from '../socket/socket.ts';
import type { TextSocketOptions } from './text-socket.ts';

/** The schemes that there is a socket for in a browser. */
export const schemes: readonly Scheme[] = ['ws', 'wss'];

/** What to do with another scheme. */
export const INSTEAD =
  'a browser has no TCP: connect to a gateway, wss://host/serf, or give a socket of your own as the option socket';

/** Where to connect to where nobody says: the gateway at the page's own origin. */
export function defaultAddress(): string {
  return '/serf';
}

/** Makes the sockets to addresses with one of the {@link schemes}. */
export function platformSocket(): SocketFactory {
  return (address: Address): Socket => webSocketSocket(address.toString());
}

/** @throws `InvalidArgumentError`: which certificates a page trusts and has is its browser's affair */
export function checkTls(): void {
  throw new InvalidArgumentError(
    'invalid-argument',
    'the option tls is for Node: here TLS is up to the browser',
  );
}

/** What a page reaches is a gateway, or what is behind a socket of its own: nothing that it would have to be careful with. */
export const agentSupport: AgentSupport = {
  resolveName(_address, _open, { socket }) {
    if (!socket.resolve) return undefined;
    throw new InvalidArgumentError(
      'invalid-argument',
      'the resolve of a socket is for Node: here it is given the name',
    );
  },
};

/** A browser has no environment. */
export function environment(_name: string): string | undefined {
  return undefined;
}

/** What a page and a worker have, and Node has not; the core is compiled without the DOM. */
const page = globalThis as unknown as {
  readonly location?: PageOrigin;
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
};

/** Where this page is from. */
export function pageOrigin(): PageOrigin | undefined {
  return page.location;
}

/** Emits when an attempt to connect is worth it at once: the network is back, or the page has been woken. */
export const wake$: Observable<unknown> = merge(happens('online'), happens('pageshow'));

function happens(type: string): Observable<unknown> {
  return fromEventPattern(
    (listener) => page.addEventListener?.(type, listener),
    (listener) => page.removeEventListener?.(type, listener),
  );
}

/** A WebSocket of texts; certificates and headers are the browser's own business. */
export function platformTextSocket(url: URL, { webSocket, frameBytes }: TextSocketOptions): Socket<string> {
  return webSocketSocket(url, { frames: 'text', frameBytes, ...(webSocket && { webSocket }) });
}
