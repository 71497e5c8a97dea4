import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { firstValueFrom, take, toArray } from 'rxjs';
import { EmbeddedCluster } from 'rxserf/embedded';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { describeAgent } from '../agent/harness/agent.ts';
import { cli, served } from './support/serf-command.ts';

describeAgent('the `serf` command against a node of an embedded cluster', () => {
  let cluster: EmbeddedCluster;
  let address: string;

  beforeEach(async () => {
    cluster = new EmbeddedCluster({
      nodes: [
        { name: 'n1', tags: { role: 'web' } },
        { name: 'n2', tags: { role: 'db' } },
        { name: 'n3', tags: { role: 'db' } },
      ],
    });
    address = await served(cluster.node('n1'));
  });
  afterEach(() => cluster.close());

  const members = async (...args: string[]) => {
    const { code, stdout } = await cli(address, 'members', '-format=json', ...args);
    expect(code).toBe(0);
    return (JSON.parse(stdout).members as { name: string; status: string; tags: object }[])
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, status, tags }) => ({ name, status, tags }));
  };

  test('members, all and by -status, -name and -tag', async () => {
    const [n1, n2, n3] = await members();
    expect([n1, n2, n3]).toEqual([
      { name: 'n1', status: 'alive', tags: { role: 'web' } },
      { name: 'n2', status: 'alive', tags: { role: 'db' } },
      { name: 'n3', status: 'alive', tags: { role: 'db' } },
    ]);
    cluster.fail('n3');
    await expect.poll(() => members('-status=failed')).toMatchObject([{ name: 'n3' }]);
    expect(await members('-name=n[12]')).toEqual([n1, n2]);
    expect(await members('-tag', 'role=db', '-status=alive')).toEqual([n2]);
  });

  test('event, and one that is too large', async () => {
    const seen = firstValueFrom(cluster.node('n2').stream('user:deploy'));
    expect(await cli(address, 'event', 'deploy', 'v42')).toMatchObject({ code: 0 });
    expect(new TextDecoder().decode((await seen).payload)).toBe('v42');

    const { code, stdout, stderr } = await cli(address, 'event', 'deploy', 'x'.repeat(600));
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('user event exceeds configured limit of 512 bytes before encoding');
  });

  test('query, with acks and answers of those with a tag', async () => {
    const asked = firstValueFrom(cluster.node('n2').stream('query:load').pipe(take(1), toArray()));
    cluster
      .node('n3')
      .stream('query:load')
      .subscribe((query) => query.respond(Uint8Array.of(0x37)).subscribe());
    const { code, stdout } = await cli(
      address,
      'query',
      '-tag=role=db',
      '-timeout=500ms',
      '-format=json',
      'load',
    );
    expect(code).toBe(0);
    const { Acks, Responses } = JSON.parse(stdout);
    expect([...Acks].sort()).toEqual(['n2', 'n3']);
    expect(Responses).toEqual({ n3: '7' });
    expect(await asked).toHaveLength(1);
  });

  test('tags, info, rtt and reachability', async () => {
    expect(await cli(address, 'tags', '-set', 'version=2')).toMatchObject({ code: 0 });
    expect(await members('-name=n1')).toMatchObject([{ tags: { role: 'web', version: '2' } }]);
    expect(JSON.parse((await cli(address, 'info', '-format=json')).stdout).agent).toEqual({ name: 'n1' });
    expect(await cli(address, 'rtt', 'n1', 'n2')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Estimated n1 <-> n2 rtt: [\d.]+ ms/),
    });
    expect(await cli(address, 'reachability')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Successfully contacted all live nodes'),
    });
  });

  test('force-leave, and keys of a cluster that is not encrypted', async () => {
    cluster.fail('n2');
    await expect.poll(() => members('-status=failed')).toMatchObject([{ name: 'n2' }]);
    expect(await cli(address, 'force-leave', 'n2')).toMatchObject({ code: 0 });
    await expect.poll(() => members('-name=n2')).toMatchObject([{ status: 'left' }]);
    const { code, stdout, stderr } = await cli(address, 'keys', '-list');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('nodes reported failure');
  });

  test('join: a node that knew nobody', async () => {
    cluster.add({ name: 'n4', join: false });
    const lone = await served(cluster.node('n4'));
    expect(await cli(lone, 'join', cluster.gossipAddress('n2'))).toMatchObject({
      code: 0,
      stdout: 'Successfully joined cluster by contacting 1 nodes.\n',
    });
    await expect.poll(() => members('-name=n4')).toMatchObject([{ status: 'alive' }]);
    expect(await cli(lone, 'join', '127.0.0.1:1')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Error joining the cluster: '),
    });
  });

  test('monitor: log lines and events, until it is interrupted', async () => {
    const child = spawn('serf', ['monitor', `-rpc-addr=${address}`, '-log-level=debug']);
    onTestFinished(() => void child.kill('SIGKILL'));
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await expect.poll(() => out).toContain('[INFO] serf: EventMemberJoin: n1');
    cluster.node('n2').event('deploy', new TextEncoder().encode('v2')).subscribe();
    await expect.poll(() => out).toContain('\tPayload: []byte{0x76, 0x32}\n');
    expect(out).toContain('[INFO] agent: Received event: user-event: deploy');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('leave: the others see it', async () => {
    expect(await cli(address, 'leave')).toMatchObject({ code: 0 });
    const seen = () => firstValueFrom(cluster.node('n2').members({ name: 'n1' }));
    await expect.poll(seen).toMatchObject([{ status: 'left' }]);
  });
});
