import { createHash, timingSafeEqual } from 'node:crypto';
import { InvalidArgumentError } from '../errors.ts';

/** What somebody showed to say who they are. */
export interface Credential {
  /** The key itself; never logged. */
  readonly key: string;
  /** How it came: by the protocol's own `auth`, in the cookie, or in an `Authorization: Bearer` header. */
  readonly via: 'auth' | 'cookie' | 'bearer';
  /** Of the client, not of a trusted proxy. */
  readonly remoteAddress: string;
}

/** Who somebody is. */
export interface Identity {
  /** Which of the gateway's `roles` is theirs. */
  readonly role: string;
  /** Their name, in events and for the limits that count per name. @defaultValue none: they are counted by address */
  readonly name?: string;
  /** When it ends, in ms since the epoch: the connection is closed then, and asked for a new credential. @defaultValue never */
  readonly expires?: number;
}

/**
 * Who somebody with this credential is; `undefined`, or a rejection, is nobody: the peer is told `Invalid authentication
 * token`, whatever the reason was. A function of the application's: a table ({@link tokens}), a JWT, a session.
 */
export type Authenticate = (
  credential: Credential,
) => Identity | undefined | PromiseLike<Identity | undefined>;

/**
 * Who has which token, for a few tokens that are known beforehand. Compared in constant time, by their digests.
 *
 * @param table an identity for each token; a token has 16 characters at least, as a gateway can be asked by anybody
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for a token that is shorter
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { gateway, tokens } from 'rxserf/gateway';
 *
 * const authenticate = tokens({ 'uei0-jqQ2-9fTx-aW5c': { role: 'viewer', name: 'wallboard' } });
 * gateway(connect(), { authenticate }).subscribe(console.log);
 * ```
 */
export function tokens(table: Readonly<Record<string, Identity>>): Authenticate {
  const known = Object.entries(table).map(([token, identity]) => {
    if (token.length < LEAST_TOKEN)
      throw new InvalidArgumentError(
        'invalid-argument',
        `tokens: a token of ${token.length} characters can be guessed; take ${LEAST_TOKEN} at least (openssl rand -base64 24)`,
      );
    return { digest: digestOf(token), identity };
  });
  return ({ key }) => {
    const digest = digestOf(key);
    let found: Identity | undefined;
    // All of them, whatever is found: how long it takes says nothing.
    for (const { digest: other, identity } of known) if (timingSafeEqual(digest, other)) found = identity;
    return found;
  };
}

const LEAST_TOKEN = 16;

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
