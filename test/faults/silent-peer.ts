import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Changes } from './changes.ts';

/** A gossip peer that accepts and says nothing, on which an agent's `join` is stuck until `release`. */
export interface SilentPeer {
  readonly address: string;
  /** Resolves when somebody has connected. */
  visited(): Promise<void>;
  /** Hangs up on everybody. */
  release(): void;
}

/** Until the test ends. */
export async function silentPeer(): Promise<SilentPeer> {
  const changes = new Changes();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    changes.notify();
  });
  const release = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    release();
    server.close();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    visited: () => changes.until('a visitor', () => sockets.size > 0 || undefined).then(),
    release,
  };
}
