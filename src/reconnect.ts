import {
  AuthenticationError,
  type CloseFacts,
  ConnectError,
  InvalidArgumentError,
  type SerfError,
} from './errors.ts';
import { closeCode } from './socket/close-codes.ts';

/** How a client behaves when it has no connection. Times in ms. */
export interface ReconnectOptions {
  /** The delay before the first retry is random between 0 and this. @defaultValue 100 */
  readonly minDelay?: number;
  /** Each retry's bound is twice the one before, up to this. @defaultValue 10,000 */
  readonly maxDelay?: number;
  /** A connection that has lasted this long was a healthy one: delays start anew after it. @defaultValue 5,000 */
  readonly healthyAfter?: number;
  /**
   * How many failures in a row make it give up. A lost connection is the first of them, so with 1 a loss is final, and
   * with 3 two attempts follow it. @defaultValue Infinity
   */
  readonly attempts?: number;
  /**
   * What happens before there has ever been a connection: `fail-fast` gives up after every address was tried once,
   * `keep-trying` retries as after a loss. @defaultValue 'fail-fast'
   */
  readonly firstConnect?: 'fail-fast' | 'keep-trying';
  /** A number from 0 up to, not including, 1. @defaultValue Math.random */
  readonly random?: () => number;
}

/** {@link ReconnectOptions} with the defaults in their places. */
export type ReconnectPolicy = Required<ReconnectOptions>;

export const DEFAULT_RECONNECT: ReconnectPolicy = {
  minDelay: 100,
  maxDelay: 10_000,
  healthyAfter: 5_000,
  attempts: Number.POSITIVE_INFINITY,
  firstConnect: 'fail-fast',
  random: Math.random,
};

/** What led to the question of {@link afterFailure}. */
export interface Failures {
  /** How many there were since the last healthy connection. */
  readonly count: number;
  /** The newest of them, in order; at least two, and one for each address, where there were as many. */
  readonly errors: readonly SerfError[];
  /** How many addresses there are. */
  readonly addresses: number;
  /** Whether there has ever been a connection. */
  readonly everConnected: boolean;
  /** Whether each attempt had a key that was asked for it, so that a refusal of one is final. */
  readonly freshKeys: boolean;
}

/** What to do next: try again in so many ms, or tell everybody. */
export type Verdict = { readonly retryIn: number } | { readonly giveUp: SerfError };

/**
 * Decides, after a connection failed or was lost, whether there is another attempt; the one place that does.
 *
 * | failure | verdict |
 * | --- | --- |
 * | the first round over the addresses, before there ever was a connection | the next address, at once |
 * | that round is over | give up (`firstConnect: 'fail-fast'`), or retry |
 * | closed with a code after which a client gives up ({@link closeCode}) | give up |
 * | the same authentication error from every address, twice from a single one unless its key was just asked for | give up: a key does not get right by itself |
 * | an error of the call's own from every address | give up |
 * | `attempts` in a row | give up |
 * | anything else | retry after a random delay up to min(`maxDelay`, `minDelay` × 2ⁿ) ("full jitter") |
 */
export function afterFailure(
  { count, errors, addresses, everConnected, freshKeys }: Failures,
  policy: ReconnectPolicy,
): Verdict {
  const last = errors.at(-1) as SerfError & CloseFacts;
  if (last.closeCode !== undefined && closeCode(last.closeCode).client === 'gives up')
    return { giveUp: last };
  const firstRound = !everConnected && count < addresses;
  if (firstRound) return { retryIn: 0 };
  const failFast = !everConnected && policy.firstConnect === 'fail-fast';
  if (failFast || count >= policy.attempts || refusedByAll(errors, addresses, freshKeys))
    return { giveUp: summary(errors) };
  const bound = Math.min(policy.maxDelay, policy.minDelay * 2 ** Math.min(count - 1, 31));
  return { retryIn: Math.round(policy.random() * bound) };
}

function refusedByAll(errors: readonly SerfError[], addresses: number, freshKeys: boolean): boolean {
  const last = errors.at(-1);
  const misuse = last instanceof InvalidArgumentError;
  if (!misuse && !(last instanceof AuthenticationError)) return false;
  const enough = misuse || freshKeys ? addresses : Math.max(2, addresses);
  const newest = errors.slice(-enough);
  return newest.length === enough && newest.every(({ code }) => code === last.code);
}

/** What everybody who waited is told: of several failures, what each address said. */
function summary(errors: readonly SerfError[]): SerfError {
  const last = errors.at(-1) as SerfError;
  // A key that is refused is more than one agent's trouble.
  const refused = errors.find((error) => error instanceof AuthenticationError);
  if (errors.length === 1 || refused) return refused ?? last;
  const newest = new Map(errors.map((error) => [error.address, error.message]));
  const message = `no agent could be reached: ${[...newest.values()].join('; ')}`;
  return new ConnectError('connect-failed', message, { address: last.address, cause: last });
}
