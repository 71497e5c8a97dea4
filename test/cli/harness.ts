import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EmbeddedCluster, type EmbeddedNode } from 'rxserf/embedded';
import { type ListenOptions, listen } from 'rxserf/server';
import { onTestFinished } from 'vitest';
import { eventually } from '../agent/harness/agent.ts';

/** The command as it is published; `npm test` builds it first. */
export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Above what a slow machine needs to start Node and to end it. */
const WITHIN = 15_000;

export interface Outcome {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number | undefined;
  stdout(): string;
  stderr(): string;
  /** Resolves when standard output has that in it. */
  says(wanted: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Keys, on a terminal. */
  types(keys: string): void;
  /** Ends reading: what is written then is a broken pipe. */
  stopsReading(): void;
  readonly ended: Promise<Outcome>;
}

export type Environment = Readonly<Record<string, string>>;

/** Runs the command to its end. */
export function rxserf(...args: readonly string[]): Promise<Outcome> {
  return start(args).ended;
}

/** Starts the command, with nothing of Serf or of colours in its environment but what is given. */
export function start(args: readonly string[], environment: Environment = {}): Running {
  return run(spawn(process.execPath, [MAIN, ...args], { env: environmentWith(environment) }));
}

/** Starts the command with its standard output in a file. */
export function startInto(file: string, args: readonly string[]): Running {
  const output = openSync(file, 'w');
  onTestFinished(() => closeSync(output));
  return run(
    spawn(process.execPath, [MAIN, ...args], { env: environmentWith({}), stdio: ['pipe', output, 'pipe'] }),
  );
}

/** Starts the command on a terminal of its own, of 100 × 30 cells; `meanwhile` runs beside it, on the same terminal. */
export function startOnTerminal(
  args: readonly string[],
  { meanwhile = '', ...environment }: Environment & { readonly meanwhile?: string } = {},
): Running {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const beside = meanwhile && `(${meanwhile}) & `;
  return onTerminal(`${beside}exec ${command}`, environment);
}

/** Starts a command of the shell's on such a terminal. */
export function onTerminal(command: string, environment: Environment): Running {
  const script = ['-qefc', `stty cols 100 rows 30; ${command}`, '/dev/null'];
  return run(spawn('script', script, { env: environmentWith({ TERM: 'xterm-256color', ...environment }) }));
}

/** An embedded cluster that listens, for as long as the test runs. */
export async function listening(
  nodes: readonly (string | EmbeddedNode)[],
  options: ListenOptions = {},
): Promise<{ cluster: EmbeddedCluster; address: string }> {
  const cluster = new EmbeddedCluster({ nodes });
  const events$ = listen(cluster.node(cluster.names[0] as string), { port: 0, ...options });
  const address = await new Promise<string>((resolve, reject) => {
    const subscription = events$.subscribe({
      next: (event) => event.type === 'listening' && resolve(event.address),
      error: reject,
    });
    onTestFinished(() => {
      subscription.unsubscribe();
      cluster.close();
    });
  });
  return { cluster, address };
}

/** Lines of JSON, read. */
export function jsonOf(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function environmentWith(environment: Environment): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...environment };
}

function run(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const says = async (wanted: string | RegExp) => {
    await eventually(
      `says ${String(wanted)}`,
      () => {
        if (typeof wanted === 'string' ? stdout.includes(wanted) : wanted.test(stdout)) return;
        throw new Error(`it says:\n${stdout}${stderr}`);
      },
      { within: WITHIN },
    );
  };
  return {
    pid: child.pid,
    stdout: () => stdout,
    stderr: () => stderr,
    says,
    kill: (signal) => void child.kill(signal),
    types: (keys) => void child.stdin?.write(keys),
    stopsReading: () => void child.stdout?.destroy(),
    ended,
  };
}
