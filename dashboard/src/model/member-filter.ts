import { addressOf, type MemberRow, type ShownStatus, STATUSES, statusOf } from './member-row.ts';
import { nameOfParam, textParam } from './route-name.ts';

/** One thing that is asked of members. */
export type Condition =
  | { readonly kind: 'status'; readonly value: ShownStatus }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }
  | { readonly kind: 'text'; readonly value: string }
  /** An estimated round trip that is known, and less or more than so many ms. */
  | { readonly kind: 'rtt'; readonly relation: '<' | '>'; readonly value: number };

/** The estimated round trip of a member in ms, by its name; of some it is not known. */
export type RoundTripOf = (name: string) => number | undefined;

/** What an address bar has of a filter: `status`, several `tag`s as `key:value`, `q`. */
export interface FilterParams {
  readonly status?: string | null;
  readonly tag?: readonly string[];
  readonly q?: string | null;
}

/** What of a member is searched: for each key that somebody presses, for all of them. */
const SEARCHED = new WeakMap<object, string>();
/** So many tags of an address are read. */
const MOST_TAGS = 20;
/** A word that is a round trip: of a number with these digits the text is the same again. */
const RTT = /^rtt([<>])(\d{1,6}(?:\.\d{1,3})?)$/i;

export function conditionsOf({ status, tag = [], q }: FilterParams): Condition[] {
  const conditions: Condition[] = [];
  const shown = STATUSES.find((each) => each === status);
  if (shown) conditions.push({ kind: 'status', value: shown });
  for (const param of tag.slice(0, MOST_TAGS)) {
    const text = param.includes(':') ? param : (nameOfParam(param) ?? '');
    const colon = text.indexOf(':');
    const key = text.slice(0, colon).replace(/%(3A|25)/g, decodeURIComponent);
    if (colon >= 0) conditions.push({ kind: 'tag', key, value: text.slice(colon + 1) });
  }
  for (const word of (q ?? '').split(/\s+/)) if (word) conditions.push(wordCondition(word));
  return conditions;
}

function wordCondition(word: string): Condition {
  const [, relation, value] = RTT.exec(word) ?? [];
  return relation === '<' || relation === '>'
    ? { kind: 'rtt', relation, value: Number(value) }
    : { kind: 'text', value: word };
}

export function paramsOf(conditions: readonly Condition[]): Required<FilterParams> {
  const words = conditions.filter(({ kind }) => kind === 'text' || kind === 'rtt').map(conditionText);
  return {
    status: conditions.find((each) => each.kind === 'status')?.value ?? null,
    tag: conditions.flatMap((each) => (each.kind === 'tag' ? [tagParam(each.key, each.value)] : [])),
    q: words.length > 0 ? words.join(' ') : null,
  };
}

/** The first colon ends the key: one within it is escaped. */
function tagParam(key: string, value: string): string {
  return textParam(`${key.replace(/[%:]/g, encodeURIComponent)}:${value}`);
}

/** Conditions of one tag are alternatives; all others have to hold together. */
export function matches(conditions: readonly Condition[], row: MemberRow, roundTripOf: RoundTripOf): boolean {
  if (conditions.length === 0) return true;
  const asked = new Map<string, boolean>();
  for (const each of conditions) {
    if (each.kind === 'tag') {
      const holds = row.member.tags[each.key] === each.value;
      asked.set(each.key, asked.get(each.key) === true || holds);
    } else if (each.kind === 'status') {
      if (row.shown !== each.value && statusOf(row.member) !== each.value) return false;
    } else if (each.kind === 'rtt') {
      // Who has left is on no picture of round trips, either.
      const ms = row.shown === 'left' ? undefined : roundTripOf(row.member.name);
      if (ms === undefined || !(each.relation === '<' ? ms < each.value : ms > each.value)) return false;
    } else if (!hasText(row, each.value.toLowerCase())) return false;
  }
  return [...asked.values()].every(Boolean);
}

/** Without it, or with it if it was not there. A status takes the place of another. */
export function toggled(conditions: readonly Condition[], condition: Condition): Condition[] {
  const others = without(conditions, condition);
  if (others.length < conditions.length) return others;
  return [...conditions.filter(({ kind }) => kind !== 'status' || condition.kind !== 'status'), condition];
}

export function without(conditions: readonly Condition[], condition: Condition): Condition[] {
  return conditions.filter((each) => !isSame(each, condition));
}

export function isSame(a: Condition, b: Condition): boolean {
  if (a.kind === 'tag' && b.kind === 'tag' && a.key !== b.key) return false;
  if (a.kind === 'rtt' && b.kind === 'rtt' && a.relation !== b.relation) return false;
  return a.kind === b.kind && a.value === b.value;
}

export function conditionText(condition: Condition): string {
  if (condition.kind === 'text') return condition.value;
  if (condition.kind === 'rtt') return `rtt${condition.relation}${condition.value}`;
  return `${condition.kind === 'tag' ? condition.key : 'status'}=${condition.value}`;
}

/** The condition without which most members would match, and how many. */
export function bestToDrop(
  conditions: readonly Condition[],
  rows: readonly MemberRow[],
  roundTripOf: RoundTripOf,
): { readonly condition: Condition; readonly count: number } | undefined {
  let best: { condition: Condition; count: number } | undefined;
  for (const condition of conditions) {
    const rest = without(conditions, condition);
    const count = rows.filter((row) => matches(rest, row, roundTripOf)).length;
    if (count > (best?.count ?? 0)) best = { condition, count };
  }
  return best;
}

/** `key=value` in a tag, or the text in the name or the address. */
function hasText({ member }: MemberRow, text: string): boolean {
  let searched = SEARCHED.get(member);
  if (searched === undefined) {
    searched = `${member.name}\n${addressOf(member)}`.toLowerCase();
    SEARCHED.set(member, searched);
  }
  if (searched.includes(text)) return true;
  if (!text.includes('=')) return false;
  return Object.entries(member.tags).some(([key, value]) => `${key}=${value}`.toLowerCase().startsWith(text));
}
