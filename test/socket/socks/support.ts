import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket as NodeSocket, type Server } from 'node:net';
import type { SocketFactory } from 'rxserf';
import { onTestFinished } from 'vitest';
import { Address } from '../../../src/address.ts';

/** A server on loopback that ends with the test; resolves with its port. */
export async function listening(server: Server): Promise<number> {
  const open = new Set<NodeSocket>();
  server.on('connection', (socket: NodeSocket) => {
    open.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that sends back what it gets, in front of it `hello `. */
export function echo(): Promise<number> {
  return listening(
    createServer((socket) => {
      socket.write('hello ');
      socket.pipe(socket);
    }),
  );
}

/** A proxy of our own: `answer` is given what came and the socket. */
export function fakeProxy(answer: (bytes: Buffer, socket: NodeSocket) => void): Promise<number> {
  return listening(createServer((socket) => socket.on('data', (bytes) => answer(bytes, socket))));
}

export interface Talk {
  readonly text: string;
  readonly error?: Error & { readonly code?: string; readonly reply?: string };
}

/** Connects, says `ping`, and returns what came until it has said that back, or the error. */
export function talk(
  factory: SocketFactory,
  host: string,
  port: number,
  scheme: 'tcp' | 'tls' = 'tcp',
): Promise<Talk> {
  return new Promise((resolve) => {
    const socket = factory(new Address(scheme, host, port));
    socket.next(new TextEncoder().encode('ping'));
    let text = '';
    const subscription = socket.subscribe({
      next: (bytes) => {
        text += new TextDecoder().decode(bytes);
        if (!text.endsWith('ping')) return;
        resolve({ text });
        queueMicrotask(() => subscription.unsubscribe());
      },
      error: (error) => resolve({ text, error }),
      complete: () => resolve({ text }),
    });
  });
}
