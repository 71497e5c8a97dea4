import { existsSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import {
  describeAgent,
  eventually,
  rawConnection,
  recordTranscript,
  startAgent,
  startCluster,
  stopAll,
} from './agent.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describeAgent('agent harness', () => {
  afterEach(stopAll);
  afterAll(stopAll);

  test('one agent: name, tags, cli, log, stop', async () => {
    const agent = await startAgent({ name: 'solo', tags: { role: 'web', odd: 'a=b c' } });
    const { code, stdout } = await agent.cli('members', '-format=json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      members: [{ name: 'solo', addr: agent.gossip, tags: { role: 'web', odd: 'a=b c' }, status: 'alive' }],
    });
    expect(agent.log()).toContain('Serf agent running!');

    await agent.stop();
    expect(await agent.exited).toBeNull();
    expect(() => process.kill(agent.pid, 0)).toThrow('ESRCH');
    expect((await agent.cli('members')).code).toBe(1);
  });

  test('an agent that dies early rejects with its log', async () => {
    await expect(startAgent({ name: 'bad', encryptKey: 'short' })).rejects.toThrow(
      /died with code 1.*encryption key/s,
    );
    await expect(startAgent({ name: 'bad', join: ['127.0.0.1:1'] })).rejects.toThrow('connection refused');
  });

  test('an agent comes back on the ports of a former one, and a clash is an error', async () => {
    const { ports, stop } = await startAgent({ name: 'former' });
    await expect(startAgent({ name: 'latter', ports })).rejects.toThrow('address already in use');
    await stop();
    await expect(startAgent({ name: 'latter', ports })).resolves.toMatchObject({ ports });
  });

  test('a frozen (SIGSTOP) agent is killed and its folder removed', async () => {
    const agent = await startAgent({ name: 'frozen' });
    expect(existsSync(agent.folder)).toBe(true);

    await agent.freeze();
    await agent.stop();

    expect(await agent.exited).toBeNull();
    expect(existsSync(agent.folder)).toBe(false);
  });

  test('a cluster of three, encrypted and with auth', async () => {
    const agents = await startCluster({
      nodes: [{ name: 'n1', tags: { role: 'web' } }, { name: 'n2' }, { name: 'n3' }],
      authKey: 's3cret',
      encryptKey: KEY,
    });
    const [n1, n2, n3] = agents;

    expect(agents.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
    expect((await n2!.cli('keys', '-list')).stdout).toContain(KEY);

    n1!.kill();
    await eventually('n1 failed', async () => {
      expect((await n3!.cli('members')).stdout).toMatch(/n1 .*failed/);
    });
  });

  test('an agent with auth: the raw connection sees the refusal, the transcript starts after it', async () => {
    const agent = await startAgent({ name: 'auth', authKey: 's3cret' });

    const raw = await rawConnection(agent);
    raw.send({ Command: 'handshake', Seq: 1 }, { Version: 1 }, { Command: 'members', Seq: 2 });
    await raw.waitFor(() => raw.values().length === 2);
    expect(raw.values()).toEqual([
      { Error: '', Seq: 1 },
      { Error: 'Authentication required', Seq: 2 },
    ]);
    raw.close();

    await expect(recordTranscript({ ...agent, authKey: 'wrong' })).rejects.toThrow(
      'Invalid authentication token',
    );

    const wire = await recordTranscript(agent);
    await eventually('the log names our connection', () => {
      expect(agent.log()).toContain(`Accepted client: ${wire.localAddress}`);
    });
    wire.send({ Command: 'stop', Seq: 3 }, { Stop: 99 });
    await wire.waitFor(() => wire.values().length === 1);
    expect(wire.bytes()).toEqual(Uint8Array.from(Buffer.from('\x82\xa5Error\xa0\xa3Seq\x03', 'latin1')));

    agent.kill();
    expect(await wire.ended).toMatch(/fin|rst/);
  });
});
