import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { firstValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { closing, describeAgent } from '../agent/harness/agent.ts';
import { jsonOf, listening, type Running, rxserf, start } from './harness.ts';

async function addressOf(agent: Running): Promise<string> {
  await agent.says(/listens on \S+\n/);
  return /listens on (\S+)/.exec(agent.stdout())?.[1] ?? '';
}

describe('agent', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'says where it listens; %s ends it with code 0',
    async (signal) => {
      const agent = start(['agent', '--port', '0', '--nodes', '3']);
      const address = await addressOf(agent);
      const members = await firstValueFrom(closing(connect(address)).members());
      agent.kill(signal);

      expect(members.map(({ name }) => name).sort()).toEqual(['db-1', 'web-1', 'web-2']);
      expect(await agent.ended).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('an embedded cluster of 3 nodes listens on 127.0.0.1:'),
        stderr: '',
      });
    },
  );

  test('--auth-key', async () => {
    const agent = start(['agent', '--port', '0', '--auth-key', 's3cret']);
    const address = await addressOf(agent);

    expect(await rxserf('members', '--rpc-addr', address)).toMatchObject({ code: 1 });
    expect(await rxserf('members', '--rpc-addr', address, '--rpc-auth', 's3cret')).toMatchObject({ code: 0 });
    expect(agent.stdout()).not.toContain('s3cret');
  });

  test('--churn: something happens', async () => {
    const agent = start(['agent', '--port', '0', '--churn', '--json']);

    await agent.says('"churn"');
    agent.kill('SIGINT');

    const { code, stdout } = await agent.ended;
    expect(jsonOf(stdout).map(({ type }) => type)).toEqual(expect.arrayContaining(['listening', 'churn']));
    expect(code).toBe(0);
  });

  test('ends when its node is told to leave, as an agent does', async () => {
    const agent = start(['agent', '--port', '0']);
    const client = closing(connect(await addressOf(agent)));

    await firstValueFrom(client.leave());

    expect(await agent.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('a port that is taken: one line, code 1', async () => {
    const { address } = await listening(['n1']);
    const outcome = await rxserf('agent', '--port', address.split(':')[1] as string);

    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^rxserf: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/),
    });
  });

  test('warns where anybody could connect', async () => {
    const agent = start(['agent', '--port', '0', '--host', '0.0.0.0']);
    await addressOf(agent);
    agent.kill('SIGINT');

    expect((await agent.ended).stderr).toMatch(/^rxserf: whoever can reach 0\.0\.0\.0 .*\n$/);
  });
});

describeAgent('agent, for the serf command', () => {
  test('members, query', async () => {
    const agent = start(['agent', '--port', '0', '--auth-key', 's3cret']);
    const at = [`-rpc-addr=${await addressOf(agent)}`, '-rpc-auth=s3cret'];
    const serf = promisify(execFile);

    expect((await serf('serf', ['members', ...at])).stdout).toMatch(/^web-1 +10\.0\.0\.1:7946 +alive +/);
    expect((await serf('serf', ['query', ...at, '-timeout=500ms', 'ping'])).stdout).toContain(
      "Response from 'cache-1': pong",
    );
  });
});
