import { firstValueFrom } from 'rxjs';
import { connect, utf8 } from 'rxserf';
import { afterAll, describe, expect, test } from 'vitest';
import { closing, describeAgent, replayed, settled, startCluster, stopAll } from '../agent/harness/agent.ts';
import { jsonOf, listening, rxserf, start, startOnTerminal } from './harness.ts';

const NODES = [
  { name: 'n1', tags: { role: 'web' } },
  { name: 'n2', tags: { role: 'db' } },
];

/** What every command does, whoever it talks to; both know the members n1 (role web) and n2 (role db), and are n1. */
function commandsOf(addressOf: () => Promise<string>): void {
  test('members: as a table without headings, by name', async () => {
    const { code, stdout, stderr } = await rxserf('members', '--rpc-addr', await addressOf());

    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^n1 {2}\d+\.0\.0\.\d:\d+ +alive {2}role=web$/),
      expect.stringMatching(/^n2 {2}\d+\.0\.0\.\d:\d+ +alive {2}role=db$/),
      '',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['--status', 'left|failed', []],
    ['--name', 'n[2-9]', ['n2']],
    ['--tag', 'role=w.*', ['n1']],
    ['-tag', 'role=db', ['n2']],
    ['-status=al.*', '-name=.2', ['n2']],
  ])('members %s %s', async (option, value, expected) => {
    const { code, stdout } = await rxserf(
      'members',
      '--json',
      option,
      value,
      '--rpc-addr',
      await addressOf(),
    );

    expect(jsonOf(stdout).map(({ name }) => name)).toEqual(expected);
    expect(code).toBe(0);
  });

  test('members --json: a Member a line', async () => {
    const { stdout } = await rxserf('members', '-json', '-name=n1', `-rpc-addr=${await addressOf()}`);

    expect(jsonOf(stdout)).toEqual([
      expect.objectContaining({
        name: 'n1',
        address: expect.any(String),
        port: expect.any(Number),
        tags: { role: 'web' },
        status: 'alive',
      }),
    ]);
  });

  test.each([
    [['--no-coalesce'], false],
    [['-coalesce=false'], false],
    [['-coalesce=true'], true],
    [[], true],
  ])('event %j: name, payload and coalesce arrive', async (options, coalesce) => {
    const address = await addressOf();
    const client = closing(connect(address, { codec: utf8() }));
    const events = replayed(client.stream('user:deploy'));
    await settled(client);

    const { code, stdout } = await rxserf('event', 'deploy', 'v 42 é', ...options, '--rpc-addr', address);

    expect(await firstValueFrom(events)).toMatchObject({ name: 'deploy', payload: 'v 42 é', coalesce });
    expect(stdout).toBe(`Event 'deploy' dispatched! Coalescing enabled: ${coalesce}\n`);
    expect(code).toBe(0);
  });

  test('event --json', async () => {
    const { stdout } = await rxserf('event', 'deploy', '--json', '--rpc-addr', await addressOf());

    expect(jsonOf(stdout)).toEqual([{ event: 'user', name: 'deploy', payload: '', coalesce: true }]);
  });

  test('query: acks, responses, totals', async () => {
    const address = await addressOf();
    const client = closing(connect(address, { codec: utf8() }));
    const answers = client.stream('query:load').subscribe((query) => query.respond('0.42').subscribe());
    await settled(client);

    const { code, stdout } = await rxserf('query', 'load', '-timeout=1s', '--rpc-addr', address);
    answers.unsubscribe();

    expect(stdout.trimEnd().split('\n').sort()).toEqual([
      "Ack from 'n1'",
      "Ack from 'n2'",
      "Query 'load' dispatched",
      "Response from 'n1': 0.42",
      'Total Acks: 2',
      'Total Responses: 1',
    ]);
    expect(code).toBe(0);
  });

  test.each([
    ['elsewhere', start, "Response from 'n1': a\tb\nTotal Acks: 9\\u001b[2J\\u000d\n\nc\n"],
    [
      'on a terminal',
      startOnTerminal,
      "Response from 'n1': a\tb\r\n  Total Acks: 9\\u001b[2J\\u000d\r\n  \r\n  c\r\n",
    ],
  ] as const)('query: an answer of several lines, %s', async (_, started, expected) => {
    const address = await addressOf();
    const client = closing(connect(address, { codec: utf8() }));
    const answers = client
      .stream('query:disk')
      .subscribe((query) => query.respond('a\tb\nTotal Acks: 9\u001b[2J\r\n\nc\n').subscribe());
    await settled(client);

    const query = started(['query', 'disk', '-no-ack', '-timeout=1s', '--rpc-addr', address]);
    const { stdout } = await query.ended;
    answers.unsubscribe();

    expect(stdout).toContain(expected);
  });

  test.each([
    [['--node', 'n2'], ['n2']],
    [['--tag', 'role=w.b'], ['n1']],
    [['--node', 'n1', '--node', 'n2', '--tag', 'role=nobody'], []],
    [['-no-ack'], []],
    [
      ['-no-ack=false', '--relay-factor', '1'],
      ['n1', 'n2'],
    ],
  ])('query %j --json: who acknowledges', async (options, expected) => {
    const { code, stdout } = await rxserf(
      ...['query', 'nothing', 'payload', '--timeout', '500ms', '--json', ...options],
      ...['--rpc-addr', await addressOf()],
    );
    const replies = jsonOf(stdout);

    expect(replies.pop()).toEqual({ type: 'done', acks: expected.length, responses: 0 });
    expect(replies.map(({ type, from }) => [type, from]).sort()).toEqual(
      expected.map((from) => ['ack', from]),
    );
    expect(code).toBe(0);
  });

  test('rtt: of two nodes, of one and the agent, as JSON', async () => {
    const address = await addressOf();
    const [two, one, json] = await Promise.all([
      rxserf('rtt', 'n1', 'n2', '--rpc-addr', address),
      rxserf('rtt', 'n2', '--rpc-addr', address),
      rxserf('rtt', 'n2', 'n1', '--json', '--rpc-addr', address),
    ]);

    expect(two.stdout).toMatch(/^Estimated n1 <-> n2 rtt: \d+\.\d{3} ms\n$/);
    expect(one.stdout).toMatch(/^Estimated n2 <-> n1 rtt: \d+\.\d{3} ms\n$/);
    expect(jsonOf(json.stdout)).toEqual([{ node1: 'n2', node2: 'n1', rtt: expect.any(Number) }]);
    expect([two.code, one.code, json.code]).toEqual([0, 0, 0]);
  });

  test('rtt of somebody unknown: one line, code 1', async () => {
    const { code, stdout, stderr } = await rxserf('rtt', 'nobody', '--rpc-addr', await addressOf());

    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'rxserf: could not find a coordinate for node "nobody"\n',
    });
  });

  test('monitor: old and new lines of a level, until Ctrl-C', async () => {
    const address = await addressOf();
    const monitor = start(['monitor', '-log-level=DEBUG', '--rpc-addr', address]);
    const json = start(['monitor', '--log-level', 'debug', '--json', '--rpc-addr', address]);

    await Promise.all([monitor.says('agent starting'), json.says('agent starting')]);
    await rxserf('event', 'seen-by-monitor', '--rpc-addr', address);
    await Promise.all([monitor.says('seen-by-monitor'), json.says('seen-by-monitor')]);
    monitor.kill('SIGINT');
    json.kill('SIGTERM');

    expect(await monitor.ended).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await json.ended;
    expect(jsonOf(stdout)).toContainEqual({ log: expect.stringContaining('seen-by-monitor') });
    expect(code).toBe(0);
  });
}

describeAgent('against a real agent', () => {
  let address: Promise<string> | undefined;
  afterAll(stopAll);

  commandsOf(() => {
    address ??= startCluster({ nodes: NODES }).then(([agent]) => agent?.address ?? '');
    return address;
  });
});

describe('against an embedded agent', () => {
  commandsOf(async () => (await listening(NODES)).address);
});
