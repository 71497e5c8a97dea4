import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, onTestFinished, test } from 'vitest';
import { eventually } from '../agent/harness/agent.ts';

/** Programs of Debian's that tests talk to, where they are. */
export const MICROSOCKS = onPath('microsocks');
export const DANTED = onPath('danted') ?? (existsSync('/usr/sbin/danted') ? '/usr/sbin/danted' : undefined);
/** Perl, where it has a server of SOCKS. */
export const PERL_SOCKS = existsSync('/usr/share/perl5/IO/Socket/Socks.pm') ? onPath('perl') : undefined;
/** Debian's own Python: that is where its packages are. */
export const PYTHON = existsSync('/usr/lib/python3/dist-packages/aiorpcx') ? '/usr/bin/python3' : undefined;

/** vitest's `describe` for tests that need a program: without it they are skipped with a warning, in CI they fail. */
export function describeWith(program: string | undefined, what: string, name: string, fn: () => void): void {
  const missing = `there is no ${what} (Debian: apt-get install ${what})`;
  if (program) describe(name, fn);
  else if (process.env['CI']) {
    describe(name, () => {
      test(`needs ${what}`, () => {
        throw new Error(missing);
      });
    });
  } else {
    console.warn(`\n!!! SKIPPED "${name}": ${missing}\n`);
    describe.skip(name, fn);
  }
}

/** Starts a program that ends with the test. */
export function startProgram(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // What a program says when it is killed is nobody's.
  child.stdin?.on('error', () => {});
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Resolves when somebody listens at a port of this machine. */
export function listens(port: number): Promise<void> {
  return eventually(`somebody listens at port ${port}`, async () => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    });
  });
}

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
