import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { describeAgent, startAgent, stopAll } from '../agent/harness/agent.ts';
import { browserAvailable, describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard, rowOf, soon } from './harness.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Runs the command until the test is over, and gives what it says. */
function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): () => string {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...environment } });
  onTestFinished(() => void child.kill());
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (data) => {
      said += data;
    });
  return () => said;
}

/** The page at the address that a command says. */
async function openAddressOf(said: () => string, role: string) {
  const address = new RegExp(`dashboard, as ${role}: (\\S+)/#key=(\\S+)`);
  const [, url = '', key = ''] = await vi
    .waitUntil(() => address.exec(said()), soon)
    .catch((error) => {
      throw new Error(`no address in ${said()}`, { cause: error });
    });
  const page = await openDashboard({ url, port: 0, stop: () => {} }, '', { key });
  await expect
    .poll(() => page.locator('app-connection-pill').innerText(), soon)
    .toMatch(new RegExp(`${role}$`));
  return { page, url, key };
}

describeBrowser('rxserf dashboard', () => {
  test('says where it is, and there is the demo, for an admin', async () => {
    const { page } = await openAddressOf(run(['dashboard', '--demo']), 'admin');
    await expect.poll(() => page.locator('app-counts').innerText(), soon).toMatch(/^60\s+all/);
  });

  test('a role that there is not is refused, with those that there are', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'dashboard', '--demo', '--role', 'root'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('--role should be viewer, operator, admin, not "root"');
    expect(status).not.toBe(0);
  });

  test('--open gives the browser a file of its owner’s, and no key in its arguments', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxserf-open-'));
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$*" > ${folder}/asked\n`);
    chmodSync(join(folder, 'xdg-open'), 0o700);
    const said = run(['dashboard', '--demo', '--open'], {
      DISPLAY: ':7',
      PATH: `${folder}:${process.env['PATH']}`,
    });
    const [, address = ''] = await vi.waitUntil(() => /as admin: (\S+)/.exec(said()), soon);
    const asked = await vi.waitUntil(() => {
      const args = statSync(`${folder}/asked`, { throwIfNoEntry: false })?.size;
      return args ? readFileSync(`${folder}/asked`, 'utf8') : undefined;
    }, soon);
    expect(asked).not.toContain('key=');
    const file = fileURLToPath(asked);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(`url=${address}"`);
  });

  test('below the live view of a demo stands the address of its dashboard', async () => {
    const { page } = await openAddressOf(run(['watch', '--demo', '--dashboard']), 'admin');
    await expect.poll(() => page.locator('app-counts').innerText(), soon).toMatch(/^60\s+all/);
  });
});

if (browserAvailable())
  describeAgent('rxserf dashboard of a real agent', () => {
    afterAll(stopAll);

    test.each([
      ['viewer', ['dashboard']],
      ['viewer', ['watch', '--dashboard']],
      ['operator', ['dashboard', '--role', 'operator']],
    ])('a %s’s, by %s', async (role, args) => {
      const agent = await startAgent({ name: 'n1', authKey: 'secret', tags: { role: 'web' } });
      const said = run([...args, '--rpc-addr', agent.address], { SERF_RPC_AUTH: 'secret' });
      const { page } = await openAddressOf(said, role);
      await rowOf(page, 'n1').waitFor();
      await startAgent({ name: 'n2', join: [agent.gossip] });
      await rowOf(page, 'n2').waitFor();
    });
  });
