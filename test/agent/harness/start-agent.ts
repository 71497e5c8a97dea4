import { execFile } from 'node:child_process';
import { type AgentProcess, runAgent } from './agent-process.ts';
import { freeze } from './freeze.ts';
import { type AgentPorts, freePorts, LOOPBACK } from './ports.ts';
import { stop } from './running.ts';
import { recordTranscript } from './transcript.ts';
import type { Agent, AgentOptions, CliResult } from './types.ts';

const BIND_TRIES = 5;
const CLI_TIMEOUT = 60_000;

/** Starts an agent on loopback; resolves when its RPC port has answered a handshake and its joins are done. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  for (let attempt = 1; ; attempt++) {
    const ports = options.ports ?? (await freePorts());
    try {
      return await startOn(ports, options);
    } catch (error) {
      if (attempt >= BIND_TRIES || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function startOn(ports: AgentPorts, options: AgentOptions): Promise<Agent> {
  const host = options.rpcHost ?? LOOPBACK;
  const address = `${host.includes(':') ? `[${host}]` : host}:${ports.rpc}`;
  const gossip = `${LOOPBACK}:${ports.gossip}`;
  const started = await runAgent(
    [
      `-node=${options.name}`,
      `-bind=${gossip}`,
      `-rpc-addr=${address}`,
      `-log-level=${options.logLevel ?? 'info'}`,
      // Not `local`: that sends each message twice only, and some are lost where a member is gone.
      '-profile=lan',
    ],
    {
      tags: options.tags,
      rpc_auth: options.authKey,
      encrypt_key: options.encryptKey,
      start_join: options.join,
      ...options.config,
    },
  );
  const agent = agentOf(started, { ports, host, address, gossip, options });
  try {
    (await recordTranscript(agent)).close();
    return agent;
  } catch (error) {
    await stop(started);
    throw error;
  }
}

interface Place {
  ports: AgentPorts;
  host: string;
  address: string;
  gossip: string;
  options: AgentOptions;
}

function agentOf(started: AgentProcess, { ports, host, address, gossip, options }: Place): Agent {
  const { name, authKey = '' } = options;
  return {
    name,
    rpc: { host, port: ports.rpc },
    address,
    gossip,
    ports,
    authKey: authKey || undefined,
    pid: started.pid,
    folder: started.folder,
    log: started.log,
    exited: started.exited,
    kill: (signal = 'SIGKILL') => void started.child.kill(signal),
    freeze: () => freeze(started.pid),
    stop: () => stop(started),
    cli: (command, ...args) => serf([command, `-rpc-addr=${address}`, `-rpc-auth=${authKey}`, ...args]),
  };
}

function serf(args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = execFile('serf', args, { timeout: CLI_TIMEOUT }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}
