import type { ConnectionStatus } from '../../model.ts';
import { clock, countByStatus, seconds } from '../output/describe.ts';
import { type Line, type Span, span } from '../output/line.ts';
import { printable, wrap } from '../output/text.ts';
import type { Facts } from './facts.ts';
import { membersPage } from './members-page.ts';
import { asOf, helpPage, memberPage, queryPage } from './pages.ts';
import { type Page, type ScreenState, shownFacts } from './screen-state.ts';

/** A terminal with fewer rows has no heading but the first line, and no hints. */
const LOW = 8;
/** As many as it needs, up to this: neither an address nor why the dashboard was not built is to be cut. */
const FOOTER_ROWS = 3;

const HINTS = '/ filter  s sort  space hold  enter member  a ask  ? help  q quit';
const BACK = 'esc back  arrows scroll  space hold  a ask  ? help  q quit';

const PAGES: Readonly<Record<Page, (state: ScreenState, room: number) => Line[]>> = {
  members: membersPage,
  member: memberPage,
  query: queryPage,
  help: helpPage,
};

/** The picture: as many lines as the terminal has rows. `now` is the date, in ms. */
export function layout(state: ScreenState, now: number): Line[] {
  const { rows } = state.size;
  const room = roomOf(state);
  const page = pageOf(state, room);
  const blank = Array.from({ length: room - page.length }, (): Line => []);
  const lines = [...headOf(state, now), ...page, ...blank];
  return [...lines.slice(0, rows - bottomOf(state).length), ...bottomOf(state)].slice(0, rows);
}

/** How many rows there are for the page. */
export function roomOf(state: ScreenState): number {
  return Math.max(0, state.size.rows - headRows(state) - bottomOf(state).length);
}

/** `5 members: 4 alive, 1 failed`. */
export function summary({ members }: Pick<Facts, 'members'>): Line {
  if (!members) return [span('asking for the members…', 'dim')];
  if (members.size === 0) return [span('no members')];
  return [span(`${members.size} member${members.size > 1 ? 's' : ''}: `), ...countByStatus(members.values())];
}

/** The members' page fills its room; others are as long as they are, and can be scrolled to their end. */
function pageOf(state: ScreenState, room: number): Line[] {
  const lines = PAGES[state.page](state, room);
  if (state.page === 'members') return lines.slice(0, room);
  const first = Math.min(state.first, Math.max(0, lines.length - room));
  return lines.slice(first, first + room);
}

function headRows({ size, about }: ScreenState): number {
  return size.rows < LOW ? Math.min(1, size.rows) : 2 + about.length;
}

function headOf(state: ScreenState, now: number): Line[] {
  const first = [span('rxserf watch', 'bold'), span('  '), ...connection(state.facts, now)];
  const about = state.about.map((text) => [span(text, 'yellow')]);
  return [first, ...about, [...summary(shownFacts(state)), ...howShown(state, now)]].slice(
    0,
    headRows(state),
  );
}

/** The connection as it is now, in one line that changes in place. */
function connection({ status, outage }: Facts, now: number): Span[] {
  if (!outage) return steady(status, now);
  const { address, reason, attempt, retryAt } = outage;
  // The address stands here alone, and what changes before what may be long.
  const next = retryAt === undefined ? 'under way' : `next in ${seconds(Math.max(0, retryAt - now))}`;
  return [span(address), span(`  attempt ${attempt}, ${next}`, 'red'), span(`: ${reason}`)];
}

function steady(status: ConnectionStatus, now: number): Span[] {
  switch (status.state) {
    case 'connected': {
      const { address, silentSince } = status;
      if (silentSince === undefined) return [span(address), span('  connected', 'green')];
      return [span(address), span(`  no answer for ${seconds(Math.max(0, now - silentSince))}`, 'yellow')];
    }
    case 'connecting':
      return [span(status.address), span('  connecting…', 'yellow')];
    default:
      return [span(status.state, 'dim')];
  }
}

/** What of the members is not as it is: old, held, left out, or in another order. */
function howShown({ facts, paused, filter, order }: ScreenState, now: number): Span[] {
  const stale = facts.outage && facts.members ? [span(`  ${asOf(facts.outage.since, now)}`, 'red')] : [];
  const held = paused ? [span(`  ${heldAt(paused.at, facts.events - paused.facts.events)}`, 'yellow')] : [];
  const filtered = filter.trim() ? [span(`  filter: ${printable(filter)}`, 'cyan')] : [];
  const sorted = order === 'status' ? [] : [span(`  by ${order}`, 'dim')];
  return [...stale, ...held, ...filtered, ...sorted];
}

function heldAt(time: number, events: number): string {
  return `held at ${clock(time)}, ${events} event${events === 1 ? '' : 's'} since`;
}

function bottomOf({ prompt, page, footer, size }: ScreenState): Line[] {
  const rows = footer && size.rows >= LOW ? wrap(footer, size.columns, FOOTER_ROWS) : [];
  const below = rows.map((row): Line => [span(row, 'bold')]);
  if (prompt) {
    const what = prompt.for === 'filter' ? 'filter: ' : 'query, payload: ';
    return [...below, [span(what, 'bold'), span(printable(prompt.text)), span(' ', 'inverse')]];
  }
  if (size.rows < LOW) return [];
  return [...below, [span(page === 'members' ? HINTS : BACK, 'dim')]];
}
