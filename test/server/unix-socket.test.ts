import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, ReplaySubject } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { listen, type ServerEvent } from 'rxserf/server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rxserf-unix-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a client reaches a server through a Unix domain socket, with a key', async () => {
  const cluster = new EmbeddedCluster({ nodes: ['n1'] });
  const path = join(folder, 'serf.sock');
  const events = new ReplaySubject<ServerEvent>();
  const listening = listen(cluster.node('n1'), { path, authKey: 's3cret' }).subscribe(events);
  const { address } = (await firstValueFrom(events)) as { readonly address: string };
  expect(address).toBe(path);

  const client = connect(`unix:${path}?AuthKey=s3cret`, { reconnect: false });
  expect((await firstValueFrom(client.members())).map(({ name }) => name)).toEqual(['n1']);
  const states: unknown[] = [];
  client.status$.subscribe((status) => states.push(status));
  expect(states).toEqual([{ state: 'connected', address: `unix:${path}` }]);

  await client.close();
  listening.unsubscribe();
  cluster.close();
  await vi.waitUntil(() => states.length === 2);
});

test('a file that is not there is a ConnectError that names it', async () => {
  const client = connect(`unix:${folder}/none`, { reconnect: false });
  await expect(firstValueFrom(client.members())).rejects.toMatchObject({
    name: 'ConnectError',
    message: expect.stringMatching(new RegExp(`^could not connect to unix:${folder}/none: .*ENOENT`)),
    address: `unix:${folder}/none`,
  });
  await client.close();
});
