import { expect, test } from 'vitest';
import { listening, start } from './harness.ts';

const KEY = 'rpc-key-0123456789';
const PAYLOAD = 'the payload';

/** What the command has to say of the wire, without times and ports. */
async function linesOf(args: readonly string[], environment: Record<string, string> = {}) {
  const { address } = await listening(['n1'], { authKey: KEY });
  const { code, stdout, stderr } = await start(
    [...args, '--rpc-addr', address, '--rpc-auth', KEY],
    environment,
  ).ended;
  const lines = stderr.split('\n').map((line) => {
    return line.replace(/^rxserf \d\d:\d\d:\d\d\.\d{3} 127\.0\.0\.1:\d+/, 'rxserf TIME AGENT');
  });
  return { code, stdout, stderr, lines };
}

test('--debug prints each message, on standard error, without keys and payloads', async () => {
  const { code, stdout, stderr, lines } = await linesOf(['event', 'deploy', PAYLOAD, '--debug']);

  // How the connection ends is another story.
  expect(lines.slice(0, 7)).toEqual([
    'rxserf TIME AGENT connecting',
    'rxserf TIME AGENT >  0 handshake {"Version":1}',
    'rxserf TIME AGENT <  0 handshake ok',
    'rxserf TIME AGENT >  1 auth {"AuthKey":"(hidden)"}',
    'rxserf TIME AGENT <  1 auth ok',
    'rxserf TIME AGENT >  2 event {"Name":"deploy","Payload":"(11 bytes)","Coalesce":true}',
    'rxserf TIME AGENT <  2 event ok',
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('deploy');
  expect(stderr).not.toContain(KEY);
  expect(stderr).not.toContain(PAYLOAD);
});

test('RXSERF_DEBUG=payloads shows payloads, and still no keys', async () => {
  const { stderr } = await linesOf(['event', 'deploy', PAYLOAD], { RXSERF_DEBUG: 'payloads' });

  expect(stderr).toContain(`"Payload":"${PAYLOAD}"`);
  expect(stderr).not.toContain(KEY);
});

test('what goes wrong is in it', async () => {
  const { address } = await listening(['n1'], { authKey: KEY });
  const { stderr } = await start(['members', '--rpc-addr', address, '--rpc-auth', 'wrong'], {
    RXSERF_DEBUG: '1',
  }).ended;

  expect(stderr).toMatch(/< {2}1 auth error "Invalid authentication token"\n/);
});

test.each(['', '0', 'false'])('RXSERF_DEBUG=%j is none', async (value) => {
  const { stderr } = await linesOf(['members'], { RXSERF_DEBUG: value });
  expect(stderr).toBe('');
});
