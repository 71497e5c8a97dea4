import type { Member } from '../../model.ts';
import { clock, MEMBER_HEADINGS, memberRow, statusMark } from '../output/describe.ts';
import { type Line, type Span, span, styleOf, table } from '../output/line.ts';
import { cut, pad, printable, widthOf } from '../output/text.ts';
import { listOf, type ScreenState, shownFacts } from './screen-state.ts';

/** So many rows the events get however many members there are, if there are so many rows and events. */
const LEAST_FEED = 6;
/** A name in a grid is cut here, in cells. */
const GRID_NAME = 24;

/** A part of the names that decides how wide columns are. */
const NEARLY_ALL = 0.95;

/** How many rows the list has, how many columns: one is a table, with all that is known of a member in a row. */
export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** A table where it has room for all; else a grid of names, which has room for more, if that was not declined. */
export function shapeOf({ size, table, facts }: ScreenState, list: readonly Member[], room: number): Shape {
  const feed = Math.min(facts.feed.length, LEAST_FEED, Math.floor(room / 3));
  const rows = Math.max(1, room - HEADINGS - feed);
  if (list.length <= rows || table) return { rows: Math.min(rows, Math.max(1, list.length)), columns: 1 };
  const columns = Math.max(1, Math.floor((size.columns + 2) / (cellWidth(list) + 2)));
  return { rows: columns > 1 ? Math.min(rows, Math.ceil(list.length / columns)) : rows, columns };
}

/** Those of the list, and of the events. */
const HEADINGS = 2;

/** The first member to show of `count`, so that the chosen one is in sight, and all stand still where they can. */
export function firstListed(first: number, chosen: number, { rows, columns }: Shape, count: number): number {
  // A grid is filled column by column, and moves by whole ones.
  const step = columns > 1 ? rows : 1;
  const shown = columns > 1 ? columns : rows;
  const [from, at, last] = [
    Math.floor(first / step),
    Math.floor(chosen / step),
    Math.ceil(count / step) - shown,
  ];
  return Math.max(0, Math.min(Math.max(from, at - shown + 1), at, Math.max(0, last))) * step;
}

/** The members, and below them what has happened. */
export function membersPage(state: ScreenState, room: number): Line[] {
  const { feed, events, members } = shownFacts(state);
  const list = listOf(state);
  const shape = shapeOf(state, list, room);
  const chosen = Math.max(
    0,
    list.findIndex(({ name }) => name === state.chosen),
  );
  const first = firstListed(state.first, chosen, shape, list.length);
  const shown = list.slice(first, first + shape.rows * shape.columns);
  // Nobody is marked before somebody has been chosen.
  const marked = state.chosen === undefined ? -1 : chosen - first;
  const dim = state.facts.outage !== undefined;
  const [heading, rows] =
    shape.columns > 1 || list.length === 0
      ? [[span('MEMBERS', 'bold')], grid(shown, shape, cellWidth(list), marked, dim)]
      : tableRows(shown, marked, dim);
  const note = list.length === 0 ? 'none match' : rangeOf(first, shown.length, list.length, state.filter);
  const top: Line = [...heading, span(note && `  ${note}`, 'dim')];
  const above = members ? [top, ...rows] : [];
  const left = Math.max(0, room - above.length - 1);
  return [
    ...above,
    [span('EVENTS', 'bold'), span(`  ${events} so far`, 'dim')],
    ...(left > 0 ? feed.slice(-left) : []).map(
      ({ time, line }): Line => [span(`${clock(time)}  `, 'dim'), ...line],
    ),
  ];
}

function rangeOf(first: number, shown: number, count: number, filter: string): string {
  if (shown < count) return `${first + 1}–${first + shown} of ${count}`;
  return filter.trim() ? `${count} match` : '';
}

/** The heading, and a row a member. */
function tableRows(members: readonly Member[], marked: number, dim: boolean): [Line, Line[]] {
  const [heading = [], ...rows] = table([
    MEMBER_HEADINGS,
    ...members.map((member) => memberRow(member, true)),
  ]);
  return [heading, rows.map((row, i) => row.map((cell) => styled(cell, i === marked, dim)))];
}

function grid(
  members: readonly Member[],
  { rows, columns }: Shape,
  width: number,
  marked: number,
  dim: boolean,
): Line[] {
  return Array.from({ length: Math.min(rows, members.length) }, (_, row) =>
    Array.from({ length: columns }, (_, column) => column * rows + row).flatMap((i): Span[] => {
      const member = members[i];
      if (!member) return [];
      const { status } = member;
      return [
        span(`${statusMark(status)} `, dim ? 'dim' : styleOf(status)),
        styled(
          span(
            pad(cut(nameOf(member), width - 2), width - 2),
            status === 'alive' ? undefined : styleOf(status),
          ),
          i === marked,
          dim,
        ),
        span('  '),
      ];
    }),
  );
}

function styled({ text, style }: Span, marked: boolean, dim: boolean): Span {
  if (marked) return span(text, 'inverse');
  // Nobody knows how they are now.
  return span(text, dim ? 'dim' : style);
}

/** As wide as the longest name, but not much wider than nearly all are: one member cannot make columns wide for all. */
function cellWidth(list: readonly Member[]): number {
  const widths = list.map((member) => widthOf(nameOf(member))).sort((a, b) => a - b);
  const [nearly = 0, all = 0] = [widths[Math.ceil(widths.length * NEARLY_ALL) - 1], widths.at(-1)];
  return 2 + Math.min(all, nearly + 2);
}

function nameOf({ name }: Member): string {
  return cut(printable(name.slice(0, GRID_NAME + 1)), GRID_NAME);
}
