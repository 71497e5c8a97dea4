import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, stop, track } from './running.ts';

/** The agent prints this once its RPC port listens and its joins are done. */
const READY = 'Log data will now stream in';
const READY_WITHIN = 20_000;

export interface AgentProcess extends Running {
  pid: number;
  exited: Promise<number | null>;
  log(): string;
}

/** Runs `serf agent` with `config` as its config file; resolves when it says that it is up. */
export async function runAgent(args: readonly string[], config: object): Promise<AgentProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'rxserf-agent-'));
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });

  const [command, ...rest] = verbatim(['serf', 'agent', `-config-file=${file}`, ...args]);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
    child.once('error', (error) => {
      output += String(error);
      resolve(null);
    });
  });
  const ready = new Promise<void>((resolve) => {
    let up = false;
    const collect = (chunk: string): void => {
      output += chunk;
      if (up || !output.includes(READY)) return;
      up = true;
      resolve();
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
  });
  const started = { child, pid: child.pid ?? 0, exited, folder, log: () => output };
  track(started);
  try {
    await readyInTime(ready, started);
    return started;
  } catch (error) {
    await stop(started);
    throw error;
  }
}

type CommandLine = [command: string, ...args: string[]];

/** Lone surrogates U+DC80–U+DCFF are the bytes 0x80–0xFF, which only a shell can pass on: Node writes UTF-8. */
function verbatim(line: CommandLine): CommandLine {
  if (!line.some((arg) => LONE_BYTE.test(arg))) return line;
  const words = line.map((arg) => {
    const bytes = [...arg].flatMap((character) =>
      LONE_BYTE.test(character) ? [character.charCodeAt(0) & 0xff] : [...Buffer.from(character)],
    );
    return `"$(printf '${bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}')"`;
  });
  return ['sh', '-c', `exec ${words.join(' ')}`];
}

const LONE_BYTE = /[\udc80-\udcff]/u;

async function readyInTime(ready: Promise<void>, { exited, log }: AgentProcess): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new Error(`serf agent not ready in ${READY_WITHIN} ms:\n${log()}`));
    timer = setTimeout(fail, READY_WITHIN);
  });
  const died = exited.then((code) => {
    throw new Error(`serf agent died with code ${code}:\n${log()}`);
  });
  try {
    await Promise.race([ready, died, late]);
  } finally {
    clearTimeout(timer);
  }
}
