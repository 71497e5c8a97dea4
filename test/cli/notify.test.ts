import { connect } from 'rxserf';
import { notify, RpcError } from 'rxserf/notifier';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Agent, describeAgent, eventually, startCluster, stopAll } from '../agent/harness/agent.ts';
import { fixture } from '../socket/secure-agent.ts';
import { rxserf, start } from './harness.ts';

describeAgent('rxserf notify, at two agents', () => {
  let agents: Agent[];
  const at = (agent: number, ...args: string[]) => [
    'notify',
    args[0] as string,
    '--rpc-addr',
    (agents[agent] as Agent).address,
    ...args.slice(1),
  ];

  beforeAll(async () => {
    agents = await startCluster({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  });

  afterAll(stopAll);

  test('what one serves and subscribes to, another calls, publishes and lists', async () => {
    const serving = start(
      at(
        0,
        'serve',
        '--id',
        'server',
        '--slice',
        '2',
        'job',
        'all',
        'twice',
        '--',
        'node',
        '-e',
        'process.stdin.on("data", (n) => console.log(2 * n))',
      ),
    );
    const subscribing = start(at(1, 'subscribe', '--id', 'listener', '--json', 'job', '1/1', 'done'));
    await eventually('both are there', async () => {
      const { stdout } = await rxserf(...at(0, 'peers'));
      expect(stdout).toContain('serves  job 0/0 twice  slice 2');
      expect(stdout).toContain('subscribes  job 1/1 done');
    });

    expect(await rxserf(...at(1, 'call', 'job', '5', 'twice', '21'))).toEqual({
      code: 0,
      stdout: "Answer from 'server': 42\n",
      stderr: '',
    });
    expect(await rxserf(...at(0, 'publish', 'job', '3', 'done', '{"ok":true}'))).toEqual({
      code: 0,
      stdout: 'Published to 1 notifiers in full, and to no slice\n',
      stderr: '',
    });
    await subscribing.says('"args":{"ok":true}');
    expect((await rxserf(...at(0, 'publish', 'job', '2', 'done'))).stdout).toContain('Published to 0');

    serving.kill('SIGTERM');
    subscribing.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
    expect((await subscribing.ended).code).toBe(0);
    // Each has taken its tag back.
    const { stdout } = await (agents[0] as Agent).cli('members', '-format=json');
    expect(stdout).not.toContain('rxn.');
  }, 60_000);

  test('over TLS, with certificates and a key of all', async () => {
    const ca = ['--peer-tls-ca', fixture('cert')];
    const certificate = ['--peer-tls-cert', fixture('cert'), '--peer-tls-key', fixture('key')];
    const serving = start(
      at(0, 'serve', '--id', 'secure', ...ca, ...certificate, 'vault', 'all', 'get', '--answer', '42'),
      { RXSERF_NOTIFY_KEY: 'a key that all of them have' },
    );
    const key = { RXSERF_NOTIFY_KEY: 'a key that all of them have' };
    const ask = (...args: string[]) => start(at(1, ...args), key).ended;
    await eventually('it is there', async () => {
      expect((await ask('peers', ...ca)).stdout).toMatch(/^secure {2}n1 {2}connected\n {2}serves/m);
    });

    const get = ['vault', '1', 'get'];
    const [answer, named, other, unknown, plain] = await Promise.all([
      ask('call', ...ca, ...get),
      ask('call', ...ca, '--peer-tls-name', 'localhost', ...get),
      ask('peers', ...ca, '--peer-tls-name', 'another.example'),
      ask('peers', '--peer-tls-name', 'localhost'),
      ask('call', ...get),
    ]);
    expect(answer).toEqual({ code: 0, stdout: "Answer from 'secure': 42\n", stderr: '' });
    expect(named).toEqual(answer);
    expect(other.stdout).toMatch(/^secure {2}n1 {2}waiting \(.*another\.example/m);
    expect(unknown.stdout).toMatch(/^secure {2}n1 {2}waiting \(self-signed certificate/m);
    expect(plain).toMatchObject({ code: 1, stdout: '' });

    const [bare, missing] = await Promise.all([
      ask('serve', ...ca, 'vault', 'all', 'get', '--answer', '42'),
      ask('peers', '--peer-tls-ca', '/nowhere.pem'),
    ]);
    expect(bare.stderr).toContain('to listen with TLS, tls should have cert and key');
    expect(missing.stderr).toContain('--peer-tls-ca: ENOENT');
    expect([bare.code, missing.code]).toEqual([2, 2]);
    serving.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
  }, 60_000);

  test('what peers say is text in a terminal', async () => {
    const evil = '\u001b]0;pwned\u0007\u202e\n';
    const client = connect((agents[0] as Agent).address);
    const notifier = notify(client, { id: 'evil' });
    onTestFinished(async () => {
      await notifier.close();
      await client.close();
    });
    const refuse = () => {
      throw new RpcError(1, evil);
    };
    notifier.serve(evil, 1, evil, refuse).subscribe();
    notifier.serve('o', 1, 'refuse', refuse).subscribe();
    notifier.serve('o', 1, 'answer', () => evil).subscribe();
    const shown = '\\u001b]0;pwned\\u0007\\u202e\\u000a';
    await eventually('it is there', async () => {
      const { stdout } = await rxserf(...at(1, 'peers'));
      expect(stdout).toContain(`  serves  ${shown} 1 ${shown}\n`);
    });
    const outcomes = await Promise.all([
      rxserf(...at(1, 'peers')),
      rxserf(...at(1, 'peers', '--json')),
      rxserf(...at(1, 'call', 'o', '1', 'answer')),
      rxserf(...at(1, 'call', 'o', '1', 'refuse')),
      rxserf(...at(1, 'call', '--json', 'o', '1', 'refuse')),
    ]);
    for (const { stdout, stderr } of outcomes) {
      expect(stdout).toContain('\\u001b]0;pwned\\u0007\\u202e');
      expect(stdout + stderr).toMatch(/^[^\p{Cf}\p{Cc}\n]*(\n[^\p{Cf}\p{Cc}]*)*$/u);
    }
    expect(outcomes.slice(2, 4).map(({ stdout }) => stdout)).toEqual([
      `Answer from 'evil': ${shown}\n`,
      `Answer from 'evil': failed: ${shown}\n`,
    ]);
  }, 60_000);

  test('nobody to call is a failure, what cannot be is misuse', async () => {
    const nobody = await rxserf(...at(0, 'call', 'job', '5', 'twice'));
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toBe('rxserf: nobody has registered for job twice with this id\n');
    expect((await rxserf(...at(0, 'call', 'job', 'five', 'twice'))).code).toBe(2);
    expect((await rxserf(...at(0, 'subscribe', 'job', '1/2', 'twice'))).code).toBe(2);
    expect((await rxserf(...at(0, 'serve', 'job', 'all', 'twice'))).code).toBe(2);
  });
});
