import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'gateway', ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
const file = (name: string, text: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'rxserf-')), name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

test('--check says what a proxy in front has to send, and no token', async () => {
  const tokens = file('tokens', '# who\n0123456789abcdef operator ann lee\n');
  const config = file(
    'gateway.json',
    JSON.stringify({
      publicUrl: 'https://serf.example.org/ops',
      tokenFile: tokens,
      roles: { deployer: { extends: 'operator', events: ['deploy:*'] } },
    }),
  );
  const { code, stdout } = await run('--check', '--config', config, '--trust-proxy', '10.0.0.1');

  expect(code).toBe(0);
  expect(stdout).toContain('WebSockets    ws://127.0.0.1:7380/serf, wss://serf.example.org/ops/serf');
  expect(stdout).toContain('roles         viewer, operator, admin, deployer');
  expect(stdout).toContain('proxy_set_header Upgrade $http_upgrade;');
  expect(stdout).toContain('believed of 10.0.0.1');
  expect(stdout).not.toContain('0123456789abcdef');
});

test.each([
  [['--token-file', 'none'], 'none: ENOENT'],
  [['--config', file('x.json', '{"origin": 1}')], 'there is no origin; there are rpcAddr'],
  [['--config', file('x.json', '[')], 'cannot be read as JSON'],
  [['--token-file', file('t', 'short')], 'a token of 5 characters can be guessed'],
  [['--listen', '0.0.0.0:7380', '--anonymous', 'viewer'], 'without TLS, everybody on the way reads the keys'],
  [['--anonymous', 'root'], 'anonymous has the role "root", which is not among roles'],
  [['--https-cert', 'x'], '--https-cert and --https-key belong together'],
  [
    ['--origin', '*', '--anonymous', 'viewer'],
    'origins should be like https://app.example.org (no path, no *)',
  ],
  [[], 'nobody could connect: give --token-file'],
] as [string[], string][])('%j is misuse, in one line', async (args, message) => {
  const { code, stdout, stderr } = await run(...args);

  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect([code, stdout]).toEqual([2, '']);
});
