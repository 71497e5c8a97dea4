import { InvalidArgumentError } from './errors.ts';

/** How to reach an agent: bare TCP, TCP in TLS, a Unix domain socket; or a gateway: WebSocket without and with TLS. */
export type Scheme = 'tcp' | 'tls' | 'unix' | 'ws' | 'wss';

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['serf', 'tcp'],
  ['tcp', 'tcp'],
  ['serfs', 'tls'],
  ['tls', 'tls'],
  ['unix', 'unix'],
  ['ws', 'ws'],
  ['wss', 'wss'],
]);

export const DEFAULT_PORT = 7373;
/** Where a gateway speaks Serf's RPC, unless its address says. */
const GATEWAY_PATH = '/serf';
const WEB_PORTS: Readonly<Partial<Record<Scheme, number>>> = { ws: 80, wss: 443 };

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** One agent's address. Its text never has the auth key, however it is printed. */
export class Address {
  readonly scheme: Scheme;
  /** A name, an IPv4 address, or an IPv6 address without brackets; empty with `unix`. */
  readonly host: string;
  /** 0 with `unix`. */
  readonly port: number;
  /** What follows the port, for WebSockets, and the file of a Unix domain socket; else empty. */
  readonly path: string;
  /** The name that `host` was resolved from: what a certificate has to be for, and SNI. */
  readonly servername: string | undefined;
  // Private, so that neither console.log nor JSON.stringify shows it.
  readonly #authKey: string | undefined;

  constructor(scheme: Scheme, host: string, port: number, path = '', authKey?: string, servername?: string) {
    this.servername = servername;
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

  /** Whether `host` is a name that has to be resolved: no IP address, and no gateway's, whose name stands in its requests. */
  get isName(): boolean {
    return (
      this.peer === 'agent' && this.scheme !== 'unix' && !this.host.includes(':') && !IPV4.test(this.host)
    );
  }

  /**
   * One of the places that this address, a name, resolves to; key and path are the same.
   *
   * @param ip an IPv4 address, or an IPv6 address without brackets
   */
  at(ip: string, port: number = this.port): Address {
    return new Address(this.scheme, ip, port, this.path, this.#authKey, this.servername ?? this.host);
  }

  /** What is there: a gateway speaks WebSocket. */
  get peer(): 'agent' | 'gateway' {
    return Object.hasOwn(WEB_PORTS, this.scheme) ? 'gateway' : 'agent';
  }

  /** `host:port`, with brackets around IPv6; `unix:/path`; `wss://host/path`, with a port that is not the scheme's own. */
  toString(): string {
    if (this.scheme === 'unix') return `unix:${this.path}`;
    const host = this.host.includes(':') ? `[${this.host}]` : this.host;
    if (this.peer === 'agent') return `${host}:${this.port}`;
    const port = this.port === WEB_PORTS[this.scheme] ? '' : `:${this.port}`;
    return `${this.scheme}://${host}${port}${this.path}`;
  }
}

/**
 * Reads addresses: `host`, `host:port`, `[::1]:7373`, `serf://host:port?AuthKey=…`, `unix:/path`, `wss://host/path`, in a page
 * `/path`; a comma list of them, or an array. A key is percent-decoded (`%2C` for a comma); unlike in a web form, `+` is just
 * a plus, as base64 has it.
 *
 * @param page where a page is from, for the addresses that are a path alone
 * @throws {@link InvalidArgumentError} (`invalid-address`), whose text has no more of the address than scheme, host
 * and port
 */
export function parseAddresses(input: string | readonly string[], page?: PageOrigin): Address[] {
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string'))
    throw new InvalidArgumentError('invalid-address', 'an address should be a text, or a list of texts');
  if (texts.length === 0) throw new InvalidArgumentError('invalid-address', 'the list of addresses is empty');
  const addresses = texts.flatMap((text) => parseList(text, page));
  if (new Set(addresses.map(({ peer }) => peer)).size > 1)
    throw new InvalidArgumentError(
      'invalid-address',
      'a list is of agents or of gateways (ws://, wss://), not of both',
    );
  return addresses;
}

function parseList(list: string, page: PageOrigin | undefined): Address[] {
  const texts = list.split(',').map((text) => text.trim());
  let mayBeKey = texts.length > 1 && list.includes('@');
  return texts.map((text, index) => {
    const item = `item ${index + 1} of the list, or part of a key with a bare comma (there it is %2C)`;
    const address = parseAddress(text, mayBeKey ? item : shown(text), page);
    mayBeKey ||= text.includes('?');
    return address;
  });
}

const FORM =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:\[([^\]]*)\]|([^:/?#[\]@]*))(?::([^:/?#@]*))?(\/(?!\/)[^?#]*)?(?:\?([^#]*))?$/i;
/** A file is taken as it is written, but for `?` and the comma of a list. */
const UNIX = /^unix:(?:\/\/)?(\/(?!\/)[^?]+)(?:\?(.*))?$/is;
/** What else begins like one, but for the port of a host of that name. */
const NOT_A_FILE = /^unix:(?!\d+(?:\?|$))/i;
/** Wide enough for what resolvers take, narrow enough for a key that strayed in. */
const NAME = /^[\p{L}\p{N}._-]+$/u;
/** In front of its zone, if it has one. */
const IPV6 = /^([\da-f:.]+)(?:%[\w.-]+)?$/i;

function isIPv6(host: string): boolean {
  const [, address] = IPV6.exec(host) ?? [];
  return address !== undefined && URL.canParse(`http://[${address}]`);
}

/** @param shown what an error may show of `text` */
function parseAddress(text: string, shown: string, page: PageOrigin | undefined): Address {
  const file = UNIX.exec(text);
  if (file) return new Address('unix', '', 0, file[1], parseKey(shown, file[2] ?? ''));
  const match = FORM.exec(/^\/(?!\/)/.test(text) ? `${originOf(page, shown)}${text}` : text);
  if (!match || NOT_A_FILE.test(text)) throw invalid(shown, formOf(text));
  const [, schemeText = 'serf', ipv6, name = '', portText, path = '', query = ''] = match;
  const scheme = SCHEMES.get(schemeText.toLowerCase());
  if (!scheme && /^https?$/i.test(schemeText)) throw invalid(shown, GATEWAY);
  if (!scheme) throw invalid(shown, `use one of ${[...SCHEMES.keys()].join(', ')} as the scheme`);
  const webSocket = Object.hasOwn(WEB_PORTS, scheme);
  if (path !== '' && path !== '/' && !webSocket) throw invalid(shown, 'an agent has no paths');
  const host = ipv6 ?? name;
  if (host === '') throw invalid(shown, 'the host is missing');
  if (!(ipv6 === undefined ? NAME.test(host) : isIPv6(host)))
    throw invalid(shown, 'the host should be a name, an IPv4 address, or an IPv6 address in [brackets]');
  return new Address(
    scheme,
    host,
    parsePort(shown, portText, scheme),
    webSocket ? path || GATEWAY_PATH : '',
    parseKey(shown, query),
  );
}

const GATEWAY = 'a gateway is wss://host/path?AuthKey=…, or /path in a page';

/** How an address that is none should have been written: by its beginning, as the rest may be a secret. */
function formOf(text: string): string {
  if (NOT_A_FILE.test(text)) return 'a Unix domain socket is unix:/path, from the root on';
  if (/^(?:wss?:\/)?\//i.test(text)) return GATEWAY;
  return 'write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets]';
}

/** Where a page is from, as its `location` has it. */
export interface PageOrigin {
  /** `https:`. */
  readonly protocol: string;
  /** `host`, `host:port`; empty where the page is a file. */
  readonly host: string;
}

/** The WebSocket scheme and host that belong to a page. */
function originOf(page: PageOrigin | undefined, shown: string): string {
  if (page?.host && page.protocol === 'https:') return `wss://${page.host}`;
  if (page?.host && page.protocol === 'http:') return `ws://${page.host}`;
  throw invalid(shown, 'a path alone is of the origin of a page that came by http: write wss://host/serf');
}

function parsePort(shown: string, port: string | undefined, scheme: Scheme): number {
  if (port === undefined) return WEB_PORTS[scheme] ?? DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw invalid(shown, 'the port should be a number from 1 to 65535');
  }
  return Number(port);
}

function parseKey(shown: string, query: string): string | undefined {
  let key: string | undefined;
  for (const part of query.split('&')) {
    if (part === '') continue;
    const [, encoded] = /^authkey=(.*)$/is.exec(part) ?? [];
    if (encoded === undefined) throw invalid(shown, 'the only parameter is AuthKey=…, with & as %26');
    try {
      key = decodeURIComponent(encoded);
    } catch {
      throw invalid(shown, 'AuthKey is not valid percent-encoding: write % as %25');
    }
  }
  return key;
}

/** Of a text that was meant as an address, what cannot be a secret: its beginning, as long as it looks like one. */
function shown(text: string): string {
  const form = text.includes('@')
    ? /^(?:[a-z]+:\/\/)?/i
    : /^(?:[a-z]+:\/\/)?(?:\[[\da-f:.]*\]?|(?:[\da-f]{0,4}:){2,}[\da-f]{0,4}|[\p{L}\p{N}._-]*)(?::\d{1,5}(?!\d))?/iu;
  const [safe = ''] = form.exec(text) ?? [];
  return JSON.stringify(safe === text ? text : `${safe}…`);
}

function invalid(shown: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-address', `not an address: ${shown} (${hint})`);
}
