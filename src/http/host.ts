import { plainIp } from '../ip.ts';

/** The names that lead to this machine and nowhere else, as {@link hostName} writes them. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The name in a `Host` header, as it is compared: lower case, without its port and without a final dot. `undefined` where
 * there is none.
 */
export function hostName(header: string | undefined): string | undefined {
  // What `URL` would read as something else than a host and a port.
  if (header === undefined || /[\s/\\?#@]/.test(header)) return undefined;
  const url = parse(`http://${header}`);
  const name = url?.hostname.replace(/\.$/, '');
  return name === '' ? undefined : name;
}

/** Whether a name or an address, in brackets or not, is this machine's own. */
export function isLoopback(host: string): boolean {
  const address = plainIp(host.replace(/^\[(.*)\]$/, '$1'));
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address) || hostName(host) === 'localhost';
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
