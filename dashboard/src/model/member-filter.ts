import { addressOf, type MemberRow, type ShownStatus, STATUSES, statusOf } from './member-row.ts';

/** One thing that is asked of members. */
export type Condition =
  | { readonly kind: 'status'; readonly value: ShownStatus }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }
  | { readonly kind: 'text'; readonly value: string };

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

export function conditionsOf({ status, tag = [], q }: FilterParams): Condition[] {
  const conditions: Condition[] = [];
  const shown = STATUSES.find((each) => each === status);
  if (shown) conditions.push({ kind: 'status', value: shown });
  for (const text of tag.slice(0, MOST_TAGS)) {
    const colon = text.indexOf(':');
    if (colon >= 0) conditions.push({ kind: 'tag', key: text.slice(0, colon), value: text.slice(colon + 1) });
  }
  for (const value of (q ?? '').split(/\s+/)) if (value) conditions.push({ kind: 'text', value });
  return conditions;
}

export function paramsOf(conditions: readonly Condition[]): Required<FilterParams> {
  const texts = conditions.flatMap((each) => (each.kind === 'text' ? [each.value] : []));
  return {
    status: conditions.find(({ kind }) => kind === 'status')?.value ?? null,
    tag: conditions.flatMap((each) => (each.kind === 'tag' ? [`${each.key}:${each.value}`] : [])),
    q: texts.length > 0 ? texts.join(' ') : null,
  };
}

/** Conditions of one tag are alternatives; all others have to hold together. */
export function matches(conditions: readonly Condition[], row: MemberRow): boolean {
  if (conditions.length === 0) return true;
  const asked = new Map<string, boolean>();
  for (const each of conditions) {
    if (each.kind === 'tag') {
      const holds = row.member.tags[each.key] === each.value;
      asked.set(each.key, asked.get(each.key) === true || holds);
    } else if (each.kind === 'status') {
      if (row.shown !== each.value && statusOf(row.member) !== each.value) return false;
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
  return a.kind === b.kind && a.value === b.value && (a.kind !== 'tag' || a.key === (b as typeof a).key);
}

export function conditionText(condition: Condition): string {
  if (condition.kind === 'text') return condition.value;
  return `${condition.kind === 'tag' ? condition.key : 'status'}=${condition.value}`;
}

/** The condition without which most members would match, and how many. */
export function bestToDrop(
  conditions: readonly Condition[],
  rows: readonly MemberRow[],
): { readonly condition: Condition; readonly count: number } | undefined {
  let best: { condition: Condition; count: number } | undefined;
  for (const condition of conditions) {
    const rest = without(conditions, condition);
    const count = rows.filter((row) => matches(rest, row)).length;
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
