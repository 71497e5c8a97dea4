import { ConnectError, type SerfError } from '../../errors.ts';
import { printable } from './text.ts';

/** What the system calls them, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'no answer in time',
};

/** What begins the message about several addresses. */
const NONE = 'no agent could be reached: ';

/** Why there is no connection, in few words, and without the address, which stands beside it. */
export function reasonOf(error: SerfError): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (Object.hasOwn(REASONS, code)) return REASONS[code] as string;
  }
  const { address, message } = error;
  const text = address
    ? message
        .replaceAll(` at ${address}`, '')
        .replaceAll(address, '')
        .replace(/^(?:could not connect|lost the connection) to *(?:\([^)]*\))?: */, '')
    : message;
  return printable(
    text
      .replace(/\s+/g, ' ')
      .replace(/(\d)000 ms\b/, '$1 s')
      .trim(),
  );
}

/** An error in a line, with its address once: the system's own text may have it again. */
export function errorLine(error: SerfError): string {
  const { address, message, code } = error;
  if (code === 'auth-required')
    return 'Authentication required: give the key by --rpc-auth-file FILE, --rpc-auth-prompt or SERF_RPC_AUTH';
  if (error instanceof ConnectError && message.startsWith(NONE))
    return printable(
      message
        .replace(/could not connect to /g, '')
        .replace(/: connect (E[A-Z]+) [^\s;]+/g, (all, code) => (REASONS[code] ? `: ${REASONS[code]}` : all)),
    );
  if (error instanceof ConnectError && address && message.split(address).length > 2)
    return `could not connect to ${address}: ${reasonOf(error)}`;
  // Several errors of an agent are several lines.
  return printable(message.trim().replace(/\s*\n\s*/g, ' '));
}
