import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach } from 'vitest';
import { CERTIFICATE } from './certificate.ts';

/** What a {@link PageServer} serves. */
export interface PageServerOptions {
  /** The JavaScript of the page, a module. */
  readonly script: string;
  /** Further modules that it imports, by their paths, such as `/chunk.js`. */
  readonly chunks?: Readonly<Record<string, string>>;
  /** Whether by https, with the certificate of the tests. @defaultValue false */
  readonly tls?: boolean;
  /** @defaultValue any that is free */
  readonly port?: number;
  /** What becomes of an upgrade. @defaultValue refused with 404 */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Headers of every answer, such as a policy of what the page may do. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server of one page, on loopback. */
export interface PageServer {
  /** `https://localhost:PORT/`. */
  readonly url: string;
  readonly port: number;
  /** Closes it and all its connections. */
  close(): Promise<void>;
}

const open = new Set<PageServer>();
afterEach(async () => {
  await Promise.all([...open].map((server) => server.close()));
});

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="/page.js"></script>';

/** Serves a page until its test is over, or it is closed. */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const { script, chunks = {}, tls = false, headers = {} } = options;
  const answer = ({ url }: IncomingMessage, response: ServerResponse) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const module = url === '/page.js' ? script : chunks[url ?? ''];
    const [type, body] =
      module !== undefined
        ? ['text/javascript', module]
        : url === '/favicon.ico'
          ? ['image/x-icon', '']
          : ['text/html', PAGE];
    response.setHeader('content-type', type).end(body);
  };
  const server: Server = tls ? createHttpsServer(CERTIFICATE, answer) : createHttpServer(answer);
  server.on(
    'upgrade',
    options.upgrade ?? ((_request, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')),
  );
  const connections = new Set<Socket>();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection)).on('error', () => {});
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const running: PageServer = {
    url: `${tls ? 'https' : 'http'}://localhost:${port}/`,
    port,
    async close() {
      if (!open.delete(running)) return;
      for (const connection of connections) connection.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  open.add(running);
  return running;
}
