import type { AgentPorts } from './ports.ts';

export interface AgentOptions {
  /** Lone surrogates U+DC80–U+DCFF stand for the bytes 0x80–0xFF, as in rxserf: for names that are not UTF-8. */
  name: string;
  tags?: Readonly<Record<string, string>> | undefined;
  /** RPC auth key. */
  authKey?: string | undefined;
  /** Gossip key: base64 of 32 bytes. */
  encryptKey?: string | undefined;
  /** Gossip addresses of agents to join; the start fails when none answers. */
  join?: readonly string[] | undefined;
  /** More of serf's configuration file: `user_event_size_limit`, `query_size_limit`, `event_handlers`, … */
  config?: Readonly<Record<string, unknown>> | undefined;
  logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'err' | undefined;
  /** Fixed ports (to come back at the address of a former agent) instead of free ones. */
  ports?: AgentPorts | undefined;
  /** Where the RPC port listens: 127.0.0.1 if not given. */
  rpcHost?: '127.0.0.1' | '127.0.0.2' | '::1' | undefined;
}

export interface CliResult {
  /** null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Agent {
  name: string;
  rpc: { host: string; port: number };
  /** RPC `host:port`, with brackets around IPv6. */
  address: string;
  /** Gossip `host:port`. */
  gossip: string;
  ports: AgentPorts;
  authKey: string | undefined;
  pid: number;
  /** Its temporary folder, removed with it; a place for files of the test, too. */
  folder: string;
  /** Everything the agent printed so far. */
  log(): string;
  /** The exit code; null after a signal. */
  exited: Promise<number | null>;
  kill(signal?: NodeJS.Signals): void;
  /** SIGSTOP; resolves when it stands still. SIGCONT has it go on. */
  freeze(): Promise<void>;
  /** Kills it and resolves when it is gone. */
  stop(): Promise<void>;
  /** Runs the `serf` command against this agent: `cli('query', '-timeout=1s', 'load')`. */
  cli(command: string, ...args: string[]): Promise<CliResult>;
}
