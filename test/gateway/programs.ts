import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, onTestFinished, test } from 'vitest';
import { blockOf } from '../recipes/pages.ts';
import { eventually } from './harness.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../socket/fixtures', import.meta.url));

/** Where a program is: also where root's PATH leads only. */
function pathOf(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * vitest's `describe` for tests that need a program. Without it they are skipped with a warning; in CI its absence is a failing
 * test.
 */
export function describeProgram(name: 'nginx' | 'caddy' | 'curl', title: string, fn: () => void): void {
  const missing = `no ${name}: tests that need it cannot run (Debian: apt-get install ${name})`;
  if (pathOf(name)) describe(title, fn);
  else if (!['', '0', 'false'].includes(process.env['CI'] ?? ''))
    describe(title, () => {
      test(`needs ${name}`, () => {
        throw new Error(missing);
      });
    });
  else {
    console.warn(`\n!!! SKIPPED "${title}": ${missing}\n`);
    describe.skip(title, fn);
  }
}

/** A program that a test has started; ended with it at the latest. */
export interface Program {
  /** All that it has printed. */
  output(): string;
  /** Resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

async function run(
  command: string,
  args: readonly string[],
  ready: (output: string) => boolean | Promise<boolean>,
): Promise<Program> {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const gone = once(child, 'close');
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await gone;
  };
  onTestFinished(() => stop());
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${command} has ended: ${output}`);
    return ready(output);
  });
  return { output: () => output, stop };
}

/** A folder for the test, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rxserf-gateway-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that the system says is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** `rxserf gateway` with this configuration, from the package as it is built. */
export async function startGateway(config: object): Promise<Program> {
  const file = join(temporaryFolder(), 'gateway.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return run(process.execPath, [MAIN, 'gateway', '--json', '--config', file], (output) =>
    output.includes('"listening"'),
  );
}

/** Whether somebody answers there by https, whatever the answer. */
async function answers(port: number): Promise<boolean> {
  const { Agent, request } = await import('node:https');
  return new Promise((resolve) => {
    const agent = new Agent({ rejectUnauthorized: false });
    request({ port, host: 'localhost', path: '/healthz', agent }, (response) => {
      response.resume();
      resolve(true);
    })
      .on('error', () => resolve(false))
      .end();
  });
}

/** The recipe's configuration of a proxy, at a port of the test's, with the certificate of the tests. */
function recipe(language: string, port: number, gatewayPort: number): string {
  return blockOf('gateway', language)
    .replaceAll('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('/etc/ssl/serf.example.org.pem', join(FIXTURES, 'cert.pem'))
    .replaceAll('/etc/ssl/serf.example.org.key', join(FIXTURES, 'key.pem'))
    .replaceAll(
      'serf.example.org {',
      `https://localhost:${port} {\n\ttls ${FIXTURES}/cert.pem ${FIXTURES}/key.pem`,
    )
    .replaceAll('serf.example.org', 'localhost')
    .replaceAll('127.0.0.1:7380', `127.0.0.1:${gatewayPort}`);
}

export async function startNginx(port: number, gatewayPort: number): Promise<Program> {
  const folder = temporaryFolder();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
    mkdirSync(join(folder, name));
    return `${name}_temp_path ${folder}/${name};`;
  });
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary.join('\n')}\n${recipe('nginx', port, gatewayPort)}\n}\n`,
  );
  return run(pathOf('nginx') as string, ['-c', file, '-p', folder, '-e', 'stderr'], () => answers(port));
}

export async function startCaddy(port: number, gatewayPort: number): Promise<Program> {
  const folder = temporaryFolder();
  const file = join(folder, 'Caddyfile');
  writeFileSync(
    file,
    `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${recipe('caddyfile', port, gatewayPort)}\n`,
  );
  return run(pathOf('caddy') as string, ['run', '--config', file, '--adapter', 'caddyfile'], () =>
    answers(port),
  );
}
