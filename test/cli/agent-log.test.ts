import { expect, test } from 'vitest';
import { rawConnection } from '../agent/harness/agent.ts';
import { jsonOf, start } from './harness.ts';

test('a stranger cannot fill the log of an agent', async () => {
  const agent = start(['agent', '--port', '0', '--auth-key', 's3cret', '--json']);
  await agent.says('"listening"');
  const [{ port }] = jsonOf(agent.stdout()) as [{ port: number }];
  const stranger = await rawConnection({ rpc: { host: '127.0.0.1', port } });
  stranger.send({ Command: 'handshake', Seq: 0 }, { Version: 1 });
  const command = '\u001b'.repeat(10_000);
  for (let seq = 1; seq <= 100; seq++) stranger.send({ Command: command, Seq: seq });
  await stranger.waitFor(() => stranger.values().length > 100);
  stranger.close();
  await agent.says('"disconnected"');
  agent.kill('SIGINT');

  const { stdout } = await agent.ended;
  const refusals = jsonOf(stdout).filter(({ type }) => type === 'refused') as { count: number }[];
  expect(refusals.length).toBeLessThan(5);
  expect(refusals.reduce((sum, { count }) => sum + count, 0)).toBe(100);
  expect(stdout.length).toBeLessThan(10_000);
});
