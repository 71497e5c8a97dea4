import { execFile } from 'node:child_process';
import type { Subscription } from 'rxjs';
import type { Serf } from 'rxserf';
import { type ListenOptions, listen } from 'rxserf/server';
import { onTestFinished } from 'vitest';
import type { CliResult } from '../../agent/harness/agent.ts';

/** Debian's `serf` command: a client written by others, in Go. */
export function cli(address: string, command: string, ...args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const line = [command, `-rpc-addr=${address}`, ...args];
    const child = execFile('serf', line, { timeout: 30_000 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr }); // Debian's tells its errors on stdout
    });
  });
}

/** Serves `serf` on a port of its own, and tells at which address. */
export function serving(serf: Serf<Uint8Array>, options: ListenOptions = {}) {
  let subscription: Subscription | undefined;
  const address = new Promise<string>((resolve, reject) => {
    subscription = listen(serf, { port: 0, ...options }).subscribe({
      next: (event) => event.type === 'listening' && resolve(event.address),
      error: reject,
    });
  });
  return { address, stop: () => subscription?.unsubscribe() };
}

/** The same until the test ends. */
export function served(serf: Serf<Uint8Array>, options: ListenOptions = {}): Promise<string> {
  const { address, stop } = serving(serf, options);
  onTestFinished(() => stop());
  return address;
}
