import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { firstValueFrom } from 'rxjs';
import { dateBy } from '../clock.ts';
import { AuthenticationError } from '../errors.ts';
import type { RequestFacts } from '../http/admission.ts';
import { bearerToken, cookieValue } from '../http/credential.ts';
import { AuthFailures } from '../http/failures.ts';
import { inTime } from '../rpc/fair-timer.ts';
import { asError } from '../server/refusal.ts';
import type { Credential, Identity } from './identity.ts';
import type { HandlerOptions } from './options.ts';

/** Finds out who somebody is, by the application's `authenticate`. Keys that are wrong cost their address time. */
export class Authentication {
  readonly #options: HandlerOptions;
  readonly #failures: AuthFailures;

  constructor(options: HandlerOptions) {
    this.#options = options;
    this.#failures = new AuthFailures(options.scheduler);
  }

  /** Who has this credential; rejects with an `AuthenticationError`, whose `cause` is what the application threw. */
  async identify(credential: Credential): Promise<Identity> {
    const { authenticate, scheduler, limits } = this.#options;
    const { remoteAddress } = credential;
    const delay = this.#failures.delay(remoteAddress);
    if (delay > 0) await new Promise<void>((done) => scheduler.schedule(() => done(), delay));
    let identity: Identity | undefined;
    let cause: unknown;
    try {
      const time = limits.handshakeTimeout;
      // Also what it throws at the call.
      const ask = async () => authenticate(credential);
      const late = () => new Error(`authenticate gave no answer in ${time} ms`);
      identity = await firstValueFrom(inTime(ask, time, scheduler, late));
    } catch (error) {
      cause = error;
    }
    const problem = this.#problemOf(identity);
    if (identity && !problem) return identity;
    this.#failures.add(remoteAddress);
    throw new AuthenticationError('auth-invalid', problem ?? 'Invalid authentication token', { cause });
  }

  /** Why somebody who is known may not come in. */
  #problemOf(identity: Identity | undefined): string | undefined {
    const { roles, scheduler } = this.#options;
    if (!identity) return undefined;
    if (!Object.hasOwn(roles, identity.role))
      return `the role ${JSON.stringify(identity.role)} is not among roles`;
    // Let in, it would be closed at once, and its client would come back with it for ever.
    return (identity.expires ?? Number.POSITIVE_INFINITY) <= dateBy(scheduler)
      ? 'the credential has expired'
      : undefined;
  }

  /**
   * Who asks for anything but a WebSocket: all that is known of them is in the request. A page without a credential is `anonymous`.
   */
  async ofReader(request: IncomingMessage, facts: RequestFacts): Promise<Identity> {
    const { known, refused } = await this.ofRequest(request, facts);
    if (refused) throw refused;
    const { anonymous } = this.#options;
    if (known) return known;
    if (anonymous && isPage(request.headers, facts.origin)) return anonymous;
    throw new AuthenticationError('auth-required', 'a key is needed: Authorization: Bearer …');
  }

  /**
   * Who asks for an upgrade, where the request itself says so. Rejects for a bearer token that is wrong. A cookie that is wrong
   * is `refused`, and its page may still show a key: turned away here, it would see no more than 1006.
   */
  async ofRequest(
    { headers }: IncomingMessage,
    { remoteAddress, origin }: RequestFacts,
  ): Promise<{ readonly known?: Identity; readonly refused?: Error }> {
    const bearer = bearerToken(headers.authorization);
    if (bearer !== undefined)
      return { known: await this.identify({ key: bearer, via: 'bearer', remoteAddress }) };
    const { cookie } = this.#options;
    // Browsers send cookies for any page that asks: of one that is none of ours nothing is known.
    const key =
      cookie === undefined || !isPage(headers, origin) ? undefined : cookieValue(headers.cookie, cookie);
    if (key === undefined) return {};
    try {
      return { known: await this.identify({ key, via: 'cookie', remoteAddress }) };
    } catch (error) {
      return { refused: asError(error) };
    }
  }
}

/**
 * Whether it is a page that asks, of an origin that was allowed. One of this server's own that only reads has no Origin; its browser
 * says so, in a header that no page can write.
 */
function isPage(headers: IncomingHttpHeaders, origin: string | undefined): boolean {
  return origin !== undefined || headers['sec-fetch-site'] === 'same-origin';
}
