/** What a marble stands for. */
export type MarkKind = 'join' | 'left' | 'failed' | 'update' | 'reap' | 'user' | 'query';

/** Something that happened, as a marble on a line. */
export interface Mark {
  /** In ms since the epoch, when this page heard of it. */
  readonly at: number;
  readonly kind: MarkKind;
  /** The member, or the name of the event or query. */
  readonly subject: string;
  /** With `update`: the keys of the tags that changed. */
  readonly keys?: readonly string[];
}

/** A time in which there was no connection, in ms since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

const WORDS: Readonly<Record<MarkKind, string>> = {
  join: 'joined',
  left: 'left',
  failed: 'failed',
  update: 'changed its tags',
  reap: 'was reaped',
  user: 'user event',
  query: 'query',
};

/** What a marble says. */
export function markWord(kind: MarkKind): string {
  return WORDS[kind];
}

/** Where a date is on a line, in percent of its width; 2.5 % at the right are free for its arrow. */
export function positionOf(at: number, from: number, to: number): number {
  const share = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return Math.round(share * 9_750) / 100;
}
