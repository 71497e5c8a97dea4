import { defer, EMPTY, finalize, NEVER, type Observable, of, Subject } from 'rxjs';
import {
  binary,
  type Coordinate,
  type KeyReport,
  type Member,
  type QueryReply,
  type Serf,
  type SerfEvent,
  type Stats,
} from 'rxserf';

export const bytes = (text: string) => new TextEncoder().encode(text);

export const report: KeyReport = {
  nodes: 2,
  responses: 2,
  errors: 0,
  messages: {},
  keys: { 'enjTwAFRe4IE71bOFhirzQ==': 2 },
};

export const coordinate: Coordinate = {
  vector: [0.001, 0, 0, 0, 0, 0, 0, 0],
  error: 1.5,
  adjustment: 0,
  height: 0.00001,
};

export function member(name: string, more: Partial<Member> = {}): Member {
  return {
    name,
    address: '127.0.0.1',
    port: 7946,
    tags: {},
    status: 'alive',
    protocol: { min: 1, max: 5, current: 2 },
    delegate: { min: 2, max: 5, current: 5 },
    ...more,
  };
}

const STATS: Stats = {
  agent: { name: 'n1' },
  runtime: {
    os: 'linux',
    arch: 'amd64',
    version: 'go1.19.8',
    max_procs: '2',
    goroutines: '23',
    cpu_count: '2',
  },
  serf: { members: '3', failed: '1', left: '0', encrypted: 'true', health_score: '0' },
  tags: { role: 'web' },
};

type Method = Exclude<keyof Serf, 'codec'>;

/** A Serf that does as it is told: writes down what is asked of it, and answers from `answers` or the usual. */
export class FakeSerf implements Serf<Uint8Array> {
  readonly codec = binary();
  /** Everything that was subscribed to: the method, and what it was given. */
  readonly calls: [Method, ...unknown[]][] = [];
  /** Methods that answer otherwise. */
  readonly answers: { [M in Method]?: (...args: never[]) => Observable<never> | Observable<unknown> } = {};
  readonly events$ = new Subject<SerfEvent>();
  readonly lines$ = new Subject<string>();
  readonly replies$ = new Subject<QueryReply>();
  /** What the method that was called last answered. */
  answered = (): Observable<unknown> => NEVER;
  /** How many Observables of it are subscribed to now. */
  open = 0;
  nodes: Member[] = [
    member('n1', { tags: { role: 'web' } }),
    member('n2', { address: '10.0.0.2', tags: { role: 'db', zone: 'a' } }),
    member('n3', { address: '2001:db8::1', status: 'failed' }),
  ];

  #called<T>(method: Method, args: readonly unknown[], usual: () => Observable<T>): Observable<T> {
    const answer = (this.answers[method] ?? usual) as (...args: unknown[]) => Observable<T>;
    // What a method throws at the call, it throws here.
    const answer$ = answer(...args);
    this.answered = () => answer$;
    return defer(() => {
      this.calls.push([method, ...args]);
      this.open++;
      return answer$.pipe(finalize(() => this.open--));
    });
  }

  stream(...args: unknown[]): Observable<never> {
    return this.#called('stream', args, () => this.events$) as Observable<never>;
  }
  monitor(...args: unknown[]): Observable<string> {
    return this.#called('monitor', args, () => this.lines$);
  }
  query(...args: unknown[]): Observable<never> {
    return this.#called('query', args, () => this.replies$) as Observable<never>;
  }
  respond(...args: unknown[]): Observable<void> {
    return this.#called('respond', args, () => of(undefined));
  }
  event(...args: unknown[]): Observable<void> {
    return this.#called('event', args, () => of(undefined));
  }
  members(...args: unknown[]): Observable<Member[]> {
    return this.#called('members', args, () => of(this.nodes));
  }
  self(...args: unknown[]): Observable<Member> {
    return this.#called('self', args, () => of(this.nodes[0] as Member));
  }
  tags(...args: unknown[]): Observable<void> {
    return this.#called('tags', args, () => of(undefined));
  }
  join(...args: unknown[]): Observable<number> {
    return this.#called('join', args, () => of(1));
  }
  leave(...args: unknown[]): Observable<void> {
    return this.#called('leave', args, () => of(undefined));
  }
  forceLeave(...args: unknown[]): Observable<void> {
    return this.#called('forceLeave', args, () => of(undefined));
  }
  stats(...args: unknown[]): Observable<Stats> {
    return this.#called('stats', args, () => of(STATS));
  }
  coordinate(...args: unknown[]): Observable<Coordinate | null> {
    return this.#called('coordinate', args, () => of(args[0] === 'nobody' ? null : coordinate));
  }
  installKey(...args: unknown[]): Observable<KeyReport> {
    return this.#called('installKey', args, () => of(report));
  }
  useKey(...args: unknown[]): Observable<KeyReport> {
    return this.#called('useKey', args, () => of(report));
  }
  removeKey(...args: unknown[]): Observable<KeyReport> {
    return this.#called('removeKey', args, () => of(report));
  }
  listKeys(...args: unknown[]): Observable<KeyReport> {
    return this.#called('listKeys', args, () => of(report));
  }
}

/** A query, with an answer of its own or "ok". */
export function queryEvent(
  name: string,
  respond: (payload?: Uint8Array) => Observable<void> = () => of(undefined),
) {
  return { event: 'query', id: 99, name, ltime: 7, payload: bytes('?'), respond } as const;
}

export function userEvent(name: string, payload = '') {
  return { event: 'user', name, ltime: 5, payload: bytes(payload), coalesce: false } as const;
}

export const never = () => NEVER;
export const nothing = () => EMPTY;
