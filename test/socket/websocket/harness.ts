import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { acceptedWebSocket, type Socket, type SocketData, type SocketSubject } from 'rxserf/socket';
import { afterEach, vi } from 'vitest';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { leaveNothingOpen } from '../harness.ts';

const servers = new Set<WebSocketServer>();

/** After every test: the servers go, and nothing of the sockets may be left. */
export function leaveNoWebSocketOpen(): void {
  // Runs last: afterEach is a stack.
  leaveNothingOpen();
  afterEach(() => {
    for (const server of servers) {
      for (const client of server.clients) client.terminate();
      server.close();
    }
    servers.clear();
  });
}

/** A server of the library `ws`, on loopback; `accept` is called within its event, so that nothing is missed. */
export async function webSocketServer<T>(
  accept: (webSocket: WebSocket) => T,
  options: ServerOptions = {},
): Promise<{ url: string; accepted: Promise<T>; server: WebSocketServer }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, ...options });
  servers.add(server);
  const accepted = new Promise<T>((resolve) => {
    server.on('connection', (webSocket) => resolve(accept(webSocket)));
  });
  await once(server, 'listening');
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/serf`, accepted, server };
}

export const acceptBytes = (webSocket: WebSocket): Recorded<Uint8Array> =>
  new Recorded(acceptedWebSocket(webSocket));
export const acceptText = (webSocket: WebSocket): Recorded<string> =>
  new Recorded(acceptedWebSocket(webSocket, { frames: 'text' }));

/** What a socket did, as it did it: bytes as numbers, texts, and `end` or the error. */
export class Recorded<T extends SocketData> {
  readonly socket: SocketSubject<T> | Socket<T>;
  readonly log: unknown[] = [];
  readonly close: () => void;
  #over = false;

  constructor(socket: Socket<T>) {
    this.socket = socket;
    const subscription = socket.subscribe({
      next: (data) => this.log.push(typeof data === 'string' ? data : [...data]),
      error: (error) => this.#end(error),
      complete: () => this.#end('end'),
    });
    this.close = () => subscription.unsubscribe();
  }

  /** Until so much has come. */
  async until(count: number): Promise<unknown[]> {
    await vi.waitUntil(() => this.log.length >= count, { interval: 1, timeout: 5_000 });
    return this.log;
  }

  /** Until it has ended; with what. */
  async ended(): Promise<unknown> {
    await vi.waitUntil(() => this.#over, { interval: 1, timeout: 5_000 });
    return this.log.at(-1);
  }

  #end(how: unknown): void {
    this.log.push(how);
    this.#over = true;
  }
}
