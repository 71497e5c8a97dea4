import { networkOf } from '../ip.ts';

/** How many peers a server has at a time. */
export interface PlaceLimits {
  /** In all. */
  readonly peers: number;
  /** From one address; of IPv6, from one /64. */
  readonly peersPerAddress: number;
  /** Of one identity's name. */
  readonly peersPerName: number;
  /** That have not said who they are. */
  readonly unauthenticated: number;
  /** Of these, from one address. */
  readonly unauthenticatedPerAddress: number;
}

/** Who has a place. */
export interface Place {
  /** Says who it is, also when that was somebody else until now; `false` where all places of that name are taken. */
  authenticated(name: string | undefined): boolean;
  /** Gives it back; a second time does nothing. */
  free(): void;
}

interface Taken {
  readonly network: string;
  readonly evict: () => void;
}

/** The places of a server: whose they are, and who has to go when all are taken. Tables hold one entry a peer at most. */
export class Places {
  readonly #limits: PlaceLimits;
  readonly #networks = new AddressCounts();
  readonly #names = new AddressCounts();
  readonly #strangerNetworks = new AddressCounts();
  /** In the order of their coming. */
  readonly #strangers = new Set<Taken>();
  #count = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  get unauthenticated(): number {
    return this.#strangers.size;
  }

  /**
   * A place for somebody who has not said who they are. Where there are too many of these, the one that has been here longest
   * goes: who is honest takes no more than a round trip.
   *
   * @param evict ends the peer; gives its place back within the call
   * @returns the place, or the limit that stands against it
   */
  take(address: string, evict: () => void): Place | keyof PlaceLimits {
    const { peers, peersPerAddress, unauthenticated, unauthenticatedPerAddress } = this.#limits;
    const network = networkOf(address);
    if (this.#strangerNetworks.of(network) >= unauthenticatedPerAddress) this.#evictOldest(network);
    else if (this.#strangers.size >= unauthenticated || this.#count >= peers) this.#evictOldest();
    if (this.#count >= peers) return 'peers';
    if (this.#networks.of(network) >= peersPerAddress) return 'peersPerAddress';
    const taken: Taken = { network, evict };
    this.#count++;
    this.#networks.add(network);
    this.#strangerNetworks.add(network);
    this.#strangers.add(taken);
    return this.#placeOf(taken);
  }

  #placeOf(taken: Taken): Place {
    let state: 'stranger' | 'known' | 'freed' = 'stranger';
    let itsName: string | undefined;
    const noStranger = () => {
      this.#strangers.delete(taken);
      this.#strangerNetworks.remove(taken.network);
    };
    return {
      authenticated: (name) => {
        if (state === 'freed') return false;
        const others = name === undefined || name === itsName ? 0 : this.#names.of(name);
        if (others >= this.#limits.peersPerName) return false;
        if (state === 'stranger') noStranger();
        state = 'known';
        if (itsName !== undefined) this.#names.remove(itsName);
        itsName = name;
        if (name !== undefined) this.#names.add(name);
        return true;
      },
      free: () => {
        if (state === 'freed') return;
        if (state === 'stranger') noStranger();
        state = 'freed';
        this.#count--;
        this.#networks.remove(taken.network);
        if (itsName !== undefined) this.#names.remove(itsName);
      },
    };
  }

  #evictOldest(network?: string): void {
    for (const taken of this.#strangers) {
      if (network !== undefined && taken.network !== network) continue;
      taken.evict();
      return;
    }
  }
}

/** How many there are of each address or name; an entry goes with its last. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
  }

  remove(key: string): void {
    const left = this.of(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
