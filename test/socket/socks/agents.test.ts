import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, describeAgent, startCluster, stopAll } from '../../agent/harness/agent.ts';
import { jsonOf, rxserf } from '../../cli/harness.ts';
import { DANTED, describeWith, MICROSOCKS, PERL_SOCKS } from '../../peers/programs.ts';
import { dante, microsocks, perlSocks } from '../../peers/proxies.ts';

const PASSWORD = 's3cret-of-alice';
/** Only the proxy knows where that is. */
const NAME = 'agent.rxserf.invalid';

describeAgent('rxserf members --proxy, to an agent of a cluster', () => {
  let agents: Agent[];
  beforeAll(async () => {
    agents = await startCluster({ nodes: [{ name: 'n1', tags: { role: 'web' } }, { name: 'n2' }] });
  });
  afterAll(stopAll);

  /** The members as `rxserf` tells them through a proxy; `host`: what the proxy is told in place of the address. */
  async function expectMembers(proxy: string, host?: string) {
    const address = (agents[0] as Agent).address;
    const at = host === undefined ? address : address.replace(/^[^:]*/, host);
    const { code, stdout, stderr } = await rxserf('members', '--json', '--rpc-addr', at, '--proxy', proxy);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonOf(stdout).map(({ name, status }) => [name, status])).toEqual([
      ['n1', 'alive'],
      ['n2', 'alive'],
    ]);
  }

  describeWith(MICROSOCKS, 'microsocks', 'through microsocks', () => {
    test('for everybody, and by the name of the target', async () => {
      const proxy = `socks5://127.0.0.1:${await microsocks()}`;
      await expectMembers(proxy);
      await expectMembers(proxy, 'localhost');
    });

    test('for alice', async () => {
      const port = await microsocks({ name: 'alice', password: PASSWORD });
      await expectMembers(`socks5://alice:${PASSWORD}@127.0.0.1:${port}`);
    });
  });

  describeWith(DANTED, 'dante-server', 'through Dante', () => {
    test('in SOCKS 5 and 4', async () => {
      const port = await dante(1);
      await expectMembers(`socks5://127.0.0.1:${port}`);
      await expectMembers(`socks4://127.0.0.1:${port}`);
    });

    test('to a port that it does not allow', async () => {
      const { address } = agents[0] as Agent;
      const proxy = `socks5://127.0.0.1:${await dante(Number(address.split(':')[1]))}`;
      const { code, stdout, stderr } = await rxserf('members', '--rpc-addr', address, '--proxy', proxy);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/not-allowed/);
    });
  });

  describeWith(PERL_SOCKS, 'libio-socket-socks-perl', 'through a proxy of SOCKS 4a', () => {
    test('by a name that only the proxy knows', async () => {
      await expectMembers(`socks4a://127.0.0.1:${await perlSocks(NAME)}`, NAME);
    });
  });
});
