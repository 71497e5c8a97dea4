import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket as ServerSocket } from 'node:net';
import type { Socket } from 'rxserf';
import { afterEach, expect, vi } from 'vitest';

export const bytes = (...values: number[]) => Uint8Array.from(values);
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a socket did, as it did it. */
export class Seen {
  bytes: number[] = [];
  error: unknown;
  readonly ended: Promise<'complete' | 'error'>;
  readonly unsubscribe: () => void;

  constructor(socket: Socket) {
    let resolve: (how: 'complete' | 'error') => void;
    this.ended = new Promise((ended) => {
      resolve = ended;
    });
    const subscription = socket.subscribe({
      next: (bytes) => this.bytes.push(...bytes),
      error: (error) => {
        this.error = error;
        resolve('error');
      },
      complete: () => resolve('complete'),
    });
    this.unsubscribe = () => subscription.unsubscribe();
  }

  /** Until `count` bytes have come. */
  async until(count: number): Promise<number[]> {
    await vi.waitUntil(() => this.bytes.length >= count, { interval: 1, timeout: 5_000 });
    return this.bytes;
  }
}

const servers = new Set<Server>();
const peers = new Set<ServerSocket>();

/** A server on loopback; every connection that comes in is in `peers`, in order. */
export async function listen<S extends Server = Server>(server = createServer() as S, event = 'connection') {
  const incoming: Peer[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  server.on('connection', (socket: ServerSocket) => {
    peers.add(socket);
    socket.on('error', () => {});
  });
  server.on(event, (socket: ServerSocket) => {
    const peer = new Peer(socket);
    incoming.push(peer);
    waiting.shift()?.(peer);
  });
  server.on('tlsClientError', () => {});
  servers.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    peers: incoming,
    /** The first connection, when it has come. */
    async peer(): Promise<Peer> {
      return incoming[0] ?? new Promise<Peer>((resolve) => waiting.push(resolve));
    },
  };
}

/** The server's end of a connection. */
export class Peer {
  readonly socket: ServerSocket;
  bytes: number[] = [];
  readonly closed: Promise<unknown>;

  constructor(socket: ServerSocket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.bytes.push(...chunk));
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  async until(count: number): Promise<number[]> {
    await vi.waitUntil(() => this.bytes.length >= count, { interval: 1, timeout: 5_000 });
    return this.bytes;
  }
}

/** What Node has open for TCP now: sockets, servers, connects and look-ups. */
export function openHandles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|TLS|GetAddrInfo|Shutdown|WriteWrap/.test(name));
}

/** After every test: the servers go, and nothing of the sockets may be left. */
export function leaveNothingOpen(): void {
  afterEach(async () => {
    for (const server of servers) server.close();
    for (const peer of peers) if (!peer.destroyed) peer.destroy();
    servers.clear();
    peers.clear();
    await expect.poll(openHandles, { interval: 1, timeout: 5_000 }).toEqual([]);
  });
}
