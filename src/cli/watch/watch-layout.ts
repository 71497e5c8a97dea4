import type { ConnectionStatus, Member, MemberStatus } from '../../model.ts';
import { byName, clock, countByStatus, MEMBER_HEADINGS, memberRow, seconds } from '../output/describe.ts';
import { type Line, span, table } from '../output/line.ts';
import type { Size } from '../output/terminal.ts';
import { printable } from '../output/text.ts';
import type { View } from './watch-view.ts';

/** So many rows the events get however many members there are, if there are so many rows. */
const LEAST_FEED = 6;
/** Where there is no room for all members, those are left out last that need somebody's care. */
const URGENCY: readonly MemberStatus[] = ['failed', 'leaving', 'none', 'alive', 'left'];

/** What stands around the view: below the heading, and in the last row. */
export interface Around {
  readonly about: readonly string[];
  readonly footer?: string;
}

/** The live view as lines, as many as there are rows. */
export function layout(
  view: View,
  { rows: height }: Pick<Size, 'rows'>,
  { about, footer }: Around,
  now: number,
): Line[] {
  const rows = footer ? height - 1 : height;
  const head: Line[] = [
    [span('rxserf watch', 'bold'), span('  '), ...statusSpans(view.status, now), span('  (q quits)', 'dim')],
    ...about.map((text) => [span(text, 'yellow')]),
    summary(view),
    [],
  ];
  const members = [...(view.members?.values() ?? [])];
  // Without the heading of the table, the blank line behind it and the heading of the events.
  const room = Math.max(0, rows - head.length - 3);
  const share = Math.min(members.length, Math.max(room - LEAST_FEED, Math.ceil(room / 2)));
  const entries = view.feed.slice(-Math.max(1, room - share));
  const lines = [
    ...head,
    ...membersTable(members, share),
    [],
    [span('EVENTS', 'bold'), span(`  ${view.events} so far`, 'dim')],
    ...entries.map(({ time, line }) => [span(`${clock(time)}  `, 'dim'), ...line]),
  ].slice(0, rows);
  if (!footer) return lines;
  const blank = Array.from({ length: rows - lines.length }, (): Line => []);
  return [...lines, ...blank, [span(footer, 'bold')]];
}

/** `5 members: 4 alive, 1 failed`. */
export function summary({ members }: View): Line {
  if (!members) return [span('asking for the members…', 'dim')];
  if (members.size === 0) return [span('no members')];
  return [span(`${members.size} member${members.size > 1 ? 's' : ''}: `), ...countByStatus(members.values())];
}

function membersTable(members: readonly Member[], share: number): Line[] {
  if (members.length === 0) return [];
  if (members.length <= share) return table([MEMBER_HEADINGS, ...[...members].sort(byName).map(memberRow)]);
  const shown = [...members]
    .sort((a, b) => URGENCY.indexOf(a.status) - URGENCY.indexOf(b.status) || byName(a, b))
    .slice(0, Math.max(0, share - 1))
    .sort(byName);
  const rest = members.length - shown.length;
  return [...table([MEMBER_HEADINGS, ...shown.map(memberRow)]), [span(`… and ${rest} more`, 'dim')]];
}

function statusSpans(status: ConnectionStatus, now: number): Line {
  switch (status.state) {
    case 'connected':
      return [span(status.address), span('  connected', 'green')];
    case 'connecting':
      return [span(status.address), span('  connecting…', 'yellow')];
    case 'waiting': {
      const left = Math.max(0, status.retryAt - now);
      return [
        span(printable(status.error.message), 'red'),
        span(`  next attempt in ${seconds(left)}`, 'yellow'),
      ];
    }
    default:
      return [span(status.state, 'dim')];
  }
}
