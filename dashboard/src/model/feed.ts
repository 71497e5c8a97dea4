import type { LogEntry } from './event-log.ts';
import { payloadPreview } from './payload-view.ts';
import { clockText } from './time-text.ts';

/** The kinds of the feed, in the order of their switches. */
export const KINDS = ['join', 'left', 'failed', 'update', 'reap', 'user', 'query'] as const;
export type FeedKind = (typeof KINDS)[number];

/** The entries of a feed: of kinds that are not off, with the text somewhere. What is missing is always there. */
export function feedOf(entries: readonly LogEntry[], off: ReadonlySet<string>, text: string): LogEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => {
    if (entry.kind === 'gap' || entry.kind === 'drops') return true;
    if (off.has(entry.kind)) return false;
    if (words.length === 0) return true;
    const all = `${entry.subject} ${whatOf(entry)}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export function whatOf({ what, payload }: LogEntry): string {
  return payload ? payloadPreview(payload) : what;
}

export function countKinds(entries: readonly LogEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of entries) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What stands below a feed that is paused: how much it does not show, and what a click does. */
export function newsText(count: number, since: number): string {
  return count > 0
    ? `${count} new since ${clockText(since)} · show them`
    : `Paused, nothing new since ${clockText(since)} · go on`;
}
