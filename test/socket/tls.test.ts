import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import { tcpSocket } from 'rxserf/socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bytes, leaveNothingOpen, listen, Seen } from './harness.ts';

describe('tcpSocket', () => {
  leaveNothingOpen();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  describe('in TLS', () => {
    const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');
    const cert = fixture('cert');
    const secure = () => listen(createTlsServer({ key: fixture('key'), cert }), 'secureConnection');

    test.each(['127.0.0.1', 'localhost'])(
      'carries bytes both ways with %s, and warns of nothing',
      async (host) => {
        const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
        const { port, peer: peerOf } = await secure();
        const socket = tcpSocket({ host, port, tls: { ca: cert } });
        socket.next(bytes(1, 2));
        const seen = new Seen(socket);
        const peer = await peerOf();

        expect(await peer.until(2)).toEqual([1, 2]);
        peer.socket.end(bytes(3));
        expect(await seen.ended).toBe('complete');
        expect(seen.bytes).toEqual([3]);
        expect(warn).not.toHaveBeenCalled();
      },
    );

    test('tells the server the name it wants', async () => {
      const { port, peer } = await secure();
      const seen = new Seen(tcpSocket({ host: 'localhost', port, tls: { ca: cert } }));

      expect(((await peer()).socket as { servername?: string }).servername).toBe('localhost');
      seen.unsubscribe();
    });

    test.each([true, {}])('errors at a certificate that nobody vouches for (tls: %j)', async (tls) => {
      const server = await secure();
      const socket = tcpSocket({ ...server, tls });
      socket.next(bytes(1));
      const seen = new Seen(socket);

      expect(await seen.ended).toBe('error');
      expect(seen.error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      expect(server.peers.flatMap((peer) => peer.bytes)).toEqual([]);
    });

    test('errors at a certificate of another name', async () => {
      const { host, port } = await secure();
      const seen = new Seen(tcpSocket({ host, port, tls: { ca: cert, servername: 'other.example' } }));

      expect(await seen.ended).toBe('error');
      expect(seen.error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    });

    test('errors when the server does not speak it', async () => {
      const server = await listen();
      const seen = new Seen(tcpSocket({ ...server, tls: true }));
      (await server.peer()).socket.end('HTTP/1.0 400 Bad Request\r\n\r\n');

      expect(await seen.ended).toBe('error');
      expect((seen.error as NodeJS.ErrnoException).code).toMatch(/^ERR_SSL_/);
    });

    test('unsubscribe during the TLS handshake closes', async () => {
      const server = await listen();
      const seen = new Seen(tcpSocket({ ...server, tls: true }));
      const peer = await server.peer();
      await peer.until(1);
      seen.unsubscribe();
      await peer.closed;

      expect(seen.error).toBeUndefined();
    });
  });
});
