import { describe, expect, test } from 'vitest';
import { type AdmissionRules, admit, type RequestFacts } from '../../src/http/admission.ts';
import { hostName, isLoopback } from '../../src/http/host.ts';
import { parseOrigin } from '../../src/http/origin.ts';

const rules: AdmissionRules = {
  paths: new Set(['/serf', '/ops/serf']),
  hosts: new Set(['serf.example.org', 'localhost', '127.0.0.1', '[::1]']),
  origins: new Set(['https://serf.example.org', 'http://localhost:4200', 'capacitor://localhost']),
};

const facts = (given: Partial<RequestFacts> & { host?: string | undefined }): RequestFacts => ({
  path: '/serf',
  hosts: ['host' in given ? given.host : 'serf.example.org'],
  origin: 'https://serf.example.org',
  remoteAddress: '192.0.2.1',
  ...given,
});

describe('Host × Origin', () => {
  const HOSTS: readonly [string | undefined, boolean][] = [
    ['serf.example.org', true],
    ['serf.example.org:443', true],
    ['serf.example.org:7380', true],
    ['SERF.example.ORG', true],
    ['serf.example.org.', true],
    ['localhost:7380', true],
    ['127.0.0.1:7380', true],
    ['[::1]:7380', true],
    [undefined, false],
    ['', false],
    ['evil.example', false],
    ['serf.example.org.evil.example', false],
    ['evil.example#serf.example.org', false],
    ['serf.example.org@evil.example', false],
    ['evil.example/serf.example.org', false],
    ['serf.example.org, evil.example', false],
    ['xserf.example.org', false],
    ['10.0.0.1', false],
  ];
  const ORIGINS: readonly [string | undefined, boolean][] = [
    [undefined, true],
    ['https://serf.example.org', true],
    ['https://serf.example.org:443', true],
    ['HTTPS://SERF.example.org', true],
    ['http://localhost:4200', true],
    ['capacitor://localhost', true],
    ['http://serf.example.org', false],
    ['https://serf.example.org:8443', false],
    ['http://localhost', false],
    ['http://localhost:42000', false],
    ['null', false],
    ['', false],
    ['https://evil.example', false],
    ['https://serf.example.org.evil.example', false],
    ['https://serf.example.org@evil.example', false],
    ['https://evil.example/https://serf.example.org', false],
    ['https://serf.example.org, https://evil.example', false],
    ['file://', false],
    ['data:text/html,x', false],
  ];

  test.each(
    HOSTS.flatMap(([host, known]) => ORIGINS.map(([origin, allowed]) => ({ host, known, origin, allowed }))),
  )('Host $host and Origin $origin', ({ host, known, origin, allowed }) => {
    const refusal = admit(facts({ host, origin }), rules);

    // The Host comes first: what a rebound name's page says of its origin does not matter.
    expect(refusal?.status).toBe(known ? (allowed ? undefined : 403) : 421);
  });
});

test('a page whose name was made to lead here is refused by its Host, though it equals its Origin', () => {
  const refusal = admit(facts({ host: 'evil.example:7380', origin: 'http://evil.example:7380' }), rules);

  expect(refusal).toMatchObject({ reason: 'host', status: 421 });
});

test('the host that a proxy was asked for has to be known as well as the one that it asks for', () => {
  expect(admit(facts({ hosts: ['127.0.0.1:7380', 'serf.example.org'] }), rules)).toBeUndefined();
  expect(admit(facts({ hosts: ['127.0.0.1:7380', 'evil.example'] }), rules)).toMatchObject({ status: 421 });
});

test('a path that is none comes before all else', () => {
  expect(admit(facts({ path: '/serf/', host: 'evil.example' }), rules)).toMatchObject({ status: 404 });
  expect(admit(facts({ path: '/ops/serf' }), rules)).toBeUndefined();
});

test('a function decides about parsed origins, and is not asked about what is none', () => {
  const asked: string[] = [];
  const origins = (origin: string) => {
    asked.push(origin);
    return origin.endsWith('.example.org');
  };
  const status = (origin: string) => admit(facts({ origin }), { ...rules, origins })?.status;

  expect(status('https://a.example.org:443')).toBeUndefined();
  expect(status('https://example.com')).toBe(403);
  expect(status('null')).toBe(403);
  expect(asked).toEqual(['https://a.example.org', 'https://example.com']);
});

test('hints name the option that would have allowed it, and nothing of the query', () => {
  const hint = (given: Parameters<typeof facts>[0]) => admit(facts(given), rules)?.hint;

  expect(hint({ origin: 'https://app.example.org' })).toBe(
    'pages of "https://app.example.org" may not connect: if they should, add it to origins, or to publicUrl where this server is what they are',
  );
  expect(hint({ host: 'serf.local' })).toBe(
    'Host "serf.local" is none of this server\'s: if it is, add it to hosts or publicUrl',
  );
  expect(hint({ path: '/x'.repeat(1_000) })?.length).toBeLessThan(300);
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['localhost.evil.example', false],
  ['128.0.0.1', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('names and origins are compared in one form', () => {
  expect(hostName('Serf.Example.Org.:80')).toBe('serf.example.org');
  expect(hostName('[0:0:0:0:0:0:0:1]:80')).toBe('[::1]');
  expect(parseOrigin('https://EXAMPLE.org:443/')).toBe('https://example.org');
  expect(parseOrigin('http://[0:0::1]:80')).toBe('http://[::1]');
});
