import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  ADMIN_KEY,
  attempt,
  clientOf,
  closed,
  OPERATOR_KEY,
  openPage,
  runDemo,
  VIEWER_KEY,
} from './harness.ts';

describe('a gateway', () => {
  test('serves who has a key, under the policy of their role', async () => {
    const { gateway } = await runDemo();
    const viewer = clientOf(gateway, VIEWER_KEY);

    expect((await firstValueFrom(viewer.members())).map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
    await expect(firstValueFrom(viewer.event('deploy:web'))).rejects.toMatchObject({
      code: 'permission-denied',
      message: 'Permission denied: event (role viewer)',
    });
    const operator = clientOf(gateway, OPERATOR_KEY);
    await firstValueFrom(operator.event('deploy:web'), { defaultValue: undefined });
    await expect(firstValueFrom(operator.event('reboot'))).rejects.toMatchObject({
      code: 'permission-denied',
    });
    await expect(firstValueFrom(clientOf(gateway, ADMIN_KEY).leave())).rejects.toMatchObject({
      code: 'permission-denied',
    });
    expect(gateway.events.filter(({ type }) => type === 'authenticated')).toHaveLength(3);
  });

  test('lets nobody in without a key, or with a wrong one', async () => {
    const { gateway } = await runDemo();

    await expect(firstValueFrom(clientOf(gateway).members())).rejects.toMatchObject({
      code: 'auth-required',
    });
    await expect(firstValueFrom(clientOf(gateway, 'nonsense').members())).rejects.toMatchObject({
      code: 'auth-invalid',
    });
    const refused = await gateway.until('refused-key');
    expect(refused.error.message).toBe('Invalid authentication token');
    expect(JSON.stringify(gateway.events)).not.toContain('nonsense');
  });

  test('tells who somebody is, in stats', async () => {
    const { gateway } = await runDemo();
    const { session } = await firstValueFrom(clientOf(gateway, VIEWER_KEY).stats());

    expect(session).toMatchObject({ role: 'viewer', name: 'vic' });
  });

  test('passes on events and queries', async () => {
    const { cluster, gateway } = await runDemo();
    const client = clientOf(gateway, VIEWER_KEY);
    const seen = firstValueFrom(client.stream('member-failed'));
    await gateway.until('accepted');
    cluster.fail('n3');

    expect((await seen).members.map(({ name }) => name)).toEqual(['n3']);
  });

  test('refuses pages of other sites, and by other names', async () => {
    const { gateway } = await runDemo();
    const { webSocketUrl: url, port } = gateway;

    expect(await attempt(openPage(url, `http://127.0.0.1:${port}`))).toBe('open');
    expect(await attempt(openPage(url, `http://localhost:${port}`))).toBe('open');
    expect(await attempt(openPage(url, 'https://evil.example'))).toBe(403);
    expect(await attempt(openPage(url, 'null'))).toBe(403);
    expect(await attempt(openPage(url, undefined, { Host: 'evil.example' }))).toBe(421);
    expect(await attempt(openPage(`${url}x`))).toBe(404);
    expect(gateway.events.flatMap((event) => (event.type === 'refused-upgrade' ? [event.hint] : []))).toEqual(
      [
        'pages of "https://evil.example" may not connect: if they should, add it to origins, or to publicUrl where this server is what they are',
        'Origin "null" cannot be allowed: it is no single origin (a sandboxed frame or a file?)',
        'Host "evil.example" is none of this server\'s: if it is, add it to hosts or publicUrl',
        'no WebSocket at "/serfx": there is one at /serf',
      ],
    );
  });

  test('closes for text frames, large frames, and those who say nothing', async () => {
    const { gateway } = await runDemo({ limits: { handshakeTimeout: 100 } });
    const text = openPage(gateway.webSocketUrl);
    await attempt(text);
    text.send('hello');
    expect(await closed(text)).toMatchObject({ code: 1003 });

    const large = openPage(gateway.webSocketUrl);
    await attempt(large);
    large.send(new Uint8Array(65_537));
    expect(await closed(large)).toMatchObject({ code: 1009 });

    const silent = openPage(gateway.webSocketUrl);
    await attempt(silent);
    expect(await closed(silent)).toMatchObject({ code: 1002, reason: 'nothing came in time' });
  });
});
