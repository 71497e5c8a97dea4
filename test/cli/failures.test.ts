import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeAgent, startAgent, stopAll } from '../agent/harness/agent.ts';
import { jsonOf, listening, rxserf, start, startInto } from './harness.ts';

/** Nobody listens there: it is reserved. */
const NOBODY = '127.0.0.1:1';

/** Takes connections and says nothing; `heard`: another one has come, and has said something. */
async function silent(): Promise<{ address: string; heard: () => Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const heard = async () => {
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'data');
  };
  return { address: `127.0.0.1:${port}`, heard };
}

const COMMANDS = [
  ...[
    ['members'],
    ['monitor'],
    ['query', 'q'],
    ['event', 'e'],
    ['rtt', 'n1'],
    ['watch'],
    ['info'],
    ['join', 'x'],
  ],
  ...[
    ['leave'],
    ['force-leave', 'n2'],
    ['keys', '-list'],
    ['tags', '-set', 'a=b'],
    ['reachability'],
    ['stream'],
  ],
  ['respond', 'load', '--exec', 'true'],
];

describe('one clear line on stderr, nothing on stdout, and a code', () => {
  test.each(COMMANDS)('%s: refused connection', async (...command) => {
    const outcome = await rxserf(...command, '--rpc-addr', NOBODY);

    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: `rxserf: could not connect to ${NOBODY}: connection refused\n`,
    });
  });

  test.each(COMMANDS)('%s: a key that is wrong, and none', async (...command) => {
    const { address } = await listening(['n1'], { authKey: 's3cret' });
    const wrong = await rxserf(...command, '--rpc-addr', address, '--rpc-auth', 'wr0ng');
    const none = await rxserf(...command, '--rpc-addr', address);

    expect(wrong).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^rxserf: Invalid authentication token .*\n$/),
    });
    expect(none).toEqual({
      code: 1,
      // An agent lets itself be connected to, and asks for a key at the first command.
      stdout: expect.stringMatching(command[0] === 'watch' ? /connected/ : /^(==>.*\n)?$/),
      stderr: expect.stringMatching(/^rxserf: Authentication required: .*--rpc-auth-file.*\n$/),
    });
    expect(wrong.stderr).not.toContain('wr0ng');
  });

  test('several addresses: each of them, once', async () => {
    const { stderr } = await rxserf('members', '--rpc-addr', `${NOBODY},127.0.0.2:1,nowhere.invalid:7373`);

    expect(stderr).toMatch(
      /^rxserf: no agent could be reached: 127\.0\.0\.1:1: connection refused; 127\.0\.0\.2:1: connection refused; could not resolve nowhere\.invalid:7373: [^;]+\n$/,
    );
  });

  test('not an agent', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };

    expect(await rxserf('members', '--rpc-addr', `127.0.0.1:${port}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^rxserf: .*\n$/),
    });
  });

  test.each([
    [['watch', '--name', '('], 'patterns'],
    [['watch', '--filter', 'usr'], 'not an event filter: "usr"'],
    [['watch', '--rpc-addr', 'http://x'], 'not an address'],
  ])('%j: code 2', async (args, text) => {
    const { address } = await listening(['n1']);
    const outcome = await rxserf(...args.slice(0, 1), '--rpc-addr', address, ...args.slice(1));

    expect(outcome).toEqual({ code: 2, stdout: expect.any(String), stderr: expect.stringContaining(text) });
    expect(outcome.stderr).toMatch(/^rxserf: .*\n$/);
  });

  test.each([
    [127, ['mebers'], "unknown command 'mebers'"],
    [127, ['help', 'mebers'], '(Did you mean members?)'],
    [1, ['members', '--colour'], "unknown option '--colour'"],
    [1, ['members', '--tag', 'role'], 'Write it as key=value.'],
    [1, ['query'], "missing required argument 'name'"],
    [1, ['query', 'q', 'p', 'p'], "too many arguments for 'query'"],
    [1, ['query', 'q', '--timeout', '5'], 'Write a time such as 500ms, 15s or 1m30s.'],
    [1, ['query', 'q', '--relay-factor', '256'], 'It should be a whole number from 0 to 255.'],
    [1, ['monitor', '--log-level', 'loud'], 'Allowed choices are trace, debug, info, warn, err.'],
    [
      1,
      ['event', 'e', '-coalesce=maybe'],
      "invalid value 'maybe' for --coalesce: it should be true or false",
    ],
    [1, ['members', '--rpc-auth=a', '--rpc-auth-file=b'], 'cannot be used with option'],
    [1, ['members', '--rpc-auth-prompt', '--rpc-auth-file=b'], 'cannot be used with option'],
    [2, ['respond', 'load', '--exec', 'df', '-k'], 'stands behind --: rxserf respond disk --exec df -- -h /'],
    [2, ['agent', '--port', '70000'], 'It should be a whole number from 0 to 65535.'],
    [2, ['watch', '--colour'], "unknown option '--colour'"],
  ])('code %d: %j, without asking anybody', async (expected, args, text) => {
    const { code, stdout, stderr } = await rxserf(...args);

    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(/^rxserf: /);
    expect(stderr).toContain(text);
  });

  test('nothing at all: the help, code 127 as of serf', async () => {
    expect(await rxserf()).toEqual({
      code: 127,
      stdout: '',
      stderr: expect.stringContaining('Usage: rxserf'),
    });
  });
});

describe('help and version', () => {
  test('--version', async () => {
    expect(await rxserf('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test.each([[['--help']], [['help', 'watch']], [['query', '-help']], [['agent', '-h']]])(
    '%j',
    async (args) => {
      const { code, stdout, stderr } = await rxserf(...args);

      expect(stdout).toContain('Usage: rxserf');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );
});

describe('the environment', () => {
  test('SERF_RPC_ADDR and SERF_RPC_AUTH are used', async () => {
    const { address } = await listening(['n1'], { authKey: 's3cret' });
    const environment = { SERF_RPC_ADDR: address, SERF_RPC_AUTH: 's3cret' };

    expect(await start(['members'], environment).ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('options go before it; empty variables are none', async () => {
    const { address } = await listening(['n1'], { authKey: 's3cret' });
    const members = start(['members', '-rpc-addr', address, '-rpc-auth=s3cret'], {
      SERF_RPC_ADDR: NOBODY,
      SERF_RPC_AUTH: '',
    });

    expect(await members.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('the help does not tell the key', async () => {
    const { stdout } = await start(['members', '--help'], { SERF_RPC_AUTH: 's3cret' }).ended;

    expect(stdout).toContain('SERF_RPC_AUTH');
    expect(stdout).not.toContain('s3cret');
  });
});

test('a reader that has seen enough ends it quietly', async () => {
  const { cluster, address } = await listening(['n1']);
  const watch = start(['watch', '--json', '--rpc-addr', address]);
  await watch.says('"added"');

  watch.stopsReading();
  await firstValueFrom(cluster.node('n1').event('one'));

  expect(await watch.ended).toMatchObject({ code: 0, stderr: '' });
});

describe('a command that ends by itself, and is interrupted before', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s: code %d', async (signal, code) => {
    const { address, heard } = await silent();

    for (const command of [['members'], ['event', 'e'], ['query', 'q'], ['rtt', 'n1', 'n2']]) {
      const running = start([...command, '--rpc-addr', address]);
      await heard();
      running.kill(signal);

      expect(await running.ended).toEqual({ code, stdout: '', stderr: '' });
    }
  });

  test('a reader that has seen enough is no interruption', async () => {
    const { cluster, address } = await listening(['n1']);
    const stream = cluster.node('n1').stream('query');
    const answers = stream.subscribe((query) => query.respond().subscribe());
    onTestFinished(() => answers.unsubscribe());
    const query = start(['query', 'q', '--timeout', '1s', '--rpc-addr', address]);
    await query.says('Ack');
    query.stopsReading();

    expect(await query.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe.runIf(existsSync('/dev/full'))('a full disk: one line, code 1', () => {
  test.each([[['members']], [['watch']], [['--help']]])('%j', async (command) => {
    const { address } = await listening(['n1', 'n2']);
    const at = command[0] === '--help' ? [] : ['--rpc-addr', address];

    expect(await startInto('/dev/full', [...command, ...at]).ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'rxserf: ENOSPC: no space left on device, write\n',
    });
  });
});

const EVIL = '\u001b[31m\u0007\u202e\u009b2J\r\n';

describe('hostile text', () => {
  test.each([
    [['members']],
    [['members', '--json']],
    [['query', 'evil', '--timeout', '500ms']],
    [['query', 'evil', '--timeout', '500ms', '--json']],
  ])('%j shows it, and prints no character of it raw', async (args) => {
    const { cluster, address } = await listening(['n1', { name: `n2${EVIL}`, tags: { [`k${EVIL}`]: EVIL } }]);
    const answers = cluster
      .node(`n2${EVIL}`)
      .stream('query')
      .subscribe((query) => query.respond(Buffer.from(EVIL)).subscribe());
    onTestFinished(() => answers.unsubscribe());

    const { code, stdout } = await rxserf(...args, '--rpc-addr', address);

    expect(stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(stdout).toMatch(/\\u001b\[31m/);
    expect(code).toBe(0);
    if (args.includes('--json'))
      expect(JSON.stringify(jsonOf(stdout))).toContain(JSON.stringify(EVIL).slice(1, -1));
  });

  test('watch, piped', async () => {
    const { cluster, address } = await listening(['n1']);
    const watch = start(['watch', '--rpc-addr', address]);
    const json = start(['watch', '--json', '--rpc-addr', address]);
    await Promise.all([watch.says('alive'), json.says('"added"')]);

    await firstValueFrom(cluster.node('n1').event(`e${EVIL}`, Buffer.from(EVIL)));
    await firstValueFrom(cluster.node('n1').event('binary', Uint8Array.of(0xff, 0)));
    await Promise.all([watch.says('binary'), json.says('binary')]);
    for (const each of [watch, json]) each.kill('SIGINT');
    const [lines, objects] = await Promise.all([watch.ended, json.ended]);

    expect(lines.stdout + objects.stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(lines.stdout).toContain('(2 bytes that are not text)');
    expect(jsonOf(objects.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'event', name: `e${EVIL}`, payload: EVIL }),
        expect.objectContaining({ type: 'event', name: 'binary', payloadBase64: '/wA=' }),
      ]),
    );
  });
});

describeAgent('hostile text from a real agent', () => {
  afterAll(stopAll);

  test('a name that is not UTF-8, tags and an answer with escape sequences', async () => {
    const agent = await startAgent({
      name: 'n\udcff',
      tags: { [`k${EVIL}`]: EVIL },
      config: { event_handlers: ['query:evil=printf "\\033[31m\\377"'] },
    });

    const members = await rxserf('members', '--rpc-addr', agent.address);
    const query = await rxserf('query', 'evil', '--timeout', '1s', '--rpc-addr', agent.address);

    expect(members.stdout + query.stdout).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\ufffd/u);
    expect(members.stdout).toContain('n\\udcff');
    expect(query.stdout).toContain("Response from 'n\\udcff': (6 bytes that are not text)");
  });
});
