import { InvalidArgumentError } from '../../errors.ts';
import { COMMANDS, type Command } from '../../protocol/commands.ts';
import type { LogLevel } from '../../serf.ts';
import type { NamePatterns } from './name-patterns.ts';

/**
 * What somebody may do with a Serf: a typed field for each restriction. What is left out is as narrow as can be.
 *
 * @example
 * ```ts
 * import { OPERATOR, type Policy } from 'rxserf/server';
 *
 * const deployers: Policy = { ...OPERATOR, role: 'deployer', events: ['deploy:*'], queries: ['load'] };
 * ```
 */
export interface Policy {
  /** What refusals and the section `session` of `stats` call it. @defaultValue 'custom' */
  readonly role?: string;
  /** The commands that may be asked for; `'*'`: all but `leave`, which has to be named. `handshake`, `auth`, `stop` always may. */
  readonly commands: readonly Command[] | '*';
  /** Which user events may be fired, by exact name or prefix (`'deploy:*'`). @defaultValue none */
  readonly events?: NamePatterns;
  /** Which queries may be asked, likewise; never those that Serf keeps for itself (`_serf_…`, but for an empty `_serf_ping`). @defaultValue none */
  readonly queries?: NamePatterns;
  /** Which filters a stream may have, likewise: `'member-*'`, `'user:deploy'`. @defaultValue all */
  readonly streams?: NamePatterns;
  /** Whether queries that are streamed may be answered. @defaultValue false */
  readonly answers?: boolean;
  /** Whether events and replies come with their payloads; without, all are empty. @defaultValue true */
  readonly payloads?: boolean;
  /** The most talkative level of a `monitor`: at `debug`, an agent logs payloads. @defaultValue 'info' */
  readonly logLevel?: LogLevel;
  /** Tags that are left out of members, events and stats, and refused in patterns, which would tell them. @defaultValue none */
  readonly hideTags?: readonly string[];
  /** Which of the agent's tags may be changed, by exact name or prefix. @defaultValue none */
  readonly setTags?: NamePatterns;
  /** Whether `force-leave` may prune. @defaultValue false */
  readonly prune?: boolean;
  /**
   * What of the encryption keys is given away: `'fingerprints'` of them (`sha256:…`); the keys themselves (`'plain'`); or
   * `'manage'`: fingerprints, and keys may be installed, used and removed, the latter two by fingerprint as well.
   * @defaultValue 'fingerprints'
   */
  readonly keys?: 'fingerprints' | 'plain' | 'manage';
  /** Whether `stats` has the section `event_handlers`: the command lines of the agent's scripts. @defaultValue false */
  readonly eventHandlers?: boolean;
  /** How long a pattern may be, in characters; unless it is `Infinity`, one request has 32 at most. @defaultValue 256 */
  readonly patternLength?: number;
  /** How many queries may be open at a time. @defaultValue 8 */
  readonly queriesOpen?: number;
  /**
   * How often commands may be asked for, in requests per second, as many at once, at least one. A request over the rate waits,
   * for 2 s at most, or is refused (`rate-limited`). @defaultValue any number
   */
  readonly perSecond?: Readonly<Partial<Record<Command, number>>>;
}

/** A {@link Policy} with every default in its place. */
export type Rules = Required<Policy>;

/** Log levels, from the most talkative on. */
export const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];
const KEYS = ['fingerprints', 'plain', 'manage'];

/** Adds the defaults and checks what was given; a copy, so that nobody changes it afterwards. */
export function rulesOf(policy: Policy): Rules {
  if (typeof policy !== 'object' || policy === null) throw invalid('a policy should be an object');
  const { commands, logLevel = 'info', keys = 'fingerprints', perSecond = {} } = policy;
  if (commands !== '*') {
    for (const command of texts('commands', commands))
      if (!Object.hasOwn(COMMANDS, command)) throw invalid(`commands: there is no command ${command}`);
  }
  if (!LEVELS.includes(logLevel)) throw invalid(`logLevel should be one of ${LEVELS.join(', ')}`);
  if (!KEYS.includes(keys)) throw invalid(`keys should be one of ${KEYS.join(', ')}`);
  for (const [command, rate] of Object.entries(perSecond)) {
    if (!Object.hasOwn(COMMANDS, command)) throw invalid(`perSecond: there is no command ${command}`);
    if (!(rate > 0)) throw invalid(`perSecond.${command} should be a number above 0`);
  }
  return {
    role: text('role', policy.role ?? 'custom'),
    commands: commands === '*' ? '*' : [...commands],
    events: texts('events', policy.events),
    queries: texts('queries', policy.queries),
    streams: texts('streams', policy.streams ?? ['*']),
    answers: flag('answers', policy.answers ?? false),
    payloads: flag('payloads', policy.payloads ?? true),
    logLevel,
    hideTags: texts('hideTags', policy.hideTags),
    setTags: texts('setTags', policy.setTags),
    prune: flag('prune', policy.prune ?? false),
    keys,
    eventHandlers: flag('eventHandlers', policy.eventHandlers ?? false),
    patternLength: count('patternLength', policy.patternLength ?? 256),
    queriesOpen: count('queriesOpen', policy.queriesOpen ?? 8),
    perSecond: { ...perSecond },
  };
}

function texts(name: string, values: unknown = []): readonly string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return [...values];
  throw invalid(`${name} should be a list of texts`);
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(`${name} should be a text`);
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(`${name} should be true or false`);
}

function count(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw invalid(`${name} should be a number from 0 up`);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `policy: ${message}`);
}
