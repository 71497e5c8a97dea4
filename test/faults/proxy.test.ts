import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Changes } from './changes.ts';
import { type FaultProxy, faultProxy, type Proxied } from './proxy.ts';

test('passes both directions, counts and closes with either side', async () => {
  const { proxy, peer, link, server } = await connected();
  peer.send('ping');
  server.send('pong!');
  await peer.got('pong!');
  await server.got('ping');

  expect([link.toAgent.forwarded, link.toClient.received]).toEqual([4, 5]);
  peer.socket.end();
  expect(await server.ended).toBe('fin');
  server.socket.end();
  expect(await peer.ended).toBe('fin');
  await link.closed;
  expect(proxy.live).toEqual([]);
});

test('cut and reset at a byte', async () => {
  for (const [how, end] of [
    ['cut', 'fin'],
    ['reset', 'rst'],
  ] as const) {
    const { peer, link, server } = await connected();
    server.send('before');
    await peer.got('before');
    link.toClient[how](3);
    server.send('after');
    expect(await peer.ended).toBe(end);
    // A reset takes along what has not been read.
    if (how === 'cut') expect(peer.text()).toBe('beforeaft');
    await link.closed;
  }
});

test('stalls and goes on, swallows, truncates, corrupts', async () => {
  const { peer, link, server } = await connected();
  link.toClient.stall(2);
  link.toAgent.stall();
  server.send('abcd');
  peer.send('1234');
  await peer.got('ab');
  await link.toAgent.read(4);
  expect([link.toAgent.forwarded, link.toClient.forwarded]).toEqual([0, 2]);

  link.toClient.pass();
  link.toAgent.pass();
  await peer.got('abcd');
  await server.got('1234');

  link.toClient.swallow(1);
  server.send('efgh');
  await link.toClient.read(8);
  await peer.got('abcde');
  link.toClient.pass();
  link.toClient.truncate(1, 2);
  link.toClient.corrupt(4, (byte) => byte - 32);
  server.send('ij');
  server.send('klmn');
  await peer.got('abcdeilMn');
});

test('splits and delays', async () => {
  const { peer, link, server } = await connected();
  link.toAgent.split(1);
  link.toAgent.delay(1);
  peer.send('a');
  await link.toAgent.passed(1);
  peer.send('bcdef');
  await server.got('abcdef');
  expect(server.chunks.length).toBeGreaterThan(1);
});

test('refuses, accepts again, and scripts what is to come', async () => {
  const { proxy, peer, server, accepted } = await connected();
  await proxy.refuse();
  expect(await open(proxy).ended).toBe('rst');
  peer.send('still');
  await server.got('still');

  await proxy.accept();
  proxy.script((link, index) => index === 1 && link.toAgent.swallow(1));
  const second = open(proxy);
  second.send('xyz');
  const other = await accepted(1);
  await other.got('x');
  await proxy.connections(2);
  expect(proxy.all).toHaveLength(2);
});

interface Peer {
  socket: Socket;
  chunks: string[];
  ended: Promise<'fin' | 'rst'>;
  text(): string;
  send(text: string): void;
  got(text: string): Promise<void>;
}

function peerOf(socket: Socket): Peer {
  const changes = new Changes();
  const chunks: string[] = [];
  const text = () => chunks.join('');
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    chunks.push(chunk);
    changes.notify();
  });
  const ended = new Promise<'fin' | 'rst'>((resolve) => {
    socket.on('end', () => resolve('fin')).on('error', () => resolve('rst'));
  });
  return {
    socket,
    chunks,
    ended,
    text,
    send: (text) => void socket.write(text),
    got: async (expected) => {
      await changes
        .until(`receives ${expected}`, () => text().length >= expected.length || undefined)
        .then(() => expect(text()).toBe(expected));
    },
  };
}

function open(proxy: FaultProxy): Peer {
  const socket = connect({
    port: Number(proxy.address.split(':')[1]),
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  onTestFinished(() => void socket.destroy());
  return peerOf(socket);
}

/** A client and a server with a proxy in between. */
async function connected(): Promise<{
  proxy: FaultProxy;
  peer: Peer;
  server: Peer;
  link: Proxied;
  accepted: (index: number) => Promise<Peer>;
}> {
  const changes = new Changes();
  const peers: Peer[] = [];
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    peers.push(peerOf(socket));
    changes.notify();
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    for (const { socket } of peers) socket.destroy();
    listener.close();
  });
  const proxy = await faultProxy({ host: '127.0.0.1', port: (listener.address() as AddressInfo).port });
  const peer = open(proxy);
  const accepted = (index: number): Promise<Peer> => changes.until(`peer ${index}`, () => peers[index]);
  return { proxy, peer, server: await accepted(0), link: await proxy.connection(0), accepted };
}
