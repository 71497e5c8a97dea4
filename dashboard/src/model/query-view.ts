import { payloadText } from './payload-view.ts';

/** How far a member has come with a query. */
export type AnswerState = 'answered' | 'acked' | 'silent';

/** A member that was asked, or that has answered all the same. */
export interface QueryRow {
  readonly name: string;
  readonly state: AnswerState;
  /** When it said that it had the query, and when it answered, in ms after it was asked. */
  readonly ack?: number | undefined;
  readonly after?: number | undefined;
  readonly payload?: Uint8Array | undefined;
}

/** Who has answered and who has not. Who keeps everybody waiting comes first. */
export function queryRows(
  asked: readonly string[],
  acks: ReadonlyMap<string, number>,
  responses: ReadonlyMap<string, { readonly after: number; readonly payload?: Uint8Array | undefined }>,
): QueryRow[] {
  const names = new Set([...asked, ...acks.keys(), ...responses.keys()]);
  const rows = [...names].map((name): QueryRow => {
    const ack = acks.get(name);
    const response = responses.get(name);
    if (response) return { name, state: 'answered', ack, after: response.after, payload: response.payload };
    return { name, state: ack === undefined ? 'silent' : 'acked', ack };
  });
  return rows.sort(
    (a, b) =>
      ORDER[a.state] - ORDER[b.state] ||
      (b.after ?? b.ack ?? 0) - (a.after ?? a.ack ?? 0) ||
      (a.name < b.name ? -1 : 1),
  );
}

const ORDER = { silent: 0, acked: 1, answered: 2 } as const;

/** Rows in the order of before; who is new comes last. */
export function inOrderOf(before: readonly string[], rows: readonly QueryRow[]): QueryRow[] {
  const rank = new Map(before.map((name, index) => [name, index]));
  return [...rows].sort((a, b) => (rank.get(a.name) ?? before.length) - (rank.get(b.name) ?? before.length));
}

export function textOfState({ state }: QueryRow, running: boolean): string {
  if (state === 'acked') return running ? 'acked, no answer yet' : 'acked, never answered';
  return running ? 'nothing yet' : 'silent';
}

/** The axis begins here, in ms: nothing is faster by much. */
const BEGINS = 5;
/** Free at the right of the deadline, in percent of the width. */
const FREE = 2.5;

/** Times on a logarithmic axis, which ends at the deadline. */
export class TimeAxis {
  readonly #timeout: number;

  /** @param timeout in ms */
  constructor(timeout: number) {
    this.#timeout = Math.max(2 * BEGINS, timeout);
  }

  /** Where a time is, in percent of the width. */
  x(ms: number): number {
    const share = Math.log(Math.max(ms, BEGINS) / BEGINS) / Math.log(this.#timeout / BEGINS);
    return Math.round(Math.min(1, share) * (100 - FREE) * 100) / 100;
  }

  /** @param spacing in percent of the width, between two labels at least */
  ticks(spacing: number): { readonly x: number; readonly label: string }[] {
    const ticks: { x: number; label: string }[] = [];
    for (const ms of [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000]) {
      const x = this.x(ms);
      const last = ticks.at(-1);
      if (ms < this.#timeout && x <= 100 - FREE - spacing && (!last || x - last.x >= spacing))
        ticks.push({ x, label: shortTime(ms) });
    }
    return [...ticks, { x: this.x(this.#timeout), label: shortTime(this.#timeout) }];
  }
}

/** `940 ms`, `1.24 s`, `15 s`. */
export function shortTime(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  const s = ms / 1_000;
  return `${s < 10 ? Math.round(s * 100) / 100 : Math.round(s * 10) / 10} s`;
}

/** A marble of the histogram; above {@link MOST_MARBLES} members, a bar. */
export interface Stacked {
  /** In percent of the width. */
  readonly x: number;
  /** From 0; upwards. */
  readonly level: number;
  readonly colour: number;
}

/** Acks or answers by when they came. */
export interface Stacks {
  readonly marbles: readonly Stacked[];
  /** Where there are too many for marbles: heights from 0 to 1. */
  readonly bars: readonly { readonly x: number; readonly height: number }[];
  /** The most in one place. */
  readonly highest: number;
}

/** More than these are bars. */
export const MOST_MARBLES = 200;

/** @param width of a place, in percent */
export function stacksOf(
  times: readonly { readonly ms: number; readonly colour: number }[],
  axis: TimeAxis,
  width: number,
): Stacks {
  const places = new Map<number, number[]>();
  for (const { ms, colour } of [...times].sort((a, b) => a.colour - b.colour)) {
    const place = Math.floor(axis.x(ms) / width);
    const some = places.get(place);
    if (some) some.push(colour);
    else places.set(place, [colour]);
  }
  const highest = Math.max(0, ...[...places.values()].map(({ length }) => length));
  const x = (place: number) => (place + 0.5) * width;
  if (times.length > MOST_MARBLES) {
    const bars = [...places].map(([place, { length }]) => ({ x: x(place), height: length / highest }));
    return { marbles: [], bars, highest };
  }
  const marbles = [...places].flatMap(([place, colours]) =>
    colours.map((colour, level) => ({ x: x(place), level, colour })),
  );
  return { marbles, bars: [], highest };
}

/** The time within which such a share has answered; of nobody there is none. */
export function percentileOf(times: readonly number[], share: number): number | undefined {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Marks for p50, p90 and p99; those that would touch stand below each other. */
export function percentileMarks(
  times: readonly number[],
  axis: TimeAxis,
): { readonly label: string; readonly value: string; readonly x: number; readonly end: boolean }[] {
  return [0.5, 0.9, 0.99].flatMap((share) => {
    const ms = percentileOf(times, share);
    if (ms === undefined) return [];
    const x = axis.x(ms);
    return [{ label: `p${share * 100}`, value: shortTime(ms), x, end: x > 80 }];
  });
}

/** Replies as somebody takes them along. */
export function repliesJson(rows: readonly QueryRow[]): string {
  const replies = rows.map(({ name, state, ack, after, payload }) => ({
    name,
    state,
    ...(ack !== undefined && { ackMs: Math.round(ack) }),
    ...(after !== undefined && { answerMs: Math.round(after) }),
    ...(payload && payloadField(payload)),
  }));
  return JSON.stringify(replies, undefined, 2);
}

function payloadField(payload: Uint8Array): object {
  const text = payloadText(payload);
  return text === undefined ? { payloadBase64: btoa(String.fromCharCode(...payload)) } : { payload: text };
}
