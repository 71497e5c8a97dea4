import type { LogLevel } from 'rxserf';
import type { LogLine } from 'rxserf/operators';

/** How lines are told apart: what has no level is information. */
export const LOG_KINDS = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogKind = (typeof LOG_KINDS)[number];

/** Levels of a monitor, the most talkative first. */
const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];

/** A line as it is shown; the same again is the same one, counted. */
export interface LogRow {
  /** The newest of them. */
  readonly line: LogLine;
  readonly kind: LogKind;
  /** By the agent's clock. */
  readonly clock: string;
  readonly times: number;
}

export function kindOf({ level }: LogLine): LogKind {
  return level === 'err' ? 'error' : (level ?? 'info');
}

/** The levels that somebody may ask for who may hear the agent from a level on. */
export function levelsFrom(most: string): readonly LogLevel[] {
  const first = LEVELS.indexOf(most as LogLevel);
  return LEVELS.slice(first < 0 ? LEVELS.indexOf('info') : first);
}

/** Lines of kinds that are not off, with all words in them; the newest first, and what is said again at once only once. */
export function logRows(
  lines: readonly LogLine[],
  off: ReadonlySet<string>,
  words: readonly string[],
): LogRow[] {
  const rows: LogRow[] = [];
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i] as LogLine;
    const kind = kindOf(line);
    if (off.has(kind) || !hasWords(line, words)) continue;
    const last = rows.at(-1);
    if (
      last &&
      last.kind === kind &&
      last.line.message === line.message &&
      last.line.component === line.component
    )
      rows[rows.length - 1] = { ...last, times: last.times + 1 };
    else rows.push({ line, kind, clock: line.time?.slice(11, 19) ?? '', times: 1 });
  }
  return rows;
}

/** What is looked for, in small letters. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function hasWords({ component, message }: LogLine, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = `${component ?? ''} ${message}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export function countLogKinds(lines: readonly LogLine[]): ReadonlyMap<LogKind, number> {
  const counts = new Map<LogKind, number>();
  for (const line of lines) counts.set(kindOf(line), (counts.get(kindOf(line)) ?? 0) + 1);
  return counts;
}

/** A text in parts: what was looked for, and what is between. */
export function hitsIn(
  text: string,
  words: readonly string[],
): { readonly text: string; readonly hit: boolean }[] {
  const lower = text.toLowerCase();
  // Small letters may be longer than large ones: then nothing is where it was.
  const spans = lower.length === text.length ? words.flatMap((word) => spansOf(lower, word)) : [];
  spans.sort(([a], [b]) => a - b);
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from > at) parts.push({ text: text.slice(at, from), hit: false });
    if (to > at) parts.push({ text: text.slice(Math.max(at, from), to), hit: true });
    at = Math.max(at, to);
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}

/** So many hits are marked in a line. */
const MOST_HITS = 20;

function spansOf(text: string, word: string): [from: number, to: number][] {
  const spans: [number, number][] = [];
  for (
    let at = text.indexOf(word);
    at >= 0 && spans.length < MOST_HITS;
    at = text.indexOf(word, at + word.length)
  )
    spans.push([at, at + word.length]);
  return spans;
}

/** How long the line over the log is, and one place of it, in ms. */
const SPAN = 600_000;
const PLACE = 10_000;
const MINUTE = 60_000;
/** Ticks are so far from each other, in ms. */
const STEP = 120_000;
/** Free at the right, in percent. */
const FREE = 2.5;

/** Ten minutes of a log: what was wrong over the line, how much else was said below it. */
export interface LogTimeline {
  readonly marks: readonly {
    readonly x: number;
    readonly level: number;
    readonly kind: 'error' | 'warn';
    readonly count: number;
  }[];
  /** Heights from 0 to 1. */
  readonly bars: readonly { readonly x: number; readonly height: number }[];
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
  readonly text: string;
}

/** @param now here, in ms; lines are by the agent's clock, in a zone that they do not tell */
export function logTimeline(lines: readonly LogLine[], now: number): LogTimeline {
  const times = lines.map(({ time }) =>
    time === undefined ? Number.NaN : Date.parse(`${time.slice(0, 23)}Z`),
  );
  const newest = times.reduce((latest, time) => (time > latest ? time : latest), Number.NEGATIVE_INFINITY);
  const end = now + offsetOf(newest, now);
  const from = end - SPAN;
  const x = (at: number) => Math.round(((at - from) / SPAN) * (100 - FREE) * 100) / 100;
  const places = new Map<number, Map<LogKind, number>>();
  for (const [index, time] of times.entries()) {
    if (!(time >= from && time <= end + MINUTE)) continue;
    const place = Math.floor(Math.min(time, end) / PLACE);
    const kinds = places.get(place) ?? new Map<LogKind, number>();
    const kind = kindOf(lines[index] as LogLine);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    places.set(place, kinds);
  }
  const middle = (place: number) => Math.max(0, x((place + 0.5) * PLACE));
  const quiet = (kinds: ReadonlyMap<LogKind, number>) =>
    [...kinds].reduce((sum, [kind, count]) => sum + (kind === 'error' || kind === 'warn' ? 0 : count), 0);
  const most = Math.max(1, ...[...places.values()].map(quiet));
  const marks = [...places].flatMap(([place, kinds]) =>
    (['warn', 'error'] as const)
      .filter((kind) => kinds.has(kind))
      .map((kind, level) => ({ x: middle(place), level, kind, count: kinds.get(kind) ?? 0 })),
  );
  const bars = [...places]
    .map(([place, kinds]) => ({ x: middle(place), height: Math.sqrt(quiet(kinds) / most) }))
    .filter(({ height }) => height > 0);
  const ticks: { x: number; label: string }[] = [];
  for (let at = Math.ceil(from / STEP) * STEP; at < end; at += STEP)
    if (x(at) > 3 && x(at) < 92) ticks.push({ x: x(at), label: new Date(at).toISOString().slice(11, 16) });
  const count = (kind: 'error' | 'warn') =>
    marks.reduce((sum, mark) => sum + (mark.kind === kind ? mark.count : 0), 0);
  return {
    marks,
    bars,
    ticks,
    text: `The last 10 minutes, by the agent's clock: ${count('error')} errors, ${count('warn')} warnings`,
  };
}

/** Clocks are a whole number of these apart. */
const QUARTER = 900_000;

/** By how much the agent's clock is ahead, in ms: lines are of the past, and those of the last hour are taken for lines of this zone. */
function offsetOf(newest: number, now: number): number {
  const behind = now - newest;
  if (!Number.isFinite(behind) || (behind > -MINUTE && behind < 3_300_000)) return 0;
  return Math.ceil((-behind - MINUTE) / QUARTER) * QUARTER;
}
