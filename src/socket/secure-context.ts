import { InvalidArgumentError } from '../errors.ts';
import type { TlsOptions } from './tls-options.ts';

/**
 * TLS options with their certificates read, for all connections to come.
 *
 * @throws {@link InvalidArgumentError} for what is not PEM (a file's name, say), a certificate without its key, or a key
 * that is not the certificate's
 */
export function withSecureContext(tls: TlsOptions): TlsOptions {
  if (typeof tls !== 'object' || tls === null) throw invalid('should be an object: { ca, cert, key }');
  for (const name of ['ca', 'cert', 'key'] as const) {
    for (const pem of [tls[name]].flat())
      if (pem !== undefined && !isPem(pem))
        throw invalid(`${name} should be the content of a PEM file, and begin with -----BEGIN; it does not`);
  }
  if (tls.cert !== undefined && tls.key === undefined) throw invalid('cert needs its key, too');
  if (tls.key !== undefined && tls.cert === undefined) throw invalid('key needs its cert, too');
  if (tls.secureContext !== undefined) return tls;
  try {
    return { ...tls, secureContext: process.getBuiltinModule('node:tls').createSecureContext(tls as object) };
  } catch (cause) {
    throw invalid(`cannot be used: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

/** What is neither text nor bytes is Node's to judge. */
function isPem(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('-----BEGIN ');
  if (value instanceof Uint8Array) return new TextDecoder('latin1').decode(value).includes('-----BEGIN ');
  return typeof value === 'object' && value !== null;
}

function invalid(problem: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `the option tls ${problem}`, { cause });
}
