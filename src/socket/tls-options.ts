/**
 * TLS, as Node's `tls.connect` takes it. A type of our own, so that a project without Node's types can read the declarations
 * of this package; what else Node knows can be given, too.
 */
export interface TlsOptions {
  /** The authorities that are trusted instead of Node's own, PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Our certificate, PEM, where the server asks for one. */
  readonly cert?: string | Uint8Array;
  /** Its key, PEM. */
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  /** Certificate and key in one, PKCS #12. */
  readonly pfx?: string | Uint8Array;
  /** The name that the server is told (SNI) and that its certificate is checked for. @defaultValue the host, unless it is an IP address */
  readonly servername?: string;
  /** Whether a certificate that cannot be verified ends the attempt. @defaultValue true */
  readonly rejectUnauthorized?: boolean;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly [option: string]: unknown;
}
