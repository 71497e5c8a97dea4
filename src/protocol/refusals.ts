import type { Address } from '../address.ts';
import {
  AgentError,
  AuthenticationError,
  InvalidArgumentError,
  type SerfError,
  type SerfErrorCode,
} from '../errors.ts';
import type { KeyReport } from '../key-report.ts';
import type { Command } from './commands.ts';
import { toKeyReport } from './translate.ts';
import type { WireValue } from './wire.ts';

/**
 * What the agent's known texts mean. They are Go error texts, so they are matched loosely; a text that matches none
 * is an `agent-error`.
 *
 * Facts: hashicorp/serf `ipc.go`, `serf/serf.go`, `serf/event.go`, `serf/keymanager.go`; all seen on an agent.
 */
const KNOWN: readonly (readonly [pattern: RegExp, code: SerfErrorCode])[] = [
  [/^Authentication required$/, 'auth-required'],
  [/^Invalid authentication token$/, 'auth-invalid'],
  [/exceeds .*limit of \d+ bytes/, 'payload-too-large'],
  [/response already sent/, 'already-answered'],
  [/past the deadline/, 'deadline-passed'],
  [/^No pending queries matching ID/, 'unknown-query'],
  [/nodes reported (failure|success)/, 'nodes-failed'],
  [/^Unsupported command$/, 'unsupported-command'],
  [/^Invalid event filter/, 'invalid-filter'],
  [/^Permission denied: /, 'permission-denied'],
  // Of a gateway, where an agent hangs up: what our own client and embedded nodes say.
  [/not valid RE2 \(/, 'invalid-pattern'],
  [/^Rate limited: /, 'rate-limited'],
];

/** What is known of the request that was refused. */
export interface Refused {
  readonly command: Command;
  readonly address: string;
  /** What is at the address: hints are about it. @defaultValue 'agent' */
  readonly peer?: Address['peer'];
  /** The bytes of its payload, where it has one. */
  readonly size?: number | undefined;
  /** The response's body, where one came with the error. */
  readonly body?: WireValue | undefined;
}

/** How much of a text is looked at, in characters: looking takes longer than the text is long. */
const LOOKED_AT = 1_000;

/** The agent's error as one of ours: its text verbatim, with a code where the text is a known one. */
export function toError(text: string, { command, address, peer = 'agent', size, body }: Refused): SerfError {
  const known = text.slice(0, LOOKED_AT);
  const code = KNOWN.find(([pattern]) => pattern.test(known))?.[1] ?? 'agent-error';
  if (code === 'auth-required' || code === 'auth-invalid') {
    return new AuthenticationError(code, `${text} (${AUTH_HINTS[peer][code]})`, { command, address });
  }
  if (code === 'invalid-pattern') return new InvalidArgumentError(code, text, { command, address });
  const limit = code === 'payload-too-large' ? Number(/limit of (\d+)/.exec(known)?.[1]) : undefined;
  return new AgentError(code, text, {
    command,
    address,
    limit,
    size: limit === undefined ? undefined : size,
    report: code === 'nodes-failed' ? readReport(body) : undefined,
  });
}

/** A report that cannot be read does not hide the agent's error. */
function readReport(body: WireValue | undefined): KeyReport | undefined {
  try {
    return toKeyReport(body);
  } catch {
    return undefined;
  }
}

const AUTH_HINTS = {
  agent: {
    'auth-required': 'give the key as ?AuthKey=… in the address, as the option authKey, or in SERF_RPC_AUTH',
    'auth-invalid': 'the agent has another rpc_auth key, or none at all',
  },
  gateway: {
    'auth-required': 'the gateway wants to know who this is: give the option authKey, a text or a function',
    'auth-invalid':
      'the gateway does not accept this key: it may have expired, which a function as authKey is for',
  },
};

/** Several errors as one text, as an agent has it (hashicorp/go-multierror). */
export function severalErrors(errors: readonly string[]): string {
  const count = `${errors.length} error${errors.length === 1 ? '' : 's'}`;
  return `${count} occurred:\n\t* ${errors.join('\n\t* ')}\n\n`;
}
