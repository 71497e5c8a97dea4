import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, type Observable, shareReplay } from 'rxjs';
import { connect, type SerfClient } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import type { JugglerServerEvent } from 'rxserf/juggler';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { expect, onTestFinished, test } from 'vitest';
import { blockOf, load } from '../recipes/pages.ts';
import { describeBrowser, openPage } from './harness/browser.ts';

type ClusterPage = (client: SerfClient, folder: string, port: number) => Observable<JugglerServerEvent>;
const { clusterPage } = await load<{ clusterPage: ClusterPage }>('cluster-page');

/** The name of a member is any member's to choose. */
const HOSTILE = '<img src=x onerror="document.title=1">';

/** A cluster, and where its page is. */
async function served() {
  const cluster = new EmbeddedCluster({
    nodes: [{ name: 'web/1', tags: { role: 'web', secret: 'hunter2' } }, { name: 'db~1' }, { name: HOSTILE }],
    gossipDelay: 0,
    failureDelay: 0,
    coalescePeriod: 0,
    quiescentPeriod: 0,
  });
  const client = connect('agent', {
    socket: () => {
      const [ours, theirs] = pipe();
      serve(cluster.node('db~1'), theirs).subscribe({ error: () => undefined });
      return ours;
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'rxserf-page-'));
  writeFileSync(join(folder, 'index.html'), blockOf('cluster-page', 'html'));
  const events$ = clusterPage(client, folder, 0).pipe(shareReplay());
  const server = events$.subscribe();
  onTestFinished(async () => {
    server.unsubscribe();
    await client.close();
    cluster.close();
    rmSync(folder, { recursive: true });
  });
  const { port } = await firstValueFrom(events$.pipe(filter((event) => event.type === 'listening')));
  return { cluster, url: `http://127.0.0.1:${port}/` };
}

describeBrowser('in a browser', () => {
  test('the page is live, and shows no more than it should', async () => {
    const { cluster, url } = await served();
    const page = await openPage(url);
    const rows = () => page.locator('#members tr').allInnerTexts();
    await page.locator('#members tr').nth(2).waitFor();
    await page.getByText('connected').waitFor();

    expect((await rows()).map((row) => row.split('\t')[0]).sort()).toEqual(['web/1', 'db~1', HOSTILE].sort());
    expect(await page.title()).toBe('Cluster');
    expect(await page.evaluate('JSON.stringify(data)')).not.toContain('hunter2');

    cluster
      .node('web/1')
      .tags({ set: { role: 'proxy' } })
      .subscribe();
    await page.getByText('proxy').waitFor();
    cluster.fail('web/1');
    await page.getByText('failed').waitFor();
    cluster.add({ name: 'new', tags: { role: 'late' } });
    cluster.node('new').join(cluster.gossipAddress('db~1')).subscribe();
    await page.getByText('late').waitFor();
    expect(await page.evaluate('data.events.at(-1)')).toMatchObject({ members: ['new'] });
  });
});
