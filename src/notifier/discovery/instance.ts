import type { Observable } from 'rxjs';

/** A notifier that is known to be somewhere. */
export interface Instance {
  /** By which it is known: of two, the greater one dials. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** The member at whose agent it is. @defaultValue none */
  readonly node?: string;
}

/** An instance, and what its member's state means for it. */
export interface DiscoveredInstance extends Instance {
  /**
   * - `alive`: it is dialled
   * - `failed`: it is not dialled; a connection that there is outlasts a false alarm
   * - `left`: it is not dialled, and a connection is closed
   */
  readonly state: 'alive' | 'failed' | 'left';
  /** Why it is not dialled although it is alive. */
  readonly problem?: string;
  /** Whether it is said to be at our own agent: then a port that refuses is nobody's, and its tag can go. */
  readonly ours?: boolean;
}

/** A tag that is not acted on. */
export interface BadTag {
  readonly member: string;
  readonly tag: string;
  readonly problem: string;
}

/** What is known of all instances. */
export interface Discovered {
  readonly instances: readonly DiscoveredInstance[];
  readonly badTags: readonly BadTag[];
}

/** How notifiers find each other. */
export interface Discovery {
  /** All that is known, after each change; cold. */
  readonly discovered$: Observable<Discovered>;
  /** The member at whose agent we are; empty: none. Known before the first emission of `discovered$`. */
  readonly node: string;
  /**
   * Has the others know where we are, while subscribed to. Emits each time that it has told them; an attempt that fails is
   * emitted as the error it is, and there will be another.
   */
  advertise(value: string): Observable<Error | undefined>;
  /** Takes back what was advertised. */
  withdraw(): Observable<unknown>;
  /** Forgets an instance of our own agent that is gone without having said so. */
  forget(id: string): Observable<unknown>;
}
