import { readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InvalidArgumentError } from '../errors.ts';

/** No key is longer, in bytes: a wrong file is not read whole. */
const LONGEST = 4_096;

/** The key in a file that its owner alone can read, without the line's end. */
export function keyOfFile(option: string, file: string): string {
  const fault = (text: string, cause?: unknown) =>
    new InvalidArgumentError('invalid-argument', `${option}: ${text}`, { cause });
  try {
    const stat = statSync(file);
    // What a shell makes of <(command) is a pipe.
    if (!stat.isFile() && !stat.isFIFO()) throw fault(`${file} is no file`);
    if (isReadByOthers(file)) throw fault(`others can read ${file}; do: chmod 600 ${file}`);
    if (stat.size > LONGEST) throw fault(`${file} is no key: it has ${stat.size} bytes`);
    const key = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (key === '') throw fault(`${file} is empty`);
    return key;
  } catch (cause) {
    throw cause instanceof InvalidArgumentError ? cause : fault((cause as Error).message, cause);
  }
}

/** Whether others than its owner may read a file of secrets. */
export function isReadByOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
}

/** Takes the key out of a variable: what we start has no business with it. */
export function keyOfVariable(option: string, variable: string): string {
  const key = process.env[variable];
  delete process.env[variable];
  if (key) return key;
  throw new InvalidArgumentError('invalid-argument', `${option}: the variable ${variable} is not set`);
}

/** A key that is typed, and not shown; without a terminal, the first line of standard input. */
export async function typedKey(what: string): Promise<string> {
  const { stdin } = process;
  const terminal = stdin.isTTY === true;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal });
  // Asked for only once the terminal echoes nothing: who answers at once, as a paste or a script does, is not shown either.
  if (terminal) process.stderr.write(`${what}: `);
  try {
    return await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      // In raw mode, Ctrl-C is a character.
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      lines.once('close', () => reject(new InvalidArgumentError('invalid-argument', 'no key was given')));
    });
  } finally {
    lines.close();
    stdin.unref?.();
    if (terminal) process.stderr.write('\n');
  }
}

/** Whether addresses have a key in them. */
export function hasKey(addresses: string): boolean {
  return /[?&]AuthKey=/i.test(addresses);
}

/** Whether the address of a proxy has a password in it. */
export function hasPassword(proxy: string): boolean {
  return /:[^/@]*@/.test(proxy.replace(/^\w+:\/\//, ''));
}

/** Takes the arguments out of what `ps` shows to everybody on the machine: a key was among them. */
export function hideArguments(): void {
  process.title = 'rxserf';
}
