import type { Command } from '../../protocol/commands.ts';
import type { LogLevel } from '../../serf.ts';
import { matchesFilter, matchesName } from './name-patterns.ts';
import { LEVELS, type Rules } from './policy-rules.ts';

/** What is asked for, as far as a decision depends on it. */
export interface PolicyRequest {
  readonly command: Command;
  /** Of an event or a query. */
  readonly name?: string;
  /** Of a stream: in its normal form. */
  readonly filter?: string;
  /** Of a monitor. */
  readonly level?: LogLevel;
  /** The patterns of `members`, or of a query's `filterTags`. */
  readonly patterns?: readonly string[];
  /** The tags that are matched, or changed. */
  readonly tags?: readonly string[];
  /** Of a query: whether there is any payload. */
  readonly hasPayload?: boolean;
  /** Of a query, in ms. */
  readonly timeout?: number;
  /** Of a query. */
  readonly relayFactor?: number;
  /** Of `force-leave`. */
  readonly prune?: boolean;
}

/** Allowed, by which rule; or refused, and why: that says what of the policy to change. */
export type Decision =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly reason: string };

/** What a command is allowed by, beyond being one of `commands`: gives the reason against it, if there is one. */
interface Permission {
  /** `'always'`: no policy refuses it. `'listed'`: `commands` has it, or is `'*'`. `'named'`: `commands` has it by name. */
  readonly by: 'always' | 'listed' | 'named';
  readonly against?: (rules: Rules, request: PolicyRequest) => string | undefined;
}

/** The names that Serf keeps for itself, and the one of them that a client may use: it asks for acks only. */
const INTERNAL = '_serf_';
const PING = '_serf_ping';
/** The longest time a query may take, in ms, and the most nodes each reply of it is sent over as well. */
const QUERY_TIMEOUT = 60_000;
const RELAY_FACTOR = 3;
/** The most patterns of one request where their length has a bound. */
const PATTERNS = 32;

const LISTED: Permission = { by: 'listed' };
const MANAGED: Permission = {
  by: 'listed',
  against: ({ keys }) => (keys === 'manage' ? undefined : `keys is '${keys}', not 'manage'`),
};

/**
 * The rule for each command. A command without a row is refused to all, until somebody decides.
 *
 * Why: docs/reliability.md. A `join` makes the agent connect to any address, an event or a query runs scripts on every node,
 * `leave` ends everybody's agent.
 */
export const PERMISSIONS: { readonly [C in Command]: Permission } = {
  handshake: { by: 'always' },
  auth: { by: 'always' },
  // A client's heartbeat.
  stop: { by: 'always' },
  members: LISTED,
  'members-filtered': { by: 'listed', against: againstPatterns },
  // Of a policy that does not list it, `stats` has the session and the agent's name.
  stats: { by: 'always' },
  'get-coordinate': LISTED,
  stream: {
    by: 'listed',
    against: ({ streams }, { filter = '*' }) =>
      matchesFilter(streams, filter) ? undefined : `streams has nothing for ${shown(filter)}`,
  },
  monitor: {
    by: 'listed',
    against: ({ logLevel }, { level = 'info' }) =>
      LEVELS.indexOf(level) >= LEVELS.indexOf(logLevel) ? undefined : `logLevel is '${logLevel}'`,
  },
  query: { by: 'listed', against: againstQuery },
  respond: {
    by: 'listed',
    against: ({ answers }) => (answers ? undefined : 'answers is false'),
  },
  event: {
    by: 'listed',
    against: ({ events }, { name }) =>
      isInternal(name)
        ? reserved()
        : matchesName(events, name)
          ? undefined
          : `events has nothing for ${shown(name)}`,
  },
  tags: {
    by: 'listed',
    against: ({ setTags }, { tags = [] }) => {
      const other = tags.find((tag) => !matchesName(setTags, tag));
      return other === undefined ? undefined : `setTags has nothing for ${shown(other)}`;
    },
  },
  'force-leave': {
    by: 'listed',
    against: ({ prune }, request) => (request.prune && !prune ? 'prune is false' : undefined),
  },
  join: LISTED,
  'list-keys': LISTED,
  'install-key': MANAGED,
  'use-key': MANAGED,
  'remove-key': MANAGED,
  leave: { by: 'named' },
};

/** Decides on a request: a pure function of the policy and of what is asked for. */
export function decide(rules: Rules, request: PolicyRequest): Decision {
  const { command } = request;
  if (!Object.hasOwn(PERMISSIONS, command)) return refused('nobody has decided on this command');
  const { by, against } = PERMISSIONS[command];
  if (by !== 'always' && !isListed(rules, command, by)) return refused(`commands has no ${command}`);
  const reason = against?.(rules, request);
  return reason === undefined ? { allowed: true, rule: by } : refused(reason);
}

/** The commands that a policy allows in some form. */
export function allowedCommands(rules: Rules): readonly Command[] {
  return (Object.keys(PERMISSIONS) as Command[]).filter((command) => {
    const { by } = PERMISSIONS[command];
    if (by === 'always') return command !== 'stats' || isListed(rules, command, 'listed');
    return isListed(rules, command, by) && (PERMISSIONS[command] !== MANAGED || rules.keys === 'manage');
  });
}

/** Whether `commands` has a command. */
export function isListed({ commands }: Rules, command: Command, by: 'listed' | 'named'): boolean {
  return commands === '*' ? by === 'listed' : commands.includes(command);
}

function againstPatterns(
  { patternLength, hideTags }: Rules,
  { patterns = [], tags = [] }: PolicyRequest,
): string | undefined {
  const hidden = tags.find((tag) => hideTags.includes(tag));
  if (hidden !== undefined) return `hideTags has ${shown(hidden)}, and a pattern would tell it`;
  if (patternLength === Number.POSITIVE_INFINITY) return undefined;
  if (patterns.length > PATTERNS)
    return `there may be ${PATTERNS} patterns, as patternLength is ${patternLength}`;
  if (patterns.every((pattern) => pattern.length <= patternLength)) return undefined;
  return `patternLength is ${patternLength}`;
}

function againstQuery(rules: Rules, request: PolicyRequest): string | undefined {
  const { name, hasPayload = false, timeout = 0, relayFactor = 0 } = request;
  if (isInternal(name) && (name !== PING || hasPayload)) return reserved();
  if (!matchesName(rules.queries, name)) return `queries has nothing for ${shown(name)}`;
  if (timeout > QUERY_TIMEOUT) return `a query may take ${QUERY_TIMEOUT} ms`;
  if (relayFactor > RELAY_FACTOR) return `a query may have a relay factor of ${RELAY_FACTOR}`;
  return againstPatterns(rules, request);
}

function isInternal(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith(INTERNAL);
}

function reserved(): string {
  return `names beginning with ${INTERNAL} are Serf's own`;
}

function shown(name: unknown): string {
  return JSON.stringify(String(name).slice(0, 100));
}

function refused(reason: string): Decision {
  return { allowed: false, reason };
}
