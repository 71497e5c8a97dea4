import { EMPTY, type Observable, Subscription } from 'rxjs';
import type { Member } from '../model.ts';
import type { Identity } from './identity.ts';
import type { HandlerOptions } from './options.ts';
import { type Upstream, type UpstreamChange, type UpstreamState, watchUpstream } from './upstream.ts';

/** What a gateway serves: one Serf for all, or one for each identity. */
export type ServedSource = Upstream | ((who: Identity) => Upstream);

/** One of the Serfs that peers use, and how it is. */
export interface Source {
  readonly serf: Upstream;
  readonly up: boolean;
}

interface Watched extends Source {
  state: UpstreamState;
  users: number;
  readonly watch: Subscription;
}

/**
 * The Serfs behind a gateway, each watched as long as somebody uses it; one that is for all, always. At most one for each peer.
 */
export class Sources {
  readonly #given: ServedSource;
  readonly #options: HandlerOptions;
  readonly #onChange: (source: Source, change: UpstreamChange) => void;
  readonly #watched = new Map<Upstream, Watched>();

  constructor(
    given: ServedSource,
    options: HandlerOptions,
    onChange: (source: Source, change: UpstreamChange) => void,
  ) {
    this.#given = given;
    this.#options = options;
    this.#onChange = onChange;
    if (typeof given !== 'function') this.#use(given);
  }

  /** How the one is that is for all; where each identity has its own, that shows when it is known who asks. */
  get state(): UpstreamState {
    return typeof this.#given === 'function' ? 'up' : (this.#watched.get(this.#given)?.state ?? 'ended');
  }

  /** What this identity uses, until `free` is called. */
  take(who: Identity): { readonly source: Source; free(): void } {
    const source = this.#use(typeof this.#given === 'function' ? this.#given(who) : this.#given);
    let mine = true;
    return {
      source,
      free: () => {
        if (mine && --source.users === 0) {
          source.watch.unsubscribe();
          this.#watched.delete(source.serf);
        }
        mine = false;
      },
    };
  }

  /** The members, as the one sees them that is for all. */
  members(): Observable<readonly Member[]> {
    return typeof this.#given === 'function' ? EMPTY : this.#given.members();
  }

  close(): void {
    for (const { watch } of this.#watched.values()) watch.unsubscribe();
    this.#watched.clear();
  }

  #use(serf: Upstream): Watched {
    const known = this.#watched.get(serf);
    if (known) {
      known.users++;
      return known;
    }
    const made: Watched = {
      serf,
      state: 'connecting',
      users: 1,
      watch: new Subscription(),
      get up() {
        return made.state === 'up';
      },
    };
    this.#watched.set(serf, made);
    made.watch.add(
      watchUpstream(serf, this.#options.scheduler).subscribe((change) => {
        const before = made.state;
        made.state = change.state;
        if (before !== change.state || change.error) this.#onChange(made, change);
      }),
    );
    return made;
  }
}
