import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Running, runDemo, VIEWER_KEY } from './harness.ts';

/** A folder of pages, with a secret beside it and one that is hidden in it. */
function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'rxserf-pages-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'pages');
  mkdirSync(join(dir, '.git'), { recursive: true });
  writeFileSync(join(root, 'secret.txt'), 'SECRET');
  writeFileSync(join(dir, '.env'), 'SECRET');
  writeFileSync(join(dir, '.git', 'config'), 'SECRET');
  writeFileSync(join(dir, 'index.html'), '<h1>index</h1>');
  writeFileSync(join(dir, 'main-4HSKDJ2K.js'), '0123456789');
  return dir;
}

/** A request whose path nobody has tidied up. */
async function get({ port }: Running, path: string, headers = ''): Promise<string> {
  const socket = connectTcp({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}\r\n`);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

test('pages come with headers that hold browsers back, hashed files for a year', async () => {
  const { gateway } = await runDemo({ dashboard: { dir: folder() } });
  const index = await fetch(`${gateway.url}/`);
  expect(await index.text()).toBe('<h1>index</h1>');
  expect(index.headers.get('cache-control')).toBe('no-store');
  expect(index.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(index.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(Object.fromEntries(index.headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  });
  const script = await fetch(`${gateway.url}/main-4HSKDJ2K.js`);
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  // A route of the page, and a file that there is not.
  expect((await fetch(`${gateway.url}/members/n1?q=x`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/main-00000000.js`)).status).toBe(404);
  const post = await fetch(`${gateway.url}/`, { method: 'POST', body: 'x' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await fetch(`${gateway.url}/`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/a/../../secret.txt',
  '//secret.txt',
  '/.env',
  '/%2eenv',
  '/.git/config',
  '/index.html/../.env',
  '/%00',
  '/%',
  '/%c0%ae%c0%ae/secret.txt',
  'http://127.0.0.1/../secret.txt',
])('%s leads to nothing', async (path) => {
  const { gateway } = await runDemo({ dashboard: { dir: folder() } });
  const answer = await get(gateway, path);

  expect(answer).toMatch(/^HTTP\/1\.1 (400|404) /);
  expect(answer).not.toContain('SECRET');
});

test('ranges that no file has, and files that are gone, end nothing', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'gone.js'), 'x');
  const { gateway } = await runDemo({ dashboard: { dir } });
  rmSync(join(dir, 'gone.js'));
  for (const range of ['bytes=5-2', 'bytes=-', 'bytes=x-y', 'bytes=999-', 'bytes=0-99999', 'lines=1-2'])
    expect(await get(gateway, '/main-4HSKDJ2K.js', `Range: ${range}\r\n`)).toMatch(
      /^HTTP\/1\.1 (200|206|416) /,
    );
  await get(gateway, '/gone.js');
  expect((await fetch(`${gateway.url}/`)).status).toBe(200);
});

test('a link that leads out of the folder was there when the folder was read, and is whose folder it is', async () => {
  const dir = folder();
  const { gateway } = await runDemo({ dashboard: { dir } });
  // What is made later is no file of it.
  symlinkSync('../secret.txt', join(dir, 'link.txt'));
  chmodSync(dir, 0o755);
  expect(await get(gateway, '/link.txt')).toMatch(/^HTTP\/1\.1 404 /);
});

test('counters are for who has a key, name nobody, and count what was refused', async () => {
  const { gateway } = await runDemo({ http: { metrics: true } });
  const ask = (authorization?: string) =>
    fetch(`${gateway.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
  expect((await ask()).status).toBe(401);
  expect((await ask('Bearer nonsense-0123456789')).status).toBe(401);
  const text = await (await ask(`Bearer ${VIEWER_KEY}`)).text();
  expect(text).toContain('rxserf_gateway_ready 1');
  expect(text).toContain('rxserf_members{status="alive"} 3');
  expect(text).toContain('rxserf_gateway_refused_keys_total 1');
  expect(text).not.toMatch(/n1|vic|key-0/);
  // A herd of them is bounded.
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask('Bearer nonsense-0123456789')));
  expect(answers.some(({ status }) => status === 503)).toBe(true);
});
