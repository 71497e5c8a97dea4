import { InvalidArgumentError } from './errors.ts';

/** How to reach an agent: bare TCP, TCP in TLS, or WebSocket without and with TLS. */
export type Scheme = 'tcp' | 'tls' | 'ws' | 'wss';

const SCHEMES: Readonly<Record<string, Scheme>> = {
  serf: 'tcp',
  tcp: 'tcp',
  serfs: 'tls',
  tls: 'tls',
  ws: 'ws',
  wss: 'wss',
};

export const DEFAULT_PORT = 7373;

/** One agent's address. Its text never has the auth key, however it is printed. */
export class Address {
  readonly scheme: Scheme;
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** What follows the port, for WebSockets; else empty. */
  readonly path: string;
  // Private, so that neither console.log nor JSON.stringify shows it.
  readonly #authKey: string | undefined;

  constructor(scheme: Scheme, host: string, port: number, path = '', authKey?: string) {
    this.scheme = scheme;
    this.host = host;
    this.port = port;
    this.path = path;
    this.#authKey = authKey;
  }

  /** The shared key of the agent's `rpc_auth`; empty for "none, whatever the other addresses have". */
  get authKey(): string | undefined {
    return this.#authKey;
  }

  /** `host:port`, with brackets around IPv6. */
  toString(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }
}

/**
 * Reads addresses: `host`, `host:port`, `[::1]:7373`, `serf://host:port?AuthKey=…`, a comma list of them, or an array.
 * A key is percent-decoded (`%2C` for a comma); unlike in a web form, `+` is just a plus, as base64 has it.
 *
 * @throws {@link InvalidArgumentError} (`invalid-address`), whose text has no more of the address than scheme, host
 * and port
 */
export function parseAddresses(input: string | readonly string[]): Address[] {
  const texts = (typeof input === 'string' ? [input] : [...input]).flatMap((text) => String(text).split(','));
  if (texts.length === 0) throw new InvalidArgumentError('invalid-address', 'the list of addresses is empty');
  return texts.map((text) => parseAddress(text.trim()));
}

const FORM =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:\[([^\]]*)\]|([^:/?#[\]@]*))(?::([^/?#]*))?(\/[^?#]*)?(?:\?([^#]*))?$/i;

function parseAddress(text: string): Address {
  const match = FORM.exec(text);
  if (!match) throw invalid(text, 'write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets]');
  const [, schemeText = 'serf', ipv6, name = '', portText, path = '', query = ''] = match;
  const scheme = SCHEMES[schemeText.toLowerCase()];
  if (!scheme) throw invalid(text, `use one of ${Object.keys(SCHEMES).join(', ')} as the scheme`);
  const webSocket = scheme === 'ws' || scheme === 'wss';
  if (path !== '' && path !== '/' && !webSocket) throw invalid(text, 'an agent has no paths');
  const host = ipv6 ?? name;
  if (host === '' || /\s/.test(host)) throw invalid(text, 'the host is missing');
  return new Address(
    scheme,
    host,
    parsePort(text, portText, scheme),
    webSocket ? path : '',
    parseKey(text, query),
  );
}

function parsePort(text: string, port: string | undefined, scheme: Scheme): number {
  if (port === undefined) return scheme === 'ws' ? 80 : scheme === 'wss' ? 443 : DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw invalid(text, 'the port should be a number from 1 to 65535');
  }
  return Number(port);
}

function parseKey(text: string, query: string): string | undefined {
  let key: string | undefined;
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (part.slice(0, equals).toLowerCase() !== 'authkey')
      throw invalid(text, 'the only parameter is AuthKey=…');
    try {
      key = decodeURIComponent(part.slice(equals + 1));
    } catch {
      throw invalid(text, 'AuthKey is not valid percent-encoding: write % as %25');
    }
  }
  return key;
}

/** What may be shown of a text that was meant as an address: nothing that could be a secret. */
function invalid(text: string, hint: string): InvalidArgumentError {
  const shown = text.replace(/[?#].*$/s, '').replace(/^([a-z]+:\/\/)?.*@/is, '$1…@');
  return new InvalidArgumentError('invalid-address', `not an address: "${shown}" (${hint})`);
}
