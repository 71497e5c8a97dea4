import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from '../../errors.ts';
import { type Authenticate, type Identity, tokens } from '../../gateway/identity.ts';
import type { GatewayLimits, GatewayOptions } from '../../gateway/options.ts';
import type { Policy } from '../../server/policy/policy-rules.ts';
import { ADMIN, OPERATOR, VIEWER } from '../../server/policy/roles.ts';
import type { RpcOptions } from '../rpc-options.ts';

/** A gateway as its command line or its file describes it; a flag wins over the file. */
export interface GatewayConfig extends RpcOptions {
  /** `HOST:PORT`. */
  readonly listen?: string;
  readonly publicUrl?: string | readonly string[];
  readonly origins?: readonly string[];
  readonly hosts?: readonly string[];
  readonly trustProxy?: readonly string[];
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly insecure?: boolean;
  readonly path?: string;
  readonly cookie?: string;
  readonly tokens?: Readonly<Record<string, Identity>>;
  /** A file with a token a line, its role and its name. */
  readonly tokenFile?: string;
  /** The role of tokens that come without one. */
  readonly role?: string;
  /** The role of pages without a key. */
  readonly anonymous?: string;
  /** Policies, besides `viewer`, `operator` and `admin`; one may begin as another. */
  readonly roles?: Readonly<Record<string, Partial<Policy> & { readonly extends?: string }>>;
  readonly limits?: Partial<GatewayLimits>;
  readonly pingInterval?: number;
  readonly metrics?: boolean;
  /** The JSON API. */
  readonly api?: boolean;
  /** The dashboard, or the folder of another page. */
  readonly dashboard?: boolean | string;
}

const KEYS: readonly (keyof GatewayConfig)[] = [
  'rpcAddr',
  'rpcAuth',
  'tlsCa',
  'tlsCert',
  'tlsKey',
  'proxy',
  'listen',
  'publicUrl',
  'origins',
  'hosts',
  'trustProxy',
  'tls',
  'insecure',
  'path',
  'cookie',
  'tokens',
  'tokenFile',
  'role',
  'anonymous',
  'roles',
  'limits',
  'pingInterval',
  'metrics',
  'api',
  'dashboard',
];

const ROLES: Readonly<Record<string, Policy>> = { viewer: VIEWER, operator: OPERATOR, admin: ADMIN };

/** @throws `InvalidArgumentError` for a file that is no JSON, or has a key that is not known */
export function readConfig(path: string): GatewayConfig {
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw invalid(`${path} cannot be read as JSON: ${(error as Error).message}`);
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw invalid(`${path} should have one object`);
  const unknown = Object.keys(config).filter((key) => !(KEYS as readonly string[]).includes(key));
  if (unknown.length > 0)
    throw invalid(`${path}: there is no ${unknown.join(', ')}; there are ${KEYS.join(', ')}`);
  return config;
}

/** The options of `gateway` that a configuration describes. Files are read each time that it is called. */
export function gatewayOptions(config: GatewayConfig): Omit<GatewayOptions, 'drain' | 'tlsReload'> {
  const { publicUrl, origins, hosts, trustProxy, insecure, path, cookie, limits, pingInterval } = config;
  const { tls, anonymous, metrics = false, api = false, dashboard = false } = config;
  return {
    ...given({ publicUrl, origins, hosts, trustProxy, insecure, path, cookie, limits, pingInterval }),
    ...addressOf(config.listen ?? '127.0.0.1:7380'),
    ...(tls && { tls: () => ({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }) }),
    ...(anonymous === undefined ? {} : { anonymous: { role: anonymous } }),
    authenticate: authenticationOf(config),
    roles: rolesOf(config.roles ?? {}),
    http: { api, metrics },
    dashboard: typeof dashboard === 'string' ? { dir: dashboard } : dashboard,
  };
}

/** Who has which token: of the file and of the configuration together. */
export function authenticationOf({
  tokens: table = {},
  tokenFile,
  role = 'viewer',
}: GatewayConfig): Authenticate {
  return tokens({ ...table, ...(tokenFile === undefined ? {} : readTokens(tokenFile, role)) });
}

/** A token a line, then its role, then its name; empty lines and those with a # are none. */
function readTokens(path: string, role: string): Record<string, Identity> {
  const lines = textOf(path).split('\n');
  const entries = lines.flatMap((line): [string, Identity][] => {
    const [token, itsRole = role, ...name] = line.trim().split(/\s+/);
    if (!token || token.startsWith('#')) return [];
    return [[token, { role: itsRole, ...(name.length > 0 && { name: name.join(' ') }) }]];
  });
  if (entries.length === 0) throw invalid(`${path} has no token`);
  return Object.fromEntries(entries);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`${path}: ${(error as Error).message}`);
  }
}

function rolesOf(given: NonNullable<GatewayConfig['roles']>): Record<string, Policy> {
  const roles: Record<string, Policy> = { ...ROLES };
  for (const [name, { extends: base, ...policy }] of Object.entries(given)) {
    const begins = base === undefined ? undefined : roles[base];
    if (base !== undefined && !begins)
      throw invalid(`roles.${name}: it extends ${base}, which there is not, or only further down`);
    if (!begins && policy.commands === undefined)
      throw invalid(`roles.${name}: it should have commands, or extend another role`);
    roles[name] = { ...begins, ...policy, role: name } as Policy;
  }
  return roles;
}

function addressOf(listen: string): { host: string; port: number } {
  const [, host, port] = /^(?:(.*):)?(\d+)$/.exec(listen) ?? [];
  if (port === undefined) throw invalid(`--listen should be HOST:PORT, not ${JSON.stringify(listen)}`);
  return { host: host?.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1', port: Number(port) };
}

/** The fields that are there: a field that is `undefined` is another thing than none. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
