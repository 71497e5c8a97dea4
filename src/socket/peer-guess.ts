import type { Address } from '../address.ts';

/** How many of a peer's first bytes are looked at. */
const LOOK = 8;

/**
 * What the peer at an address may be, when it does not behave like an agent: by the first bytes that it sent. Only on Node: a page
 * reaches no port of anything else.
 */
export class PeerGuess {
  readonly #address: Address;
  #first: Uint8Array = new Uint8Array(0);

  constructor(address: Address) {
    this.#address = address;
  }

  /** Takes the bytes that arrive, until there are enough. */
  look(bytes: Uint8Array): void {
    if (this.#first.length >= LOOK) return;
    const first = new Uint8Array(Math.min(LOOK, this.#first.length + bytes.length));
    first.set(this.#first);
    first.set(bytes.subarray(0, first.length - this.#first.length), this.#first.length);
    this.#first = first;
  }

  /** The hint for the error of a connection that was not accepted; empty: none. */
  hint(cause: unknown): string {
    const { scheme, peer } = this.#address;
    if (peer === 'gateway' || scheme === 'unix') return '';
    // An agent answers the handshake before all else; what does not understand it hangs up.
    const hungUp = this.#first.length === 0 && (cause === undefined || codeOf(cause) === 'ECONNRESET');
    if (scheme === 'tls') return this.#inTls(codeOf(cause), hungUp);
    if (startsWith(this.#first, HTTP)) return ' (this is an HTTP server, not the RPC port of an agent)';
    if (startsWith(this.#first, SSH)) return ' (this is an SSH server, not the RPC port of an agent)';
    if (TLS.some((start) => startsWith(this.#first, start)))
      return ` (this looks like a TLS port: write serfs://${this.#given})`;
    return hungUp
      ? ' (not the RPC port? It may be that for gossip, 7946 by default, or one for TLS, serfs://)'
      : '';
  }

  /** The address as it was given: a certificate is for the name. */
  get #given(): string {
    const { servername, port } = this.#address;
    return servername ? `${servername}:${port}` : this.#address.toString();
  }

  #inTls(code: unknown, hungUp: boolean): string {
    if (hungUp || NO_TLS.has(code)) return ` (does it speak TLS? Without, write serf://${this.#given})`;
    return UNKNOWN_AUTHORITY.has(code)
      ? ' (which authority to trust is said with the option tls: { ca }, or --tls-ca)'
      : '';
  }
}

const HTTP = [0x48, 0x54, 0x54, 0x50, 0x2f];
const SSH = [0x53, 0x53, 0x48, 0x2d];
/** An alert and a handshake, of TLS 1.x. */
const TLS = [
  [0x15, 0x03],
  [0x16, 0x03],
];

/** Node's codes for an answer that is no TLS. */
const NO_TLS = new Set<unknown>(['EPROTO', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_WRONG_VERSION_NUMBER']);

/** Node's codes for a certificate that nobody vouches for. */
const UNKNOWN_AUTHORITY = new Set<unknown>([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}
