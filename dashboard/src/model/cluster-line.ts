import { type Gap, type Mark, type MarkKind, markWord, positionOf } from './mark.ts';
import { durationText, minuteText } from './time-text.ts';

/** A marble, or several that had no room, as one. */
export interface LineMarble {
  /** In percent of the width. */
  readonly x: number;
  /** 0 on the line, 1 above it. */
  readonly level: number;
  readonly kind: MarkKind | 'many';
  /** With an event: the first letter of its name. With `many`: how many, as `+9`. */
  readonly label: string;
}

export interface ClusterLine {
  readonly marbles: readonly LineMarble[];
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
  /** In percent of the width. */
  readonly gaps: readonly Gap[];
  /** Up to where nothing is known, as there was no page yet, in percent. */
  readonly known: number;
  /** Where the connection was lost, in percent. */
  readonly lost: number | undefined;
  /** The same in words. */
  readonly text: string;
}

export interface LineWindow {
  readonly now: number;
  /** How long the line is, in ms. */
  readonly span: number;
  /** What is closer than this stands above each other, in percent of the width. */
  readonly spacing: number;
  /** From tick to tick, in ms. @defaultValue a minute */
  readonly step?: number;
  /** When this page began to listen. */
  readonly since?: number | undefined;
  /** Since when nothing is heard any more. */
  readonly lost?: number | undefined;
}

const MINUTE = 60_000;
/** A marble with a count is wider than one alone, by so much. */
const MANY = 1.7;
/** A tick nearer to the end than so many times the spacing would touch "now". */
const NEAR_NOW = 3.2;

/** @param marks newest first */
export function clusterLine(
  marks: Iterable<Mark>,
  gaps: readonly Gap[],
  { now, span, spacing, step = MINUTE, since, lost }: LineWindow,
): ClusterLine {
  const from = now - span;
  const x = (at: number) => positionOf(at, from, now);
  const shown: Mark[] = [];
  for (const mark of marks) {
    if (mark.at < from) break;
    shown.push(mark);
  }
  shown.reverse();
  const groups: Mark[][] = [];
  for (const mark of shown) {
    const group = groups.at(-1);
    const room = group && group.length > 2 ? MANY * spacing : spacing;
    if (group?.[0] && x(mark.at) - x(group[0].at) < room) group.push(mark);
    else groups.push([mark]);
  }
  const ticks: { x: number; label: string }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= now; at += step) {
    if (x(at) > spacing && x(at) < 97.5 - NEAR_NOW * spacing) ticks.push({ x: x(at), label: minuteText(at) });
  }
  return {
    marbles: groups.flatMap((group) => placed(group, x)),
    ticks,
    gaps: gaps.filter((gap) => gap.to > from).map((gap) => ({ from: x(gap.from), to: x(gap.to) })),
    known: since === undefined ? 0 : x(since),
    lost: lost === undefined ? undefined : x(lost),
    text: textOf(shown, span),
  };
}

function placed(group: readonly Mark[], x: (at: number) => number): LineMarble[] {
  const [first] = group;
  if (!first) return [];
  if (group.length > 2) return [{ x: x(first.at), level: 0, kind: 'many', label: `+${group.length}` }];
  return group.map(({ at, kind, subject }, level) => ({
    x: x(at),
    level,
    kind,
    label: kind === 'query' ? '?' : kind === 'user' ? (/[\p{L}\p{N}]/u.exec(subject)?.[0] ?? '·') : '',
  }));
}

function textOf(marks: readonly Mark[], span: number): string {
  const counts = new Map<MarkKind, number>();
  for (const { kind } of marks) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const words = [...counts].map(([kind, count]) => `${count} ${markWord(kind)}`);
  return `The last ${durationText(span)}: ${words.join(', ') || 'nothing happened'}`;
}
