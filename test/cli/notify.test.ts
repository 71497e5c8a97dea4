import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, describeAgent, eventually, startCluster, stopAll } from '../agent/harness/agent.ts';
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
  });

  test('nobody to call is a failure, what cannot be is misuse', async () => {
    const nobody = await rxserf(...at(0, 'call', 'job', '5', 'twice'));
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toBe('rxserf: nobody has registered for job twice with this id\n');
    expect((await rxserf(...at(0, 'call', 'job', 'five', 'twice'))).code).toBe(2);
    expect((await rxserf(...at(0, 'subscribe', 'job', '1/2', 'twice'))).code).toBe(2);
    expect((await rxserf(...at(0, 'serve', 'job', 'all', 'twice'))).code).toBe(2);
  });
});
