import { expect, test } from 'vitest';
import { cert, fixture, secureAgent } from '../socket/secure-agent.ts';
import { rxserf } from './harness.ts';

// An agent behind TLS, on the command line.

test('an authority, a certificate and its key are files', async () => {
  const { port, peers } = await secureAgent({ requestCert: true, ca: [cert] });
  const files = ['--tls-ca', fixture('cert'), '--tls-cert', fixture('cert'), '--tls-key', fixture('key')];
  const { code, stdout } = await rxserf('members', '--rpc-addr', `serfs://localhost:${port}`, ...files);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('n1') });
  expect(peers[0]?.authorized).toBe(true);
});

test.each([
  ['a file that is not there', 'serfs://localhost:1', '/nowhere.pem', '--tls-ca: ENOENT'],
  ['a file that is no PEM', 'serfs://localhost:1', '/etc/hostname', 'ca should be the content of a PEM file'],
  ['an address without TLS', 'localhost:1', fixture('cert'), 'write serfs:// in front of it'],
])('%s is a mistake, and nobody is asked', async (_, address, file, message) => {
  const outcome = await rxserf('members', '--rpc-addr', address, '--tls-ca', file);
  expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
});

test('a certificate that nobody vouches for: the error says what to do', async () => {
  const { port } = await secureAgent();
  const { code, stderr } = await rxserf('members', '--rpc-addr', `serfs://localhost:${port}`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--tls-ca') });
});
