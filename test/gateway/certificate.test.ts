import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { Subject } from 'rxjs';
import type { TlsOptions } from 'rxserf/socket';
import { expect, onTestFinished, test } from 'vitest';
import { CERTIFICATE } from '../browser/harness/certificate.ts';
import { attempt, openPage, runDemo, VIEWER_KEY } from './harness.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
/** Another certificate than that of the tests' servers, for a name of its own. */
const OTHER = { cert: fixture('other-cert.pem'), key: fixture('other-key.pem') };

/** The fingerprint of the certificate that is shown now. */
async function shown(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket.getPeerCertificate().fingerprint256;
}

test('a certificate is read again when it is said, one that cannot be used is not, and nobody is cut off', async () => {
  const tlsReload = new Subject<void>();
  const answers: (() => TlsOptions)[] = [
    () => CERTIFICATE,
    () => OTHER,
    () => ({ cert: OTHER.cert, key: CERTIFICATE.key }),
    () => {
      throw new Error('ENOENT: cert.pem');
    },
    () => CERTIFICATE,
  ];
  const { gateway } = await runDemo({ tls: () => (answers.shift() as () => TlsOptions)(), tlsReload });
  const { port, events } = gateway;
  expect(gateway.url).toMatch(/^https:/);
  const page = openPage(
    gateway.webSocketUrl,
    undefined,
    { Authorization: `Bearer ${VIEWER_KEY}` },
    {
      rejectUnauthorized: false,
    },
  );
  expect(await attempt(page)).toBe('open');
  const reloaded = async (count: number) => {
    tlsReload.next();
    await gateway.until(
      'certificate',
      () => events.filter(({ type }) => type === 'certificate').length === count,
    );
    return events.filter((event) => event.type === 'certificate').at(-1);
  };
  const first = await shown(port);
  expect((await reloaded(1))?.error).toBeUndefined();
  const second = await shown(port);
  expect(second).not.toBe(first);
  expect((await reloaded(2))?.error).toBeInstanceOf(Error);
  expect(await shown(port)).toBe(second);
  expect((await reloaded(3))?.error?.message).toBe('ENOENT: cert.pem');
  expect(await shown(port)).toBe(second);
  await reloaded(4);
  expect(await shown(port)).toBe(first);
  expect(page.readyState).toBe(page.OPEN);
  tlsReload.error(new Error('no more signals'));
  expect((await gateway.until('certificate', ({ error }) => error?.message === 'no more signals')).type).toBe(
    'certificate',
  );
  expect(await shown(port)).toBe(first);
});
