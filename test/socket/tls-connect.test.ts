import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { type ConnectOptions, connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { duplexSocket, tcpSocket } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { closing, describeAgent, failureOf, startAgent } from '../agent/harness/agent.ts';
import { cert, key, listening, secureAgent } from './secure-agent.ts';

// `connect('serfs://…', { tls })`, and what is said where one side speaks TLS and the other does not.

const clientOf = (address: string, options: ConnectOptions = {}) => closing(connect(address, options));
const misuse = (address: string, options: object) => {
  try {
    connect(address, options as ConnectOptions);
  } catch (error) {
    return error;
  }
  throw new Error('it was taken');
};

describe('connect, with the option tls', () => {
  test('trusts the authority, by the name, on all its connections', async () => {
    const { port, peers } = await secureAgent();
    const client = clientOf(`serfs://localhost:${port}`, { tls: { ca: cert } });

    expect(await firstValueFrom(client.members({ name: 'n1' }))).toHaveLength(1);
    expect(await firstValueFrom(client.stats())).toMatchObject({ agent: { name: 'n1' } });
    expect(await firstValueFrom(client.forceLeave('n9'))).toBeUndefined();
    expect(peers.length).toBe(3);
    // The address was resolved, and the name is still what is asked for.
    expect(new Set(peers.map(({ servername }) => servername))).toEqual(new Set(['localhost']));
  });

  test('takes bytes, lists, and a certificate to show', async () => {
    const { port, peers } = await secureAgent({ requestCert: true, ca: [cert] });
    const tls = { ca: [Buffer.from(cert)], cert, key: Buffer.from(key) };
    await firstValueFrom(clientOf(`serfs://127.0.0.1:${port}`, { tls }).stats());
    expect(peers[0]?.authorized).toBe(true);
  });

  test('knows the name apart from the address', async () => {
    const { port } = await secureAgent();
    // The certificate is for localhost and 127.0.0.1: 127.0.0.2 would not be accepted, and for this name it is not.
    const wrong = clientOf(`serfs://localhost:${port}`, { tls: { ca: cert, servername: 'other.test' } });
    expect(await failureOf(wrong.stats())).toMatchObject({
      code: 'connect-failed',
      message: expect.stringContaining('other.test'),
    });
  });

  test.each([
    [
      'a list with a plain one',
      'serfs://127.0.0.1,127.0.0.2:7373',
      { ca: cert },
      '127.0.0.2:7373 would be spoken to in plain',
    ],
    ['an address without a scheme', '127.0.0.1:7373', { ca: cert }, 'write serfs://'],
    ['a plain gateway', 'ws://127.0.0.1', { ca: cert }, 'write wss://'],
    ['a Unix socket', 'unix:/run/serf.sock', { ca: cert }, 'in plain'],
    ['a file’s name', 'serfs://127.0.0.1', { ca: '/etc/ssl/ca.pem' }, 'ca should be the content'],
    ['bytes that are no PEM', 'serfs://127.0.0.1', { ca: Uint8Array.of(1, 2) }, 'ca should be the content'],
    ['one of a list that is none', 'serfs://127.0.0.1', { ca: [cert, 'x'] }, 'ca should be the content'],
    ['a certificate without a key', 'serfs://127.0.0.1', { cert }, 'cert needs its key'],
    ['a key without a certificate', 'serfs://127.0.0.1', { key }, 'key needs its cert'],
    ['a certificate as the key', 'serfs://127.0.0.1', { cert, key: cert }, 'cannot be used'],
    ['true', 'serfs://127.0.0.1', true, 'should be an object'],
  ])('refuses at once %s', (_, address, tls, message) => {
    const error = misuse(address, { tls });
    expect(error).toMatchObject({ name: 'InvalidArgumentError', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('BEGIN CERT');
  });

  test('refuses a socket beside it', () => {
    const socket = () => tcpSocket({ host: '127.0.0.1', port: 1 });
    expect(misuse('serfs://127.0.0.1', { socket, tls: { ca: cert } })).toMatchObject({
      message: expect.stringContaining('with socket'),
    });
  });
});

describe('tcpSocket', () => {
  test('refuses an address that asks for TLS', async () => {
    const error = await failureOf(clientOf('serfs://127.0.0.1:1', { socket: tcpSocket }).members());
    expect(error).toMatchObject({
      name: 'InvalidArgumentError',
      message: expect.stringContaining('127.0.0.1:1 asks for TLS'),
    });
  });

  test('refuses a second argument', async () => {
    const socket = (address: { host: string; port: number }) =>
      (tcpSocket as (...args: unknown[]) => ReturnType<typeof tcpSocket>)(address, { ca: cert });
    const error = await failureOf(clientOf('127.0.0.1:1', { socket }).members());
    expect(error).toMatchObject({ message: expect.stringContaining('takes one argument') });
  });
});

describe('the error says what the peer may be:', () => {
  const quick: ConnectOptions = { connectTimeout: 3_000 };

  test('TLS, spoken to in plain', async () => {
    const { port } = await secureAgent();
    const error = await failureOf(clientOf(`127.0.0.1:${port}`, quick).members());
    expect(error.message).toMatch(/serfs:\/\//);
  });

  test('an agent, spoken to in TLS', async () => {
    const cluster = new EmbeddedCluster();
    const server = createTcpServer((peer) => {
      peer.on('error', () => {});
      serve(cluster.node('n1'), duplexSocket(peer)).subscribe({ error: () => {} });
    });
    const error = await failureOf(clientOf(`serfs://127.0.0.1:${await listening(server)}`, quick).members());
    expect(error.message).toContain('does it speak TLS?');
  });

  test('HTTP, spoken to in plain and in TLS', async () => {
    const port = await listening(createHttpServer());
    const plain = await failureOf(clientOf(`127.0.0.1:${port}`, quick).members());
    expect(plain).toMatchObject({
      code: 'unexpected-shape',
      message: expect.stringContaining('an HTTP server'),
    });
    const secure = await failureOf(clientOf(`serfs://127.0.0.1:${port}`, quick).members());
    expect(secure.message).toContain('does it speak TLS?');
    expect(secure.message).not.toContain('\n');
  });

  test('SSH, which speaks first', async () => {
    const server = createTcpServer((peer) => {
      peer.on('error', () => {});
      peer.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
    });
    const port = await listening(server);
    const plain = await failureOf(clientOf(`127.0.0.1:${port}`, quick).members());
    expect(plain.message).toContain('an SSH server');
    const secure = await failureOf(clientOf(`serfs://127.0.0.1:${port}`, quick).members());
    expect(secure.message).toContain('does it speak TLS?');
  });

  test('a certificate that nobody vouches for', async () => {
    const { port } = await secureAgent();
    const error = await failureOf(clientOf(`serfs://localhost:${port}`, quick).members());
    expect(error.message).toContain('tls: { ca }');
  });
});

describeAgent('a real agent', () => {
  test('its gossip port, and its RPC port in TLS', async () => {
    const agent = await startAgent({ name: 'n1' });
    const gossip = await failureOf(clientOf(agent.gossip).members());
    expect(gossip).toMatchObject({ code: 'connect-failed', message: expect.stringContaining('gossip') });
    const secure = await failureOf(clientOf(`serfs://${agent.address}`).members());
    expect(secure.message).toContain('does it speak TLS?');
    expect(secure.message).not.toContain('\n');
  });
});
