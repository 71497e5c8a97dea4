import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Observable } from 'rxjs';
import { pipe, socketFrom, tcpSocket } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';

/** What `opened$` and the socket itself tell, in order. */
function told(socket: Observable<unknown> & { readonly opened$?: Observable<void> }) {
  const log: string[] = [];
  socket.opened$?.subscribe({ next: () => log.push('opened'), complete: () => log.push('opened |') });
  const subscription = socket.subscribe({ error: () => log.push('error'), complete: () => log.push('|') });
  return { log, subscription };
}

describe('opened$', () => {
  test('of a TCP socket: when it is connected, and to who asks later, too', async () => {
    const server = createServer((peer) => peer.end('x')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = tcpSocket({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const { log } = told(socket);

    expect(log).toEqual([]);
    await new Promise<void>((resolve) => socket.opened$?.subscribe(resolve));
    expect(log).toEqual(['opened', 'opened |']);
    let late = false;
    socket.opened$?.subscribe(() => {
      late = true;
    });
    expect(late).toBe(true);
    server.close();
    await once(server, 'close');
  });

  test('of one that cannot be had: never', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const socket = tcpSocket({ host: '127.0.0.1', port });
    const log: string[] = [];
    socket.opened$?.subscribe({ next: () => log.push('opened'), complete: () => log.push('opened |') });
    await new Promise<void>((resolve) => socket.subscribe({ error: () => resolve() }));

    expect(log).toEqual([]);
  });

  test('of a pipe: with the subscription', () => {
    const [socket] = pipe();
    const { log, subscription } = told(socket);
    subscription.unsubscribe();

    expect(log).toEqual(['opened', 'opened |']);
  });

  test('a socket of one’s own has it if it says so', () => {
    const connection = { write() {}, end() {}, destroy() {} };
    expect(socketFrom(() => connection).opened$).toBeUndefined();

    const socket = socketFrom(
      (incoming) => {
        incoming.opened();
        return connection;
      },
      { tellsOpened: true },
    );
    const { log } = told(socket);
    expect(log).toEqual(['opened', 'opened |']);
    expect(told(socketFrom(() => connection)).log).toEqual([]);
  });
});
