import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions as ServerOptions, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { duplexSocket } from 'rxserf/socket';
import { onTestFinished } from 'vitest';

const pem = (name: string) => readFileSync(fixture(name), 'utf8');
/** A PEM file: `cert`, for localhost and 127.0.0.1, or its `key`. */
export const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.pem`, import.meta.url));
export const cert = pem('cert');
export const key = pem('key');

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An embedded node behind TLS, as behind stunnel. */
export async function secureAgent(options: ServerOptions = {}) {
  const cluster = new EmbeddedCluster();
  const node = cluster.node('n1');
  const peers: TLSSocket[] = [];
  const server = createTlsServer({ cert, key, ...options }, (peer) => {
    peers.push(peer);
    peer.on('error', () => {});
    serve(node, duplexSocket(peer)).subscribe({ error: () => {} });
  });
  server.on('tlsClientError', () => {});
  onTestFinished(() => {
    for (const peer of peers) peer.destroy();
  });
  return { port: await listening(server), peers };
}
