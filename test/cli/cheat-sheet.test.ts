import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import {
  type Agent,
  describeAgent,
  eventually,
  startAgent,
  startCluster,
  stopAll,
} from '../agent/harness/agent.ts';
import { MAIN } from './harness.ts';

// What an operator types. Every line runs in a shell as it stands, then with `serf` replaced by `rxserf`, against the same agents:
// n1 (role web, zone a) is asked, n2 (role db) and n4 (no tags) are there, n3 has failed. `load` is answered by n1 and n2.

/** The same exit code, and the same bytes on standard output. */
const SAME = `
serf members -status=failed
serf members -name=n4
serf members -name=n2 -detailed
serf members -name 'n[3-9]' -status left
serf members -status left -format=json
serf members -format json --tag role=web
serf members -name=n1 -format=json
serf members -status=alive | wc -l
serf members -format=json | grep -c '"status": "alive"'
serf members -status=alive -tag role=web | awk '{print $1, $2}'
for n in $(serf members -status=failed | awk '{print $1}'); do echo "$n is down"; done
serf event deploy
serf event deploy v42
serf event -coalesce=false deploy 'v42 "quoted" <&>'
serf event -coalesce=0 deploy -1
serf event deploy v43 && echo and-then
serf query -timeout=1s -no-ack nobody-answers
serf query -timeout 1s -node=n2 load
serf query -timeout=1s -no-ack -tag role=db load payload
serf query -timeout=1s -no-ack -node=n2 disk
serf query -timeout=1s -no-ack -node=n2 -format=json disk
serf query -timeout=1s -no-ack -node=n1 -format=json load
serf query -timeout=1s -relay-factor=0 -node n4 -format json nothing
serf keys -list
serf keys -install "$SECOND_KEY"
serf keys -use=$SECOND_KEY
serf keys -use $FIRST_KEY
serf keys -remove=$SECOND_KEY
serf tags -set version=2 -set canary=yes
serf tags -delete canary -set version=1
serf join $OTHER
serf join -replay $OTHER
serf reachability || echo broken
serf force-leave nobody
`;

/** The same exit code and the same lines: `serf` has members, tags and replies in any order. */
const SAME_LINES = `
serf members
serf members -detailed
serf rtt n1
serf query -timeout=1s load
serf query -timeout=1s -tag 'role=web|db' -relay-factor=1 load x
serf info
serf info -format=json
serf reachability -verbose
serf keygen
`;

/** The same exit code. `serf` says why on standard output, we on standard error. */
const SAME_FAILURE = `
serf members -bogus
serf members -tag role
serf members -format=xml
serf members -status='('
serf members -rpc-addr=127.0.0.1:1
serf event
serf event a b c
serf event -coalesce=perhaps a
serf query -timeout=5 load
serf query -relay-factor=256 load
serf rtt
serf rtt n1 nobody
serf keys
serf keys -list -use $SECOND_KEY
serf keys -install=garbage
serf keys -use=$THIRD_KEY
serf tags
serf tags -set version
serf join
serf join 127.0.0.1:1
serf force-leave
serf monitor -log-level=loud
serf -nothing
serf nothing
`;

/** For what takes many processes, or waits for a node to count as failed, in ms: a busy machine takes its time. */
const MANY = 120_000;

const FIRST_KEY = Buffer.alloc(32, 1).toString('base64');
const SECOND_KEY = Buffer.alloc(32, 2).toString('base64');
const THIRD_KEY = Buffer.alloc(32, 3).toString('base64');

describeAgent("an operator's cheat sheet: rxserf does what serf does", () => {
  const bin = mkdtempSync(join(tmpdir(), 'rxserf-bin-'));
  let environment: NodeJS.ProcessEnv;
  let rest: Agent;

  beforeAll(async () => {
    symlinkSync(MAIN, join(bin, 'rxserf'));
    const [n1, n2, n3] = (await startCluster({
      nodes: [
        { name: 'n1', tags: { role: 'web', zone: 'a' } },
        { name: 'n2', tags: { role: 'db' } },
        { name: 'n3', tags: { role: 'db' } },
      ],
      encryptKey: FIRST_KEY,
      config: {
        event_handlers: [
          'query:load=echo 0.42',
          `query:disk=printf '/dev/sda\\t42 %%\\n\\n/dev/sdb\\t7 %%\\n\\n'`,
        ],
      },
    })) as [Agent, Agent, Agent];
    rest = await startAgent({ name: 'n4', encryptKey: FIRST_KEY, join: [n1.gossip] });
    await n3.stop();
    await eventually(
      'n3 has failed, n4 is there',
      async () => {
        const { stdout } = await n1.cli('members');
        if (!/n3 .* failed/.test(stdout) || !/n4 .* alive/.test(stdout)) throw new Error(stdout);
      },
      { within: 50_000 },
    );
    const { PATH, HOME } = process.env;
    environment = {
      PATH: `${bin}:${PATH}`,
      HOME,
      SERF_RPC_ADDR: n1.address,
      OTHER: n2.gossip,
      FIRST_KEY,
      SECOND_KEY,
      THIRD_KEY,
    };
  }, MANY);
  afterAll(async () => {
    rmSync(bin, { recursive: true });
    await stopAll();
  });

  async function both(line: string) {
    const serf = () => shell(line, environment);
    const rxserf = () => shell(line.replaceAll(/\bserf\b/g, 'rxserf'), environment);
    // What waits for its time to be over, and changes nothing, need not wait for the other's as well.
    if (/^serf (query|reachability)/.test(line)) {
      const [its, ours] = await Promise.all([serf(), rxserf()]);
      return { serf: its, rxserf: ours };
    }
    return { serf: await serf(), rxserf: await rxserf() };
  }

  test.each(linesOf(SAME))('%s', async (line) => {
    const { serf, rxserf } = await both(line);

    expect(rxserf).toEqual({ ...serf, stderr: '' });
  });

  test.each(linesOf(SAME_LINES))('%s', async (line) => {
    const { serf, rxserf } = await both(line);

    expect(sorted(rxserf.stdout)).toEqual(sorted(serf.stdout));
    expect(rxserf.code).toBe(serf.code);
  });

  test.each(linesOf(SAME_FAILURE))('%s', async (line) => {
    const { serf, rxserf } = await both(line);

    expect(serf.code).not.toBe(0);
    expect(rxserf).toEqual({
      code: serf.code,
      stdout: expect.anything(),
      stderr: expect.stringMatching(/^rxserf: .+\n/),
    });
    // What is being done is said there by both, but not why it was not done.
    expect(['', /^==>.*\n|/.exec(serf.stdout)?.[0]]).toContain(rxserf.stdout);
  });

  test.each([
    [['monitor'], 'INFO'],
    [['monitor', '-log-level=DEBUG'], 'DEBUG'],
  ])('serf %j, until Ctrl-C', async (args, level) => {
    const monitors = ['serf', 'rxserf'].map((command) => monitor(command, args));
    await Promise.all(monitors.map(({ line }) => line('')));
    // Of old lines an agent has the last 512, so who comes later has others. Both get what is said from now on.
    await shell('serf event cheat-sheet', environment);
    const said = await Promise.all(
      monitors.map(({ line }) => line('Received event: user-event: cheat-sheet')),
    );

    expect(said[0]).toBe(said[1]);
    for (const { levels } of monitors) expect(levels().has('DEBUG')).toBe(level === 'DEBUG');
    expect(await Promise.all(monitors.map(({ interrupted }) => interrupted()))).toEqual([0, 0]);
  });

  /** A command that prints an agent's log. */
  function monitor(command: string, args: readonly string[]) {
    const child = spawn(command, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    return {
      /** The first line with this in it, once there is one. */
      line: (text: string) =>
        vi.waitUntil(() => lines.find((line) => line.includes(text)), { timeout: 15_000 }),
      levels: () => new Set(lines.flatMap((line) => /\[([A-Z]+)\]/.exec(line)?.[1] ?? [])),
      /** Its exit code after Ctrl-C. */
      async interrupted(): Promise<number | null> {
        child.kill('SIGINT');
        return (await exit)[0];
      },
    };
  }

  test(
    'serf force-leave n3, -prune; serf leave',
    async () => {
      expect(await both('serf force-leave n3')).toEqual({ serf: NOTHING, rxserf: NOTHING });
      expect(await both('serf members -status=left | cut -c-2')).toEqual({
        serf: said('n3\n'),
        rxserf: said('n3\n'),
      });
      expect(await both('serf force-leave -prune n3')).toEqual({ serf: NOTHING, rxserf: NOTHING });

      const left = await shell('rxserf leave', { ...environment, SERF_RPC_ADDR: rest.address });
      expect(left).toEqual(said('Graceful leave complete\n'));
      expect(await rest.exited).toBe(0);
    },
    MANY,
  );
});

const NOTHING = said('');

function said(stdout: string) {
  return { code: 0, stdout, stderr: '' };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

function shell(
  line: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', line], { env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** Lines in one order, as are the tags in them; without what no two runs have in common: figures, and keys made up. */
function sorted(stdout: string): string[] {
  return stdout
    .split('\n')
    .map((line) => (/^[A-Za-z0-9+/]{43}=$/.test(line) ? 'a key' : line))
    .map((line) =>
      line.replace(
        /(?<=_time = |_time": "|goroutines = |goroutines": "|time: |response: |rtt: )[\d.]+/g,
        '…',
      ),
    )
    .map((line) => line.replace(/\S+=\S+/, (tags) => tags.split(',').sort().join(',')).trimEnd())
    .sort();
}
