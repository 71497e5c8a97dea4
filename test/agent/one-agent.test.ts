import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { AgentMismatchError, connect } from 'rxserf';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  failureOf,
  freePorts,
  replayed,
  startAgent,
  stopAll,
} from './harness/agent.ts';

// The connections of a client lead to one agent, also where a name or a balancer stands for several.

/** A TCP balancer on loopback: each connection goes to the next agent. */
async function balancer(...agents: Agent[]): Promise<{ address: string; accepted: () => number }> {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const { host, port } = (agents[accepted++ % agents.length] as Agent).rpc;
    const far = connectTcp({ host, port });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, accepted: () => accepted };
}

/** Two agents of one cluster, with one RPC port at two loopback addresses. */
async function twoAgents(): Promise<[Agent, Agent]> {
  const n1 = await startAgent({ name: 'n1' });
  const { gossip } = await freePorts();
  const n2 = await startAgent({
    name: 'n2',
    rpcHost: '127.0.0.2',
    ports: { gossip, rpc: n1.ports.rpc },
    join: [n1.gossip],
  });
  return [n1, n2];
}

const KEY = 'ICEiIyQlJicoKSorLC0uLw==';

describeAgent('a balancer in front of two agents', () => {
  afterAll(stopAll);

  test('never has another agent do what is meant for the one of the main connection', async () => {
    const [n1, n2] = await twoAgents();
    const { address, accepted } = await balancer(n1, n2);
    const client = closing(connect(address));
    replayed(client.stream('user'));
    expect((await firstValueFrom(client.stats())).agent?.name).toBe('n1');
    const effects = {
      join: client.join(n2.gossip),
      forceLeave: client.forceLeave('nobody'),
      installKey: client.installKey(KEY),
      leave: client.leave(),
    };
    // The second connection leads to n2: nothing is sent there, and all four are told.
    const errors = await Promise.all(Object.values(effects).map((effect$) => failureOf(effect$)));
    for (const error of errors) {
      expect(error).toBeInstanceOf(AgentMismatchError);
      expect(error).toMatchObject({ code: 'agent-mismatch', address, expected: 'n1', found: 'n2' });
    }
    expect(accepted()).toBe(2);
    // The third one leads to n1.
    await firstValueFrom(client.leave());
    expect(await n1.exited).toBe(0);
    expect((await n2.cli('info')).code).toBe(0);
  });

  test('is no trouble for what only reads', async () => {
    const [n1, n2] = await twoAgents();
    const { address } = await balancer(n1, n2);
    const client = closing(connect(address));
    expect((await firstValueFrom(client.stats())).agent?.name).toBe('n1');
    expect(await firstValueFrom(client.members({ name: 'n.*' }))).toHaveLength(2);
  });
});

describeAgent('a name of two agents', () => {
  afterAll(stopAll);

  /** Has the name resolve to all addresses, in another order each time, as round-robin DNS does. */
  function roundRobin(name: string, ...ips: string[]): void {
    let turn = 0;
    const real = dns.lookup;
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      host: string,
      options: object,
      done: unknown,
    ) => {
      if (host !== name) return real(host, options as dns.LookupAllOptions, done as never);
      const first = turn++ % ips.length;
      const found = [...ips.slice(first), ...ips.slice(0, first)].map((address) => ({ address, family: 4 }));
      process.nextTick(() => (done as (error: null, found: unknown) => void)(null, found));
    }) as unknown as typeof dns.lookup);
    onTestFinished(() => lookup.mockRestore());
  }

  test('is the one agent of the main connection for all connections', async () => {
    const [n1, n2] = await twoAgents();
    roundRobin('serf.test', '127.0.0.1', '127.0.0.2');
    const client = closing(connect(`serf.test:${n1.ports.rpc}`));
    expect((await firstValueFrom(client.stats())).agent?.name).toBe('n1');
    expect(await firstValueFrom(client.status$)).toEqual({ state: 'connected', address: n1.address });
    await firstValueFrom(client.members({ name: 'n.*' }));
    await firstValueFrom(client.leave());
    expect(await n1.exited).toBe(0);
    expect((await n2.cli('info')).code).toBe(0);
  });

  test('goes on with the other one when the first is gone', async () => {
    const [n1, n2] = await twoAgents();
    roundRobin('serf.test', '127.0.0.1', '127.0.0.2');
    const client = closing(connect(`serf.test:${n1.ports.rpc}`, { reconnect: { minDelay: 1 } }));
    expect((await firstValueFrom(client.stats())).agent?.name).toBe('n1');
    await n1.stop();
    expect((await firstValueFrom(client.stats())).agent?.name).toBe('n2');
    expect(await firstValueFrom(client.status$)).toEqual({ state: 'connected', address: n2.address });
  });
});
