import { type Mark, markWord, positionOf } from './mark.ts';
import { LIFELINE, type MemberRow, statusOf } from './member-row.ts';
import { durationText } from './time-text.ts';

/** A stretch of a line: what a member was, `unknown` before the page was there, `lost` while nobody knows. */
export type StretchKind = 'alive' | 'leaving' | 'gone' | 'unknown' | 'lost';

export interface Stretch {
  readonly kind: StretchKind;
  /** In percent of the width. */
  readonly from: number;
  readonly to: number;
}

export interface PlacedMark extends Mark {
  /** In percent of the width. */
  readonly x: number;
}

/** A member's last ten minutes. */
export interface Lifeline {
  readonly stretches: readonly Stretch[];
  readonly marks: readonly PlacedMark[];
  /** Where so many happened in the middle that they are one saw, in percent. */
  readonly saw: number | undefined;
  /** The same in words. */
  readonly text: string;
}

/** Between when and when something is known. */
export interface Known {
  readonly now: number;
  readonly since: number;
  /** Since when nothing is heard any more. */
  readonly lost?: number | undefined;
  /** How long the line is, in ms. @defaultValue ten minutes */
  readonly span?: number;
}

/** So many marbles have room in a row. */
const MOST = 12;
/** Of more than that, so many of the first are shown, and the others of the last. */
const FIRST = 4;

export function lifelineOf(
  { member, marks }: MemberRow,
  { now, since, lost, span = LIFELINE }: Known,
): Lifeline {
  const from = now - span;
  const shown = marks.filter(({ at }) => at >= from);
  const end = lost ?? now;
  const x = (at: number) => positionOf(at, from, now);
  const stretches: Stretch[] = [];
  const add = (kind: StretchKind, a: number, b: number) => {
    if (x(b) > x(a)) stretches.push({ kind, from: x(a), to: x(b) });
  };
  const first = shown[0];
  let at = Math.min(end, Math.max(from, Math.min(since, first?.at ?? since)));
  add('unknown', from, at);
  let kind = first ? before(first, marks, member.status) : after(member.status);
  for (const mark of shown) {
    add(kind, at, mark.at);
    at = mark.at;
    kind = mark.kind === 'join' || mark.kind === 'update' ? 'alive' : 'gone';
  }
  add(member.status === 'leaving' ? 'leaving' : kind, at, end);
  if (lost !== undefined) add('lost', lost, now);

  const placed = shown.map((mark) => ({ ...mark, x: x(mark.at) }));
  const many = placed.length > MOST;
  const middle = placed.slice(FIRST, placed.length - (MOST - FIRST - 1));
  return {
    stretches,
    marks: many ? [...placed.slice(0, FIRST), ...placed.slice(-(MOST - FIRST - 1))] : placed,
    saw: many ? middle[middle.length >> 1]?.x : undefined,
    text: textOf(shown, end, statusOf(member)),
  };
}

function textOf(marks: readonly Mark[], now: number, status: string): string {
  if (marks.length === 0) return `${status}, nothing happened`;
  const newest = marks.slice(-3).reverse();
  const words = newest.map(({ at, kind }) => `${markWord(kind)} ${durationText(now - at)} ago`);
  return marks.length > 3 ? `${words.join(', ')}, and ${marks.length - 3} more` : words.join(', ');
}

/** What a member was before the first marble that is shown. */
function before(first: Mark, marks: readonly Mark[], status: string): StretchKind {
  const earlier = marks[marks.indexOf(first) - 1];
  if (earlier) return earlier.kind === 'join' || earlier.kind === 'update' ? 'alive' : 'gone';
  if (first.kind === 'join' || first.kind === 'reap') return 'gone';
  return status === 'none' ? 'gone' : 'alive';
}

function after(status: string): StretchKind {
  if (status === 'alive') return 'alive';
  return status === 'leaving' ? 'leaving' : 'gone';
}
