import { filter, firstValueFrom, type Observable } from 'rxjs';
import type { SerfClient } from 'rxserf';
import { type JugglerServerEvent, jugglerConnect, type SerfDocument } from 'rxserf/juggler';
import { fakeSerf, member } from 'rxserf/testing';
import { expect, onTestFinished, test } from 'vitest';
import { blockOf, load } from '../pages.ts';

// What the page itself shows is in test/browser.

type ClusterPage = (client: SerfClient, folder: string, port: number) => Observable<JugglerServerEvent>;
const { clusterPage } = await load<{ clusterPage: ClusterPage }>('cluster-page');

test('the page has about 30 lines', () => {
  expect(blockOf('cluster-page', 'html').split('\n').length).toBeLessThan(42);
});

test('whoever connects has the cluster, as the policy shows it', async () => {
  const serf = fakeSerf();
  serf.reply('members', [member('web-1', { tags: { role: 'web', secret: 'hunter2' } })]);
  const ports: number[] = [];
  const server = clusterPage(serf as unknown as SerfClient, 'public', 0).subscribe((event) => {
    if (event.type === 'listening') ports.push(event.port);
  });
  onTestFinished(() => server.unsubscribe());
  await expect.poll(() => ports).toHaveLength(1);
  const page = jugglerConnect<SerfDocument>(`ws://127.0.0.1:${ports[0]}/ws`);
  onTestFinished(() => page.close());
  const cluster = await firstValueFrom(
    page.remoteData$.pipe(filter((data) => data?.members?.['web-1'] !== undefined)),
  );

  expect(cluster?.members?.['web-1']?.tags).toEqual({ role: 'web' });
});
