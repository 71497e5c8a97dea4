import { distinctUntilChanged, filter, map, type Observable, pairwise, startWith } from 'rxjs';
import type { ConnectionStatus, DropReport, Member, SerfEvent, StreamGap } from '../../model.ts';
import { type Line, paint, span, styleOf } from './line.ts';
import { reasonOf } from './reason.ts';
import { cut, printable } from './text.ts';

/** A name longer than this is cut in a table: any member can choose one. */
const NAME_WIDTH = 48;

/** A member as a row of a table; `short` where people look at it. */
export function memberRow({ name, address, port, status, tags }: Member, short = false): Line {
  return [
    span(short ? cut(printable(name), NAME_WIDTH) : printable(name)),
    span(endpoint(address, port)),
    span(printable(status), styleOf(status)),
    span(
      Object.keys(tags)
        .sort()
        .map((key) => printable(`${key}=${tags[key]}`))
        .join(','),
      'dim',
    ),
  ];
}

export const MEMBER_HEADINGS: Line = ['NAME', 'ADDRESS', 'STATUS', 'TAGS'].map((text) => span(text, 'bold'));

/** Members by name, as people count: `web-2` before `web-10`. */
export function byName(a: Pick<Member, 'name'>, b: Pick<Member, 'name'>): number {
  return byNumbers(a.name, b.name);
}

/**
 * Texts as people sort them, the numbers in them by what they are worth. Not by an `Intl.Collator`, as making one takes Node 8 ms, of
 * the 70 of `rxserf members`.
 */
export function byNumbers(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    if (isDigit(a, at) && isDigit(b, at)) {
      const [one, other] = [digitsAt(a, at), digitsAt(b, at)];
      const difference = compareNumbers(one, other);
      if (difference !== 0) return difference;
      at += one.length - 1;
      continue;
    }
    const difference = compare((a[at] as string).toLowerCase(), (b[at] as string).toLowerCase());
    if (difference !== 0) return difference;
  }
  return a.length - b.length || compare(a, b);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

function digitsAt(text: string, at: number): string {
  let end = at;
  while (isDigit(text, end)) end += 1;
  return text.slice(at, end);
}

/** By value; of the same value, the one with fewer zeros in front first: so only the same digits are equal. */
function compareNumbers(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return one.length - other.length || compare(one, other) || a.length - b.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** An event as a line. */
export function describeEvent(event: SerfEvent<string | undefined> | StreamGap): Line {
  switch (event.event) {
    case 'gap':
      return [
        span('gap'.padEnd(13), 'yellow'),
        span(`  without a stream for ${seconds(event.away)}: events may be missing`),
      ];
    case 'user':
    case 'query': {
      const payload = event.payloadError
        ? `(${event.rawPayload?.length} bytes that are not text)`
        : printable(event.payload ?? '');
      return [
        span(event.event.padEnd(13), 'cyan'),
        span(`  ${printable(event.name)}  `),
        span(payload, 'dim'),
      ];
    }
    default: {
      const members = event.members
        .map(({ name, status }) => `${printable(name)} (${printable(status)})`)
        .join(', ');
      const [first] = event.members;
      return [span(printable(event.event).padEnd(13), first && styleOf(first.status)), span(`  ${members}`)];
    }
  }
}

/**
 * The connection in lines: one when it is lost, and when the reason is another one, not one for each attempt; one when it is back.
 * One, too, when the agent does not answer, and when it does again.
 */
export function describeConnection(status$: Observable<ConnectionStatus>): Observable<Line> {
  return status$.pipe(
    startWith(undefined),
    pairwise(),
    map(([before, status]) => describeStatus(status as ConnectionStatus, before)),
    filter((line) => line !== undefined),
    distinctUntilChanged((a, b) => paint(a, false) === paint(b, false)),
  );
}

function describeStatus(status: ConnectionStatus, before: ConnectionStatus | undefined): Line | undefined {
  if (status.state === 'connected') {
    const agent = `the agent at ${status.address}`;
    if (status.silentSince !== undefined) return [span(`no answer from ${agent}`, 'yellow')];
    return [
      span(before?.state === 'connected' ? `${agent} answers again` : `connected to ${agent}`, 'green'),
    ];
  }
  if (status.state !== 'waiting') return undefined;
  const { address, error } = status;
  return [span(`no connection to ${address}: ${reasonOf(error)}`, 'red'), span('; trying again')];
}

/** A loss as a line; the gap in a stream has its own. */
export function describeDrop(report: DropReport): Line | undefined {
  if (report.cause === 'reconnect') return undefined;
  const by = report.cause === 'agent' ? 'by the agent, as they were read too slowly' : 'that made no sense';
  return [
    span('lost'.padEnd(13), 'yellow'),
    span(`  ${report.count} ${report.cause === 'agent' ? 'events' : 'records'} ${by}`),
  ];
}

/** `4 alive, 1 failed`: the members by status. */
export function countByStatus(members: Iterable<Member>): Line {
  const counts = new Map<Member['status'], number>();
  for (const { status } of members) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .flatMap(([status, count], i) => [
      span(i > 0 ? ', ' : ''),
      span(`${count} ${printable(status)}`, styleOf(status)),
    ]);
}

/** A status as one character, where there is no room for the word, and for those who do not see colours. */
export function statusMark(status: Member['status']): string {
  return Object.hasOwn(MARKS, status) ? MARKS[status] : '?';
}

const MARKS: Readonly<Record<Member['status'], string>> = {
  alive: '●',
  failed: '✗',
  leaving: '◐',
  left: '○',
  none: '?',
};

/** A time of day. */
export function clock(time: number): string {
  return new Date(time).toTimeString().slice(0, 8);
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
