import { createServer } from 'node:net';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { type JugglerConnection, jugglerConnect, jugglerListen } from 'rxserf/juggler';
import { expect, test } from 'vitest';

/** As `hat.util.get_unused_tcp_port()`. */
async function unusedTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('the example of hat-juggler, word for word', async () => {
  const port = await unusedTcpPort();
  const host = '127.0.0.1';

  const serverConns = new ReplaySubject<JugglerConnection<number>>();
  const server = jugglerListen<number>({ host, port, autoflush: 0 })
    .pipe(
      filter((event) => event.type === 'connected'),
      map(({ connection }) => connection),
    )
    .subscribe(serverConns);

  const clientConn = jugglerConnect(`ws://${host}:${port}/ws`, { autoflush: 0 });
  const serverConn = await firstValueFrom(serverConns);

  const serverRemoteData = new ReplaySubject<number | null>();
  serverConn.changes$.pipe(map(() => serverConn.remoteData)).subscribe(serverRemoteData);

  clientConn.setLocalData(123);
  const data = await firstValueFrom(serverRemoteData);
  expect(data).toBe(123);

  server.unsubscribe();
  await firstValueFrom(clientConn.closed$);
  await firstValueFrom(serverConn.closed$);
});
