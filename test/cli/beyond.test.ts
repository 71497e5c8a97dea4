import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeAgent, eventually, freePorts, startAgent, stopAll } from '../agent/harness/agent.ts';
import {
  type Environment,
  jsonOf,
  listening,
  MAIN,
  onTerminal,
  rxserf,
  start,
  startOnTerminal,
} from './harness.ts';

const NODES = [
  { name: 'n1', tags: { role: 'web' } },
  { name: 'n2', tags: { role: 'db' } },
];
const NOBODY = '127.0.0.1:1';
/** For a test that starts many processes, one after the other, in ms: a busy machine takes seconds for each. */
const MANY = 120_000;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'rxserf-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file of a mode. */
function file(text: string, mode = 0o600, name = 'file'): string {
  const path = join(folder(), name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('stream', () => {
  test('events of a filter, a line of JSON each, until there are enough', async () => {
    const { cluster, address } = await listening(NODES);
    const stream = start(['stream', 'user:b,member-failed', '--count', '2', '--rpc-addr', address]);
    const n1 = cluster.node('n1');
    // Nothing is heard before the agent has taken the stream, and only what is asked for is.
    const firing = setInterval(() => {
      n1.event('a').subscribe({ error: () => {} });
      n1.event('b', Buffer.from('v1')).subscribe({ error: () => {} });
    }, 50);
    onTestFinished(() => clearInterval(firing));
    await stream.says('"b"');
    cluster.fail('n2');

    const { code, stdout, stderr } = await stream.ended;
    const lines = jsonOf(stdout);
    expect(lines[0]).toMatchObject({ type: 'event', event: 'user', name: 'b', payload: 'v1' });
    expect(lines.filter(({ name }) => name === 'a')).toEqual([]);
    expect(lines).toHaveLength(2);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('interrupted before there are enough: 130; without a number to wait for: 0', async () => {
    const { cluster, address } = await listening(NODES);
    const counted = start(['stream', '--count', '1000000', '--rpc-addr', address]);
    const endless = start(['stream', '--text', '--rpc-addr', address]);
    const firing = setInterval(
      () =>
        cluster
          .node('n1')
          .event('tick')
          .subscribe({ error: () => {} }),
      50,
    );
    onTestFinished(() => clearInterval(firing));
    await Promise.all([counted.says('"tick"'), endless.says(/^\d\d:\d\d:\d\d {2}user {11}tick/)]);
    counted.kill('SIGINT');
    endless.kill('SIGINT');

    expect((await counted.ended).code).toBe(130);
    expect((await endless.ended).code).toBe(0);
    expect(await rxserf('stream', 'usr', '--rpc-addr', address)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not an event filter'),
    });
  });
});

describe('respond', () => {
  /** A command in a file of its own. */
  const command = (text: string) => file(`#!/bin/sh\n${text}\n`, 0o700, 'command');

  const payload = 'pay;load $(id)';

  async function asking(args: readonly string[], environment: Environment = {}) {
    const authKey = environment['SERF_RPC_AUTH'];
    const { cluster, address } = await listening(NODES, authKey ? { authKey } : {});
    const respond = start(['respond', 'load', '--rpc-addr', address, ...args], environment);
    const n2 = cluster.node('n2');
    const replies = await eventually('it answers, or says why not', async () => {
      const said = await lastValueFrom(
        n2.query('load', Buffer.from(payload), { timeout: 1_500, filterNodes: ['n1'] }).pipe(toArray()),
      );
      const complaint = await Promise.race([respond.ended, Promise.resolve(undefined)]);
      if (said.length === 0 && !complaint && respond.stderr() === '') throw new Error('not yet');
      return said.map((reply) =>
        'payload' in reply ? Buffer.from(reply.payload ?? []).toString() : reply.type,
      );
    });
    respond.kill('SIGINT');
    return { replies, ...(await respond.ended) };
  }

  test('by what a command says, which has the query in its environment and on its standard input', async () => {
    const script = command('echo "$SERF_EVENT $SERF_QUERY_NAME $SERF_SELF_NAME $SERF_TAG_ROLE $# $1"; cat');
    const { replies, code, stdout } = await asking(['--exec', script, '--', '-x $(id) ; "']);

    expect(replies).toEqual(['query load n1 web 1 -x $(id) ; "\npay;load $(id)']);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}load answered\n/);
    expect(code).toBe(0);
  });

  test('that does not see the key', async () => {
    const script = command('echo "key: $SERF_RPC_AUTH proxy: $SERF_RPC_PROXY address: $SERF_RPC_ADDR"');
    const { replies } = await asking(['--exec', script], { SERF_RPC_AUTH: 's3cret', SERF_RPC_ADDR: 'x' });

    expect(replies).toEqual(['key:  proxy:  address: x\n']);
  });

  test.each([
    ['fails', 'echo no; exit 3', [], 'ended with code 3'],
    [
      'says too much',
      'while :; do echo 0123456789; done',
      ['--max-output', '100'],
      'wrote more than 100 bytes',
    ],
    ['takes too long', 'sleep 1000 & sleep 1000', ['--exec-timeout', '200ms'], 'no answer within 200 ms'],
  ])('one that %s gives no answer, and what it has started is ended', async (_, text, options, reason) => {
    const pids = join(folder(), 'pid');
    const { replies, stderr, code } = await asking([
      '--exec',
      command(`echo $$ >> ${pids}; ${text}`),
      ...options,
    ]);

    expect(replies).toEqual([]);
    expect(stderr).toContain(reason);
    expect(code).toBe(0);
    const groups = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
    await eventually('nothing of it is left', () => {
      for (const group of groups) expect(() => process.kill(-group, 0)).toThrow('ESRCH');
    });
  });

  test('one that is not there', async () => {
    const { stderr } = await asking(['--exec', '/nowhere/to/be found']);

    expect(stderr).toContain(
      'load: /nowhere/to/be found could not be run: spawn /nowhere/to/be found ENOENT; no shell reads it: what it is given stands behind --',
    );
  });
});

test('members --watch: all of them, then each change', async () => {
  const { cluster, address } = await listening(NODES);
  const lines = start(['members', '--watch', '--rpc-addr', address]);
  const json = start(['members', '--watch', '--json', '-tag', 'role=db', '--rpc-addr', address]);
  await Promise.all([lines.says(/added {4} *n2/), json.says('"n2"')]);

  cluster.fail('n2');
  await Promise.all([lines.says(/changed +n2 .*failed/), json.says('"failed"')]);
  for (const each of [lines, json]) each.kill('SIGINT');

  const changes = jsonOf((await json.ended).stdout).map(({ change, name }) => [change, name]);
  expect(changes).toEqual([
    ['added', 'n2'],
    ['changed', 'n2'],
  ]);
  expect(await lines.ended).toMatchObject({ code: 0, stderr: '' });
});

describe('several addresses, and an agent that is not there yet', () => {
  test('the next one is asked where one does not answer', async () => {
    const { address } = await listening(NODES);

    expect(await rxserf('members', '-name=n1', '--rpc-addr', `${NOBODY},${address}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('n1'),
    });
  });

  test(
    '--wait=TIME gives up with the reason',
    async () => {
      for (const args of [['members'], ['event', 'e'], ['keys', '-list'], ['stream']]) {
        const wait = args.length > 1 ? ['-wait=300ms'] : ['--wait', '300ms'];
        expect(await rxserf(...args, ...wait, '--rpc-addr', NOBODY)).toEqual({
          code: 1,
          stdout: '',
          stderr: expect.stringMatching(
            /^rxserf: (could not connect to .*: connection refused|no agent has answered within 0.3 s)\n$/,
          ),
        });
      }
      expect(await rxserf('members', '--wait=soon')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('500ms'),
      });
    },
    MANY,
  );
});

describeAgent('with real agents', () => {
  afterAll(stopAll);

  test('--wait: what is asked is asked when the agent is there', async () => {
    const ports = await freePorts();
    const waiting = [
      start(['members', '--wait', '--rpc-addr', `127.0.0.1:${ports.rpc}`]),
      start(['watch', '--wait', '--json', '--rpc-addr', `127.0.0.1:${ports.rpc}`]),
    ];
    await startAgent({ name: 'late', ports });
    await waiting[1]?.says('"added"');
    waiting[1]?.kill('SIGINT');

    expect(await waiting[0]?.ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^late /),
      stderr: '',
    });
  });
});

describe('a key', () => {
  const AUTH = 's3cret key';

  test('from a file that nobody else may read, from a terminal, from standard input', async () => {
    const { address } = await listening(NODES, { authKey: AUTH });
    const members = ['members', '-name=n1', '--rpc-addr', address];
    const fromFile = await rxserf(...members, '--rpc-auth-file', file(`${AUTH}\n`));
    const open = file(AUTH, 0o644);
    const fromOpenFile = await rxserf(...members, '--rpc-auth-file', open);
    const typed = startOnTerminal([...members, '--rpc-auth-prompt']);
    await typed.says('RPC auth key: ');
    typed.types(`${AUTH}\r`);
    const piped = start([...members, '--rpc-auth-prompt']);
    piped.types(`${AUTH}\n`);

    expect(fromFile).toMatchObject({ code: 0, stderr: '' });
    expect(fromOpenFile).toMatchObject({
      code: 1,
      stderr: `rxserf: --rpc-auth-file: others can read ${open}; do: chmod 600 ${open}\n`,
    });
    expect(await typed.ended).toMatchObject({ code: 0, stdout: expect.not.stringContaining(AUTH) });
    expect(await piped.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^n1 /) });
  });

  test('is asked for when the terminal echoes nothing any more', async () => {
    const { address } = await listening(NODES, { authKey: AUTH });
    // Asks the terminal itself, at the moment of the prompt.
    const asking = file(
      `import { execFileSync } from 'node:child_process';
      const write = process.stderr.write.bind(process.stderr);
      process.stderr.write = (text, ...rest) => {
        if (!String(text).startsWith('RPC auth key')) return write(text, ...rest);
        const modes = String(execFileSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'inherit'] }));
        return write(text + (/ -echo /.test(modes) ? 'not echoed' : 'echoed') + '\\r\\n', ...rest);
      };`,
      0o600,
      'asking.mjs',
    );
    const typed = startOnTerminal(['members', '--rpc-addr', address, '--rpc-auth-prompt'], {
      NODE_OPTIONS: `--import=${asking}`,
    });

    await typed.says('RPC auth key: not echoed');
    typed.types(`${AUTH}\r`);
    expect(await typed.ended).toMatchObject({ code: 0 });
  });

  test.each([
    ['nothing in it', () => file(''), 'is empty'],
    ['an empty line', () => file('\n'), 'is empty'],
    ['a folder', folder, 'is no file'],
    ['a device', () => '/dev/zero', 'is no file'],
  ])('not from %s', async (_, make, reason) => {
    const path = make();
    const outcome = await rxserf('members', '--rpc-addr', NOBODY, '--rpc-auth-file', path);

    expect(outcome).toMatchObject({ code: 1, stderr: `rxserf: --rpc-auth-file: ${path} ${reason}\n` });
  });

  test.each([
    [['stream', '--rpc-auth', AUTH, '--rpc-addr', NOBODY]],
    [['stream', '--rpc-addr', `serf://${NOBODY}?AuthKey=k3y`]],
    [['stream', '--proxy', `socks5://me:k3y@${NOBODY}`, '--rpc-addr', NOBODY]],
    [['keys', '-install', 'c2VjcmV0IGtleSBvZiBzaXh0ZWVu', '--rpc-addr', NOBODY]],
  ])('given as an argument it is out of what ps shows: %j', async (args) => {
    const running = start([...args, '--wait']);
    const pid = running.pid;

    await eventually('its arguments are gone', () => {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^rxserf\0*$/);
    });
  });
});

describe('contexts', () => {
  test(
    'one is made, used, listed, left out where an address is given, and removed',
    async () => {
      const { address } = await listening(NODES, { authKey: 'k3y' });
      const other = await listening(['other']);
      const home = folder();
      const XDG_CONFIG_HOME = join(home, 'config');
      const run = (...args: string[]) => start(args, { XDG_CONFIG_HOME }).ended;
      const key = file('k3y');

      expect(await run('context')).toMatchObject({ code: 0, stdout: '' });
      expect(await run('context', 'set', 'prod', '-rpc-addr', address, '-rpc-auth-file', key)).toMatchObject({
        code: 0,
      });
      expect(await run('context', 'set', 'test', '-rpc-addr', other.address)).toMatchObject({ code: 0 });
      expect((await run('members', '--context', 'prod')).stdout).toMatch(/^n1 /);
      expect((await run('members', '--context', 'test')).stdout).toMatch(/^other /);
      expect(await run('context', 'use', 'prod')).toMatchObject({ code: 0 });
      expect((await run('members')).stdout).toMatch(/^n1 /);
      expect((await run('context', 'list')).stdout).toBe(`*  prod  ${address}\n   test  ${other.address}\n`);
      expect(jsonOf((await run('context', 'list', '--json')).stdout)).toEqual([
        { name: 'prod', current: true, rpcAddr: address, rpcAuthFile: key },
        { name: 'test', current: false, rpcAddr: other.address },
      ]);
      // Its key is for its address alone: the environment's and an option's agents are asked without.
      const elsewhere = await start(['members'], { XDG_CONFIG_HOME, SERF_RPC_ADDR: other.address }).ended;
      expect(elsewhere.stdout).toMatch(/^other /);
      expect((await run('members', '--rpc-addr', address)).stderr).toContain('Authentication required');
      const chosen = await start(['members'], {
        XDG_CONFIG_HOME,
        RXSERF_CONTEXT: 'test',
        SERF_RPC_ADDR: NOBODY,
      }).ended;
      expect(chosen.stdout).toMatch(/^other /);
      expect(await run('members', '--context', 'prod', '--rpc-addr', NOBODY)).toMatchObject({ code: 1 });

      const path = (await run('context', 'path')).stdout.trim();
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, 'utf8')).not.toContain('k3y');
      expect(await run('context', 'remove', 'prod')).toMatchObject({ code: 0 });
      expect(await run('context', 'use', 'prod')).toMatchObject({
        code: 2,
        stderr: 'rxserf: no context "prod"; there are: test\n',
      });
    },
    MANY,
  );

  test.each([
    [['set', 'x', '--rpc-addr', 'h:1?AuthKey=k3y'], 'does not belong into an address'],
    [['set', 'x', '--rpc-addr', 'h:1', '--proxy', 'socks5://me:pass@h:1'], 'does not belong into an address'],
    [['set', 'x', '--rpc-addr', 'h:1', '--rpc-auth-file', 'f', '--rpc-auth-env', 'E'], 'only one of'],
    [['set', 'x'], "required option '--rpc-addr"],
    [['set', 'x', '--rpc-addr', 'h:99999'], 'not an address: "h:99999"'],
    [['set', '', '--rpc-addr', 'h:1'], 'cannot have the name ""'],
    [['set', '-', '--rpc-addr', 'h:1'], 'cannot have the name "-"'],
  ])('%j is refused', async (args, text) => {
    const outcome = await start(['context', ...args], { XDG_CONFIG_HOME: folder() }).ended;

    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
  });

  test.each([
    ['{', 'JSON'],
    ['[]', 'the whole should be an object'],
    ['{"contexts":{"a":{"authKey":"k3y"}}}', '"a" has "authKey"'],
    ['{"contexts":{"a":{"rpcAddr":1}}}', '"a": rpcAddr should be a text'],
    ['{"current":1}', '"current" should be a name'],
  ])('a file with %s: what is wrong, and where', async (text, reason) => {
    const RXSERF_CONFIG = file(text);
    const outcome = await start(['members'], { RXSERF_CONFIG }).ended;

    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain(RXSERF_CONFIG);
    expect(outcome.stderr).toContain(reason);
    expect(outcome.stderr).not.toContain('k3y');
  });
});

describe('completion', () => {
  const complete = async (environment: Record<string, string>, ...words: string[]) =>
    (await start(['complete', '--', ...words], environment).ended).stdout
      .split('\n')
      .filter((line) => line && !line.startsWith(':'))
      .map((line) => line.split('\t')[0]);

  test.each([
    [['mem'], ['members']],
    [['members', '--st'], ['--status']],
    [
      ['query', '--format', ''],
      ['text', 'json'],
    ],
    [
      ['context', ''],
      ['list', 'use', 'set', 'remove', 'path'],
    ],
  ])('%j', async (words, expected) => {
    expect(await complete({}, ...words)).toEqual(expected);
  });

  test('contexts, and names of members, that no shell would expand', async () => {
    const { address } = await listening([...NODES, 'n$(id)', '`id`']);
    const RXSERF_CONFIG = file('{"contexts":{"prod":{"rpcAddr":"h:1"},"$(id)":{"rpcAddr":"h:1"}}}');

    expect(await complete({ RXSERF_CONFIG }, 'members', '--context', '')).toEqual(['prod']);
    expect(await complete({ SERF_RPC_ADDR: address }, 'query', '--node', 'n')).toEqual(['n1', 'n2']);
    expect(await complete({ SERF_RPC_ADDR: NOBODY }, 'rtt', '')).toEqual([]);
  });

  test('bash, where somebody types, and nothing that is typed is evaluated', async () => {
    const { address } = await listening([...NODES, 'n:3']);
    const bin = folder();
    const rxserf = join(bin, 'rxserf');
    writeFileSync(rxserf, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
    const bash = onTerminal('exec bash --norc', {
      PATH: `${bin}:${process.env['PATH']}`,
      SERF_RPC_ADDR: address,
    });
    bash.types('source <(rxserf completion bash); source <(rxserf completion bash); echo rea""dy\r');
    await bash.says('ready');

    for (const [typed, completed] of [
      ['members --sta', 'members --status '],
      ['query --format=j', 'query --format=json '],
      ['query --node=n:', 'query --node=n:3 '],
      ['rtt n1 n:', 'rtt n1 n:3 '],
      [`members --name "$(touch ${bin}/pwned)" --det`, '--detailed '],
    ] as const) {
      bash.types(`rxserf ${typed}\t`);
      await bash.says(completed);
      bash.types('\u0015');
    }
    expect(existsSync(join(bin, 'pwned'))).toBe(false);
  });

  test.each(['bash', 'zsh', 'fish', 'powershell'])('a script for %s', async (shell) => {
    expect(await rxserf('completion', shell)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('rxserf complete'),
    });
  });
});
