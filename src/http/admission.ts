import { hostName } from './host.ts';
import { parseOrigin } from './origin.ts';

/** What a request shows of itself, headers as they came. */
export interface RequestFacts {
  /** Without the query: that may hold what must not be logged. */
  readonly path: string;
  /** The `Host` header, and what a trusted proxy says that it was. */
  readonly hosts: readonly (string | undefined)[];
  readonly origin: string | undefined;
  /** Of the client, not of a trusted proxy. */
  readonly remoteAddress: string;
}

/** Who may ask a server for anything at all. */
export interface AdmissionRules {
  /** The paths of WebSockets. */
  readonly paths: ReadonlySet<string>;
  /** The names it answers to, as `hostName` writes them. */
  readonly hosts: ReadonlySet<string>;
  /** The origins whose pages may connect, as `parseOrigin` writes them, or who decides. */
  readonly origins: ReadonlySet<string> | ((origin: string, facts: RequestFacts) => boolean);
}

/** Why a request is turned away. */
export type RefusalReason =
  | 'path'
  | 'host'
  | 'origin'
  | 'peers'
  | 'rate'
  | 'draining'
  | 'upstream'
  | 'not-a-websocket';

/** An HTTP answer that says no, and what whoever runs the server can do about it. */
export interface AdmissionRefusal {
  readonly reason: RefusalReason;
  readonly status: 403 | 404 | 421 | 426 | 503;
  /** For the log of the server, never for the peer: what was wrong, and the option that would have allowed it. */
  readonly hint: string;
}

/** The longest part of a stranger's header in a hint, in characters. */
const SHOWN = 200;

/**
 * Whether the name that was asked for is one of the server's. A page that has its own name lead here (DNS rebinding) is
 * turned away by this and nothing else: its Origin and its Host agree.
 */
export function checkHost({ hosts }: RequestFacts, rules: AdmissionRules): AdmissionRefusal | undefined {
  for (const header of hosts) {
    const name = hostName(header);
    if (name !== undefined && rules.hosts.has(name)) continue;
    const hint = `Host ${shown(header)} is none of this server's: if it is, add it to hosts or publicUrl`;
    return { reason: 'host', status: 421, hint };
  }
  return undefined;
}

/** Whether a page of this origin may connect. Without one it is no page: what it shows of itself has to do. */
export function checkOrigin(facts: RequestFacts, { origins }: AdmissionRules): AdmissionRefusal | undefined {
  if (facts.origin === undefined) return undefined;
  const origin = parseOrigin(facts.origin);
  const allowed =
    origin !== undefined && (typeof origins === 'function' ? origins(origin, facts) : origins.has(origin));
  if (allowed) return undefined;
  const hint =
    origin === undefined
      ? `Origin ${shown(facts.origin)} cannot be allowed: it is no single origin (a sandboxed frame or a file?)`
      : `pages of ${shown(origin)} may not connect: if they should, add it to origins, or to publicUrl where this server is what they are`;
  return { reason: 'origin', status: 403, hint };
}

/** Whether a WebSocket may be opened, by all that can be said without counting: path, then Host, then Origin. */
export function admit(facts: RequestFacts, rules: AdmissionRules): AdmissionRefusal | undefined {
  if (!rules.paths.has(facts.path)) {
    const hint = `no WebSocket at ${shown(facts.path)}: there is one at ${[...rules.paths].join(', ')}`;
    return { reason: 'path', status: 404, hint };
  }
  return checkHost(facts, rules) ?? checkOrigin(facts, rules);
}

function shown(text: string | undefined): string {
  return text === undefined ? '(none)' : JSON.stringify(text.slice(0, SHOWN));
}
