import { type Observable, VirtualTimeScheduler } from 'rxjs';
import { type Member, type Serf, SerfError } from 'rxserf';
import { EmbeddedCluster, type EmbeddedClusterOptions } from 'rxserf/embedded';
import { expect } from 'vitest';

/** What an Observable did: values, and how it ended, each with its time in ms. */
export interface Told<T> {
  readonly values: T[];
  readonly times: number[];
  /** `complete`, the code of the error, or undefined. */
  end: string | undefined;
  endedAt: number | undefined;
  error: SerfError | undefined;
}

/** A cluster in virtual time that a test moves on. */
export class Story {
  readonly scheduler = new VirtualTimeScheduler();
  readonly cluster: EmbeddedCluster;

  constructor(options: EmbeddedClusterOptions = {}) {
    this.scheduler.maxFrames = 0;
    this.cluster = new EmbeddedCluster({ nodes: 3, ...options, scheduler: this.scheduler });
  }

  get now(): number {
    return this.scheduler.now();
  }

  node(name: string): Serf {
    return this.cluster.node(name);
  }

  /** Lets so many ms pass. */
  pass(ms: number): void {
    const end = this.now + ms;
    this.scheduler.maxFrames = end;
    // An empty action, so that time passes where nothing happens; and what is due at the very end happens, too.
    this.scheduler.schedule(() => {}, ms);
    this.scheduler.flush();
  }

  /** Subscribes now. */
  tell<T>(source$: Observable<T>): Told<T> {
    const told: Told<T> = { values: [], times: [], end: undefined, endedAt: undefined, error: undefined };
    source$.subscribe({
      next: (value) => {
        told.values.push(value);
        told.times.push(this.now);
      },
      error: (error) => {
        if (!(error instanceof SerfError)) throw error;
        Object.assign(told, { end: error.code, endedAt: this.now, error });
      },
      complete: () => Object.assign(told, { end: 'complete', endedAt: this.now }),
    });
    return told;
  }

  /** The single answer of a call, or the error that it ended with, within so many ms. */
  ask<T>(source$: Observable<T>, within = 0): T {
    const told = this.tell(source$);
    this.pass(within);
    if (told.error) throw told.error;
    expect([told.values.length, told.end]).toEqual([1, 'complete']);
    return told.values[0] as T;
  }

  /** The error of a call, within so many ms. */
  refusal(source$: Observable<unknown>, within = 0): SerfError {
    const { error } = this.finished(source$, within);
    if (!error) throw new Error('no error');
    return error;
  }

  finished<T>(source$: Observable<T>, within: number): Told<T> {
    const told = this.tell(source$);
    this.pass(within);
    expect(told.end).toBeDefined();
    return told;
  }

  members(name: string): Member[] {
    return this.ask(this.node(name).members());
  }

  /** `n1 alive, n2 failed`, as a node sees it. */
  seenBy(name: string): string {
    return this.members(name)
      .map((member) => `${member.name} ${member.status}`)
      .sort()
      .join(', ');
  }
}

/** `member-join n1 n2`, `user deploy`, `query load`. */
export function titleOf(event: { event: string; name?: string; members?: readonly Member[] }): string {
  const names = event.members?.map(({ name }) => name).sort() ?? [event.name];
  return [event.event, ...names].join(' ');
}
