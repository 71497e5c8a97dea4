import {
  catchError,
  defer,
  map,
  type Observable,
  of,
  take,
  tap,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import type { Address } from '../address.ts';
import { ConnectError } from '../errors.ts';
import type { Place, ResolveName, ResolveOptions, Target } from './place.ts';
import type { SocketFactory } from './socket.ts';

/** So many addresses of one name are used; the rest of a longer answer is not looked at. */
const MOST_ADDRESSES = 64;

/** As a {@link ResolveName}. Only on Node: a page has nothing to resolve a name with. */
export const resolveName: ResolveName = (address, open, options) => {
  const { resolve } = options.socket;
  return resolve && address.isName ? new ResolvedName(address, open, resolve, options) : undefined;
};

/** A name, resolved anew for each connection: a target for each of its addresses. */
class ResolvedName<S> implements Place<S> {
  readonly address: string;
  readonly target$: Observable<Target<S>>;
  readonly #open: (address: Address) => Target<S>;
  /** As last resolved; at most {@link MOST_ADDRESSES}. */
  #targets: readonly Target<S>[] = [];
  /** Those that failed in this round; what a name does not resolve to any more is not kept for it. */
  #passed = new WeakSet<Target<S>>();
  #preferred: Target<S> | undefined;
  /** Stands for the name while it cannot be resolved. */
  #unresolved: Target<S> | undefined;

  constructor(
    address: Address,
    open: (address: Address) => Target<S>,
    resolve: NonNullable<SocketFactory['resolve']>,
    { connectTimeout, scheduler }: ResolveOptions,
  ) {
    this.address = address.toString();
    this.#open = open;
    this.target$ = defer(() => resolve(address)).pipe(
      take(1),
      map((addresses) => addresses.slice(0, MOST_ADDRESSES)),
      tap((addresses) => {
        if (addresses.length === 0) throw new Error('it has no addresses');
      }),
      throwIfEmpty(() => new Error('it has no addresses')),
      timeout({
        first: connectTimeout,
        scheduler,
        with: () => throwError(() => new Error(`no answer in ${connectTimeout} ms`)),
      }),
      tap((addresses) => this.#replace(addresses)),
      map(() => this.#choose()),
      // What a name was is likely still true: a resolver that is down does not keep a client from its agents.
      catchError((error) => of(this.#targets.length > 0 ? this.#choose() : this.#failing(error))),
    );
  }

  get size(): number {
    return Math.max(1, this.#targets.length);
  }

  passOver(target: Target<S>): boolean {
    if (target === this.#unresolved) return true;
    if (!this.#targets.includes(target)) return false;
    this.#passed.add(target);
    if (this.#targets.some((each) => !this.#passed.has(each))) return false;
    this.#passed = new WeakSet();
    return true;
  }

  /** Keeps the targets that are still there: who is connected to one knows it by identity. */
  #replace(addresses: readonly Address[]): void {
    const known = new Map(this.#targets.map((target) => [target.address, target]));
    const texts = new Map(addresses.map((address) => [address.toString(), address]));
    this.#targets = [...texts].map(([text, address]) => known.get(text) ?? this.#open(address));
    if (this.#targets.every((target) => this.#passed.has(target))) this.#passed = new WeakSet();
  }

  /** Stays with its choice: connections that are opened at once go to one agent, whatever order the name resolves in. */
  #choose(): Target<S> {
    const free = this.#targets.filter((target) => !this.#passed.has(target));
    const preferred = free.find((target) => target === this.#preferred);
    this.#preferred = preferred ?? (free[0] as Target<S>);
    return this.#preferred;
  }

  #failing(cause: unknown): Target<S> {
    const { address } = this;
    const why = cause instanceof Error ? cause.message || (cause as { code?: string }).code : cause;
    const error = new ConnectError('connect-failed', `could not resolve ${address}: ${why}`, {
      address,
      cause,
    });
    this.#unresolved = { address, session$: throwError(() => error) };
    return this.#unresolved;
  }
}
