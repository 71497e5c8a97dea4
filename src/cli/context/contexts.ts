import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvalidArgumentError } from '../../errors.ts';

/** How to get to an agent, as the options have it. A key is never in it, only where one is. */
export interface Context {
  readonly rpcAddr?: string;
  /** Names of files. */
  readonly rpcAuthFile?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** The name of a variable. */
  readonly rpcAuthEnv?: string;
  readonly proxy?: string;
}

export interface Contexts {
  /** The name of the one in use. */
  readonly current?: string | undefined;
  readonly contexts: ReadonlyMap<string, Context>;
}

const FIELDS: readonly string[] = [
  'rpcAddr',
  'rpcAuthFile',
  'rpcAuthEnv',
  'tlsCa',
  'tlsCert',
  'tlsKey',
  'proxy',
] satisfies (keyof Context)[];

/** The file of contexts: `RXSERF_CONFIG`, or where the system has such files. */
export function contextsFile(): string {
  const { RXSERF_CONFIG, XDG_CONFIG_HOME, APPDATA } = process.env;
  if (RXSERF_CONFIG) return RXSERF_CONFIG;
  const folder = process.platform === 'win32' ? APPDATA : XDG_CONFIG_HOME;
  return join(folder || join(homedir(), '.config'), 'rxserf', 'config.json');
}

/** What the file says; nothing, where there is none. */
export function readContexts(): Contexts {
  const file = contextsFile();
  try {
    return contextsOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: new Map() };
    throw new InvalidArgumentError('invalid-argument', `${file}: ${(cause as Error).message}`, { cause });
  }
}

/** Replaces the file, in one step; its owner alone can read it. */
export function writeContexts({ current, contexts }: Contexts): void {
  const file = contextsFile();
  const draft = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(draft, `${JSON.stringify({ current, contexts: Object.fromEntries(contexts) }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(draft, file);
}

/** @throws {@link InvalidArgumentError} if there is no such context */
export function contextNamed(name: string, { contexts } = readContexts()): Context {
  const context = contexts.get(name);
  if (context) return context;
  const names = [...contexts.keys()].join(', ') || 'none yet; rxserf context set NAME makes one';
  throw new InvalidArgumentError(
    'invalid-argument',
    `no context ${JSON.stringify(name)}; there are: ${names}`,
  );
}

function contextsOf(file: unknown): Contexts {
  const { current, contexts = {} } = tableOf('the whole', file);
  if (current !== undefined && typeof current !== 'string') throw new Error('"current" should be a name');
  return {
    current,
    contexts: new Map(
      Object.entries(tableOf('"contexts"', contexts)).map(([name, context]) => [
        name,
        contextOf(name, context),
      ]),
    ),
  };
}

function contextOf(name: string, value: unknown): Context {
  const context = tableOf(JSON.stringify(name), value);
  for (const [field, text] of Object.entries(context)) {
    if (!FIELDS.includes(field))
      throw new Error(`${JSON.stringify(name)} has ${JSON.stringify(field)}; known are ${FIELDS.join(', ')}`);
    if (typeof text !== 'string') throw new Error(`${JSON.stringify(name)}: ${field} should be a text`);
  }
  return context as Context;
}

function tableOf(what: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new Error(`${what} should be an object`);
}
