import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeAgent, startAgent, stopAll } from '../agent/harness/agent.ts';
import { jsonOf, listening, type Running, rxserf, start, startOnTerminal } from './harness.ts';

const ESC = '\u001b';
const RED = `${ESC}[31m`;
const GREEN = `${ESC}[32m`;
const NODES = [
  { name: 'n1', tags: { role: 'web' } },
  { name: 'n2', tags: { role: 'db' } },
  { name: 'n3', tags: { role: 'db' } },
];

/** Without its escape sequences: what can be read, a row a line. */
function readable(text: string): string {
  return text
    .replaceAll(new RegExp(`${ESC}\\[\\d+;1H`, 'g'), '\n')
    .replaceAll(new RegExp(`${ESC}\\[[?\\d;]*[a-zA-Z]`, 'g'), '');
}

describe('watch, piped', () => {
  test('the members, then what happens, without colours; Ctrl-C ends it with code 0', async () => {
    const { cluster, address } = await listening(NODES);
    const watch = start(['watch', '--rpc-addr', address]);
    await watch.says(/n3 {2}10\.0\.0\.3:7946 {2}alive {2}role=db\n/);

    await firstValueFrom(cluster.node('n2').event('deploy', Buffer.from('v1')));
    cluster.fail('n3');
    await watch.says(/\d\d:\d\d:\d\d {2}user {11}deploy {2}v1\n/);
    await watch.says(/\d\d:\d\d:\d\d {2}member-failed {2}n3 \(failed\)\n/);
    watch.kill('SIGINT');

    const { code, stdout, stderr } = await watch.ended;
    expect(stdout).not.toContain(ESC);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('FORCE_COLOR gives colours', async () => {
    const { address } = await listening(NODES);
    const watch = start(['watch', '--rpc-addr', address], { FORCE_COLOR: '1' });

    await watch.says(`${GREEN}alive`);
    watch.kill('SIGTERM');

    expect(await watch.ended).toMatchObject({ code: 0 });
  });

  test('--filter, --status, --name and --tag', async () => {
    const { cluster, address } = await listening(NODES);
    const watch = start(
      ['watch', '--rpc-addr', address, '--filter', 'user:b', '--tag', 'role=db', '--name', '.*[12]'].concat([
        '--status',
        'alive',
      ]),
    );
    await watch.says('n2');

    for (const name of ['a', 'b']) await firstValueFrom(cluster.node('n1').event(name));
    await watch.says(/user {11}b\n/);

    expect(watch.stdout()).not.toMatch(/n1|n3|user {11}a/);
  });

  test('--json: status, every change of a member, every event, a gap', async () => {
    const { cluster, address } = await listening(NODES);
    const watch = start(['watch', '--json', '--rpc-addr', address]);
    await watch.says('"n3"');

    await firstValueFrom(cluster.node('n1').tags({ set: { role: 'api' } }));
    cluster.fail('n2');
    await watch.says(
      '"after":{"name":"n2","address":"10.0.0.2","port":7946,"tags":{"role":"db"},"status":"failed"',
    );
    watch.kill('SIGINT');

    const { code, stdout } = await watch.ended;
    const lines = jsonOf(stdout);
    expect(lines.every(({ time }) => !Number.isNaN(Date.parse(String(time))))).toBe(true);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'status', state: 'connected', address }),
        expect.objectContaining({ type: 'member', change: 'added', name: 'n2' }),
        expect.objectContaining({
          type: 'member',
          change: 'changed',
          before: expect.objectContaining({ tags: { role: 'web' } }),
          after: expect.objectContaining({ tags: { role: 'api' } }),
        }),
        expect.objectContaining({ type: 'event', event: 'member-failed' }),
      ]),
    );
    expect(code).toBe(0);
  });
});

describe('watch, on a terminal', () => {
  test('members in the colours of their status, counts, events; the terminal is as it was afterwards', async () => {
    const { cluster, address } = await listening(NODES);
    const watch = startOnTerminal(['watch', '--rpc-addr', address]);
    await watch.says(`3 members: ${GREEN}3 alive`);

    cluster.fail('n2');
    await firstValueFrom(cluster.node('n1').event(`e${ESC}[2J`, Buffer.from('boo')));
    await watch.says(`${GREEN}2 alive${ESC}[39m, ${RED}1 failed`);
    await watch.says(`${RED}failed`);
    await watch.says('e\\u001b[2J  ');
    watch.types('\u0003');

    const { code, stdout } = await watch.ended;
    expect(readable(stdout)).toContain(`\nrxserf watch  ${address}  connected`);
    expect(stdout).toMatch(/\[\?1049h.*\[\?1049l/s);
    expect(readable(stdout.slice(stdout.indexOf(`${ESC}[?1049l`)))).toContain('3 members: 2 alive, 1 failed');
    expect(code).toBe(0);
  });

  test('q quits', async () => {
    const { address } = await listening(['n1']);
    const watch = startOnTerminal(['watch', '--rpc-addr', address]);
    await watch.says('1 member:');

    watch.types('q');

    expect(await watch.ended).toMatchObject({ code: 0 });
  });

  test('keys: a filter, a member, a query, one after the other', async () => {
    const { address } = await listening(NODES);
    const watch = startOnTerminal(['watch', '--rpc-addr', address], { NO_COLOR: '1' });
    await watch.says('3 members:');

    watch.types('/role=db');
    await watch.says('filter: role=db');
    watch.types('\r');
    await watch.says('2 match');
    watch.types(`${ESC}[B\r`);
    await watch.says(/tag role +db/);
    watch.types('aping one\r');
    await watch.says('query ping  one');
    await watch.says('3 of 3 acknowledged, 0 answered');
    watch.types('q');

    expect(await watch.ended).toMatchObject({ code: 0 });
  });

  test('NO_COLOR: no colours, and still one picture', async () => {
    const { address } = await listening(['n1']);
    const watch = startOnTerminal(['watch', '--rpc-addr', address], { NO_COLOR: '1' });
    await watch.says('alive');
    watch.types('q');

    const { stdout } = await watch.ended;
    expect(stdout).toContain(`${ESC}[?1049h`);
    expect(stdout).not.toMatch(new RegExp(`${ESC}\\[\\d*m`));
  });

  test('a dumb terminal gets plain lines', async () => {
    const { address } = await listening(['n1']);
    const watch = startOnTerminal(['watch', '--rpc-addr', address], { TERM: 'dumb' });
    await watch.says('alive');
    watch.types('\u0003');

    const { code, stdout } = await watch.ended;
    expect(stdout).not.toContain(ESC);
    expect(code).toBe(0);
  });

  test('more members than rows: the ones in trouble are shown; a smaller window is drawn anew', async () => {
    const { cluster, address } = await listening(Array.from({ length: 200 }, (_, i) => `node-${i + 1}`));
    cluster.fail('node-150');
    const sign = join(temporaryFolder(), 'smaller');
    const watch = startOnTerminal(['watch', '--rpc-addr', address], {
      meanwhile: `until [ -e '${sign}' ]; do sleep 0.1; done; stty cols 40 rows 12 </dev/tty`,
    });
    await watch.says(/✗ .*node-150/);
    await watch.says(/1–1\d\d of 200/);
    writeFileSync(sign, '');
    await watch.says(/1–\d\d of 200/);
    watch.types('q');

    const { code, stdout } = await watch.ended;
    const [, after = ''] = stdout.split(/1–1\d\d of 200.*?\[2J/s);
    expect(rowsOf(after)).toBeLessThanOrEqual(12);
    expect(code).toBe(0);
  });

  test('a refused connection: the terminal comes back, and says why', async () => {
    const { code, stdout } = await startOnTerminal(['watch', '--rpc-addr', '127.0.0.1:1']).ended;

    expect(stdout.slice(stdout.indexOf(`${ESC}[?1049l`))).toContain(
      'rxserf: could not connect to 127.0.0.1:1',
    );
    expect(code).toBe(1);
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rxserf-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The lowest row that was written to. */
function rowsOf(stdout: string): number {
  return Math.max(
    ...[...stdout.matchAll(new RegExp(`${ESC}\\[(\\d+);1H`, 'g'))].map(([, row]) => Number(row)),
  );
}

describe('where no agent answers', () => {
  const nobody = { SERF_RPC_ADDR: '127.0.0.1:1' };

  test('an embedded cluster, plainly said, that others can talk to', async () => {
    const watch = start(['watch'], nobody);
    await watch.says(
      'DEMO: no agent at 127.0.0.1:1; this is an embedded cluster of 60 nodes in three regions.',
    );
    await watch.says(/web-eu-west-1 +10\.0\.0\.1:7946 +alive/);
    const [, address = ''] = /--rpc-addr (\S+)/.exec(watch.stdout()) ?? [];

    await rxserf('event', 'hello', 'you', '--rpc-addr', address);
    await watch.says(/user +hello {2}you\n/);
    const { stdout } = await rxserf('query', 'ping', '--timeout', '500ms', '--rpc-addr', address);
    watch.kill('SIGINT');

    expect(stdout).toContain("Response from 'web-eu-west-1': pong");
    expect(await watch.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('something happens there by itself', async () => {
    const watch = startOnTerminal(['watch', '--demo']);
    await watch.says('60 members:');
    await watch.says(/[1-9]\d* so far/);
    watch.types('q');

    expect(await watch.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('DEMO: this is') });
  });

  test.each([[['--no-demo']], [['--json']], [['--rpc-addr', '127.0.0.1:1']]])(
    'not with %j: code 1',
    async (args) => {
      const outcome = await start(['watch', ...args], nobody).ended;

      expect(outcome.stderr).toMatch(/^rxserf: could not connect to 127\.0\.0\.1:1: .*\n$/);
      expect(outcome.stdout).not.toContain('DEMO');
      expect(outcome.code).toBe(1);
    },
  );

  test('nor where one answers that wants another key', async () => {
    const { address } = await listening(['n1'], { authKey: 's3cret' });
    const outcome = await start(['watch'], { SERF_RPC_ADDR: address, SERF_RPC_AUTH: 'wr0ng' }).ended;

    expect(outcome).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Invalid authentication'),
    });
  });
});

describeAgent('watch, with a real agent', () => {
  afterAll(stopAll);

  test('says that the agent does not answer, long before it is given up, and that it does again', async () => {
    const agent = await startAgent({ name: 'n1' });
    const watches = [
      start(['watch', '--rpc-addr', agent.address]),
      start(['watch', '--json', '--rpc-addr', agent.address]),
      startOnTerminal(['watch', '--rpc-addr', agent.address]),
    ];
    await Promise.all(watches.map((watch) => watch.says('n1')));

    await agent.freeze();
    await Promise.all(
      watches.map((watch) => watch.says(/no answer (from the agent|for \d)|"silentSince":"20/)),
    );
    process.kill(agent.pid, 'SIGCONT');
    await Promise.all(
      watches.map((watch) => watch.says(/answers again|no answer[^\n]* from|\}\n.*"connected"/)),
    );

    for (const watch of watches.slice(0, 2)) watch.kill('SIGINT');
    watches[2]?.types('\u0003');
    for (const { stdout } of await Promise.all(watches.map(({ ended }) => ended))) {
      expect(stdout).not.toMatch(/no connection|next in|"waiting"/);
      // The members are listed once.
      expect(stdout.match(/NAME +ADDRESS/g)?.length ?? 1).toBe(1);
    }
  });

  test('goes on when the agent is gone and back, and says so', async () => {
    const agent = await startAgent({ name: 'n1' });
    const watches: Running[] = [
      start(['watch', '--rpc-addr', agent.address]),
      start(['watch', '--json', '--rpc-addr', agent.address]),
      startOnTerminal(['watch', '--rpc-addr', agent.address]),
    ];
    await Promise.all(watches.map((watch) => watch.says('n1')));

    await agent.stop();
    await Promise.all(watches.map((watch) => watch.says(/trying again|"waiting"|next in/)));
    await startAgent({ name: 'n1', ports: agent.ports, tags: { life: '2' } });
    await Promise.all(watches.map((watch) => watch.says(/life"?[=:]"?2/)));
    await Promise.all(watches.map((watch) => watch.says('gap')));
    for (const watch of watches.slice(0, 2)) watch.kill('SIGINT');
    watches[2]?.types('\u0003');

    const outcomes = await Promise.all(watches.map(({ ended }) => ended));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(jsonOf(outcomes[1]?.stdout ?? '')).toContainEqual(
      expect.objectContaining({ type: 'event', event: 'gap', away: expect.any(Number) }),
    );
  });
});
