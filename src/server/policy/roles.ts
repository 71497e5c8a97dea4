import type { Policy } from './policy-rules.ts';

/** How often the commands may be asked for that cost an agent most. */
const RATES = { members: 5, 'members-filtered': 5, 'get-coordinate': 500, event: 10 } as const;

/** Looks on: members, stats, coordinates, events (whose queries it cannot answer), and log lines from `info` on. */
export const VIEWER = {
  role: 'viewer',
  commands: ['members', 'members-filtered', 'stats', 'get-coordinate', 'stream', 'monitor'],
  perSecond: RATES,
} as const satisfies Policy;

/**
 * What a {@link VIEWER} may, and: events and queries whose names are given (`{ ...OPERATOR, events: ['deploy:*'] }`), answers to
 * queries, tags whose keys are given, and `force-leave` without `prune`.
 */
export const OPERATOR = {
  ...VIEWER,
  role: 'operator',
  commands: [...VIEWER.commands, 'query', 'respond', 'event', 'tags', 'force-leave'],
  answers: true,
  logLevel: 'trace',
  eventHandlers: true,
  patternLength: Number.POSITIVE_INFINITY,
} as const satisfies Policy;

/**
 * What an {@link OPERATOR} may, under all names, and: `join`, `force-leave` with `prune`, and the fingerprints of the keys; with
 * `keys: 'manage'` their rotation. `leave` has to be named: it ends the agent that all share.
 */
export const ADMIN = {
  ...OPERATOR,
  role: 'admin',
  commands: '*',
  events: ['*'],
  queries: ['*'],
  setTags: ['*'],
  prune: true,
} as const satisfies Policy;
