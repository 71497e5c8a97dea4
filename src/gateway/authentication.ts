import type { IncomingMessage } from 'node:http';
import type { SchedulerLike } from 'rxjs';
import { dateBy } from '../clock.ts';
import { AuthenticationError } from '../errors.ts';
import type { RequestFacts } from '../http/admission.ts';
import { bearerToken, cookieValue } from '../http/credential.ts';
import { AuthFailures } from '../http/failures.ts';
import { afterReads } from '../rpc/fair-timer.ts';
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
      identity = await inTime(() => authenticate(credential), limits.handshakeTimeout, scheduler);
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
    // Browsers send cookies for any page that asks: without an Origin, nobody knows which.
    const key =
      cookie === undefined || origin === undefined ? undefined : cookieValue(headers.cookie, cookie);
    if (key === undefined) return {};
    try {
      return { known: await this.identify({ key, via: 'cookie', remoteAddress }) };
    } catch (error) {
      return { refused: asError(error) };
    }
  }
}

/** What the application answers; rejects when that takes too long. */
function inTime<T>(ask: () => T | PromiseLike<T>, time: number, scheduler: SchedulerLike): Promise<T> {
  return new Promise((resolve, reject) => {
    // What it waits for may have arrived while the process was busy.
    const late = afterReads(scheduler, time, () =>
      reject(new Error(`authenticate gave no answer in ${time} ms`)),
    );
    // Also what it throws at the call.
    Promise.resolve()
      .then(ask)
      .then(resolve, reject)
      .finally(() => late.unsubscribe());
  });
}
