/**
 * What is known of a command. This table is the only place that spells commands; client, server and tests read it.
 *
 * Facts: hashicorp/serf `cmd/serf/command/agent/ipc.go`, and a real agent (Debian's serf 0.9.4).
 */
export interface CommandSpec {
  /** Whether a body follows the request's header. */
  readonly request: boolean;
  /** Whether a body follows the response's header: with an error too, but for {@link REFUSED_UNREAD}. */
  readonly response: boolean;
  /** Whether records follow the response, and what ends them. */
  readonly records: 'none' | 'until-stop' | 'until-done';
  /** How long to wait for the response, in ms, where the caller does not say. */
  readonly timeout: number;
  /**
   * The connection it runs on. An agent takes a connection's commands one at a time, so those that can block it
   * have one of their own (`control`), and so have those that can make it hang up (`pattern`): it closes the
   * connection at a pattern that is not RE2.
   */
  readonly lane: Lane;
  /**
   * What becomes of it when the connection ends before the answer: it fails; it is done, as the agent hangs up when it
   * has obeyed; or it is sent again on the next connection, as a stream goes on there, and asking twice does no harm.
   */
  readonly onLoss: 'fail' | 'done' | 'resend';
  /** Whether it changes anything at the agent or its cluster: it must not go to another agent than the one it is meant for. */
  readonly effect: boolean;
}

/** A connection of the client's: each is opened when it is first needed. */
export type Lane = 'main' | 'control' | 'pattern';

const base = {
  request: true,
  response: false,
  records: 'none',
  timeout: 10_000,
  lane: 'main',
  onLoss: 'fail',
  effect: false,
} as const;
const read = { ...base, response: true, onLoss: 'resend' } as const;
const act = { ...base, effect: true } as const;
const blocking = { ...act, timeout: 30_000, lane: 'control' } as const;

/** Every command of the agent's RPC, by its name on the wire. */
export const COMMANDS = {
  handshake: base,
  auth: base,
  event: act,
  respond: act,
  tags: act,
  stop: base,
  members: { ...read, request: false },
  // Not sent again by itself: a pattern may have been what ended the connection (`members-by-pattern.ts`).
  'members-filtered': { ...base, response: true, lane: 'pattern' },
  stats: { ...read, request: false },
  'get-coordinate': read,
  stream: { ...base, records: 'until-stop', onLoss: 'resend' },
  monitor: { ...base, records: 'until-stop', onLoss: 'resend' },
  query: { ...act, records: 'until-done' },
  join: { ...blocking, response: true },
  // The agent answers, shuts down and closes; the answer may be cut off.
  leave: { ...blocking, request: false, onLoss: 'done' },
  'force-leave': blocking,
  'install-key': { ...blocking, response: true },
  'use-key': { ...blocking, response: true },
  'remove-key': { ...blocking, response: true },
  'list-keys': { ...blocking, request: false, response: true, onLoss: 'resend', effect: false },
} as const satisfies Record<string, CommandSpec>;

/** A command's name on the wire. */
export type Command = keyof typeof COMMANDS;

/** Texts of errors that the agent gives before it looks at the command, and the body it never sends with them. */
export const REFUSED_UNREAD: ReadonlySet<string> = new Set([
  'Authentication required',
  'Handshake required',
  'Unsupported command',
]);

/** Whether a body follows the first response to `command`. */
export function responseHasBody(command: Command, error: string): boolean {
  return COMMANDS[command].response && !REFUSED_UNREAD.has(error);
}
