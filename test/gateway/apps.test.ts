import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstValueFrom } from 'rxjs';
import { connect, type SerfClient } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import type { Authenticate, GatewayHandlerOptions } from 'rxserf/gateway';
import { expect, onTestFinished, test } from 'vitest';
import { attempt, clientOf, KEYS, openPage, ROLES, runDemo, VIEWER_KEY } from './harness.ts';
import { freePort } from './programs.ts';

const FOLDER = fileURLToPath(new URL('apps', import.meta.url));
const there = existsSync(join(FOLDER, 'node_modules', 'jose'));
if (!there) {
  const how = 'npm ci --prefix test/gateway/apps installs them, and npm test does';
  if (process.env['CI'] === 'true') throw new Error(`express, fastify and jose are not there: ${how}`);
  console.warn(`\n!!! SKIPPED the tests of a gateway in express and fastify, and with jose: ${how}.\n`);
}
const testThere = test.skipIf(!there);

/** The block under a heading of the recipe, as a module that finds what it imports. */
async function blockUnder<M>(heading: string): Promise<M> {
  const page = readFileSync(new URL('../../docs/recipes/gateway.md', import.meta.url), 'utf8');
  const [, code] = new RegExp(`^### ${heading}\n.*?^\`\`\`js\n(.*?)^\`\`\`$`, 'ms').exec(page) ?? [];
  if (code === undefined) throw new Error(`docs/recipes/gateway.md has no block under ${heading}`);
  const file = join(FOLDER, '.cache', `${heading}.js`);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, code);
  return import(file);
}

interface Mounted {
  application(client: SerfClient, options: GatewayHandlerOptions): Server;
}

testThere.each(['express', 'fastify'])('mounted in %s, beside what else the server has', async (name) => {
  const { application } = await blockUnder<Mounted>(name);
  const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2'], seed: 1 });
  onTestFinished(() => cluster.close());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = application(cluster.node('n1') as unknown as SerfClient, {
    publicUrl: url,
    authenticate: KEYS,
    roles: ROLES,
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  expect(await (await fetch(`${url}/hello`)).text()).toBe('hello');
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, upstream: 'up' });
  const client = connect(`ws://127.0.0.1:${port}/serf`, { authKey: VIEWER_KEY });
  onTestFinished(() => client.close());
  expect((await firstValueFrom(client.members())).map(({ name }) => name)).toEqual(['n1', 'n2']);
  expect(await attempt(openPage(`ws://127.0.0.1:${port}/serf`, 'https://evil.example'))).toBe(403);
  expect(await attempt(openPage(`ws://127.0.0.1:${port}/serf`, url))).toBe('open');
});

interface Jose {
  generateKeyPair(algorithm: string): Promise<{ publicKey: object; privateKey: object }>;
  SignJWT: new (payload: object) => Signing;
}
interface Signing {
  setProtectedHeader(header: object): Signing;
  setIssuer(issuer: string): Signing;
  setAudience(audience: string): Signing;
  setSubject(subject: string): Signing;
  setExpirationTime(time: number): Signing;
  sign(key: object): Promise<string>;
}

testThere('JWTs: who signs, for whom, and until when', async () => {
  const { jwt } = await blockUnder<{ jwt(keys: object, options: object): Authenticate }>('JWTs');
  const jose: Jose = await import(join(FOLDER, 'node_modules/jose/dist/webapi/index.js'));
  const ours = await jose.generateKeyPair('ES256');
  const others = await jose.generateKeyPair('ES256');
  const issuer = 'https://id.example.org';
  const soon = Math.floor(Date.now() / 1_000) + 3_600;
  const signed = (role: string, { by = ours, from = issuer, until = soon } = {}) =>
    new jose.SignJWT({ role })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(from)
      .setAudience('serf')
      .setSubject('ann')
      .setExpirationTime(until)
      .sign(by.privateKey);
  const { gateway } = await runDemo({ authenticate: jwt(ours.publicKey, { issuer, audience: 'serf' }) });
  const members = (key: string) =>
    firstValueFrom(clientOf(gateway, key, { reconnect: false }).members()).then(
      () => 'served',
      ({ code }: { code: string }) => code,
    );

  expect(await members(await signed('viewer'))).toBe('served');
  const { peer } = await gateway.until('authenticated');
  expect(peer.identity).toEqual({ role: 'viewer', name: 'ann', expires: soon * 1_000 });
  const [header, payload, signature] = (await signed('viewer')).split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  const changed = `${header}.${Buffer.from(`{"role":"admin","iss":"${issuer}","aud":"serf","sub":"x","exp":${soon}}`).toString('base64url')}.${signature}`;
  for (const key of [
    await signed('viewer', { by: others }),
    await signed('viewer', { from: 'https://evil.example' }),
    await signed('viewer', { until: soon - 7_200 }),
    unsigned,
    changed,
  ])
    expect(await members(key)).toBe('auth-invalid');
});
