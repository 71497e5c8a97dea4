import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Agents of our own, on this machine only. */
export interface LocalCluster {
  /** The `host:port` of the first agent's RPC. */
  readonly address: string;
  stop(): void;
}

const NODES = [
  ['web-1', 'web'],
  ['web-2', 'web'],
  ['db-1', 'db'],
] as const;

/** Starts three agents with the `serf` that is installed, and resolves when the first answers; undefined without one. */
export async function startLocalCluster(): Promise<LocalCluster | undefined> {
  const agents: ChildProcess[] = [];
  const stop = () => {
    for (const agent of agents) agent.kill('SIGKILL');
  };
  process.once('exit', stop);
  const [rpc, ...ports] = await freePorts(2 * NODES.length);
  const first = ports[0];
  for (const [i, [node, role]] of NODES.entries()) {
    const agent = spawn(
      'serf',
      [
        'agent',
        `-node=${node}`,
        `-tag=role=${role}`,
        `-bind=127.0.0.1:${ports[i]}`,
        `-rpc-addr=127.0.0.1:${i === 0 ? rpc : ports[NODES.length + i - 1]}`,
        '-profile=local',
        ...(i === 0 ? [] : [`-join=127.0.0.1:${first}`]),
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    agents.push(agent);
    if (!(await started(agent))) {
      stop();
      return undefined;
    }
  }
  return { address: `127.0.0.1:${rpc}`, stop };
}

/** Whether the agent runs: it says so when its RPC listens and it has joined. */
async function started(agent: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    let log = '';
    agent.stdout?.on('data', (chunk) => {
      if (log.length < 100_000) log += chunk;
      if (log.includes('Log data will now stream in')) resolve(true);
    });
    agent.once('error', () => resolve(false));
    agent.once('exit', () => resolve(false));
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
