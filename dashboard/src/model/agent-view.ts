import type { Stats } from 'rxserf';

/** A section of the agent's figures. */
export interface StatsSection {
  readonly title: string;
  readonly rows: readonly { readonly key: string; readonly value: string; readonly number: boolean }[];
}

/** In which order sections come that every agent has; what a later version adds comes after. */
const ORDER = ['agent', 'serf', 'runtime', 'tags', 'event_handlers'];
/** What is no figure of the agent's. */
const SESSION = 'session';
/** An agent of another make may have any number of them. */
const MOST_SECTIONS = 20;
const MOST_ROWS = 200;

/** Sections of which the page tells more elsewhere are left out. */
export function statsSections(stats: Stats, without: readonly string[] = []): StatsSection[] {
  const rank = (title: string) => (ORDER.indexOf(title) + ORDER.length + 1) % (ORDER.length + 1);
  return Object.entries(stats)
    .filter(([title]) => title !== SESSION && !without.includes(title))
    .sort(([a], [b]) => rank(a) - rank(b))
    .slice(0, MOST_SECTIONS)
    .map(([title, section]) => ({
      title,
      rows: Object.entries(section ?? {})
        .slice(0, MOST_ROWS)
        .map(([key, value = '']) => ({ key, value, number: /^-?\d+(\.\d+)?$/.test(value) })),
    }))
    .filter(({ rows }) => rows.length > 0);
}

/** Figures that say that something is wrong when they are not 0. */
const WORRIES: Readonly<Record<string, string>> = {
  health_score: 'the agent itself is slow to answer probes',
  intent_queue: 'joins and leaves wait to be told',
  event_queue: 'events wait to be told',
  query_queue: 'queries wait to be told',
  failed: 'members are failed',
};
/** Queues that are this long are no moment any more. */
const LONG: Readonly<Record<string, number>> = { intent_queue: 100, event_queue: 100, query_queue: 100 };

/** What a figure means, if it is one to worry about. */
export function worryOf(key: string, value: string): string | undefined {
  return Number(value) > (LONG[key] ?? 0) ? WORRIES[key] : undefined;
}

/** Gossip addresses as somebody writes them: with commas, spaces or a line each. */
export function addressesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}
