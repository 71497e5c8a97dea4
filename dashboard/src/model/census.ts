import { LIFELINE, type MemberRow } from './member-row.ts';

/** A tag that goes from one value to another. */
export interface Census {
  readonly key: string;
  readonly to: string;
  readonly from: string;
  readonly toCount: number;
  readonly fromCount: number;
}

/** Each of the two values has so much of the members. */
const SHARE = 0.05;

/** The tag that changed last, if it has exactly two values of weight and changed in the last ten minutes. */
export function censusOf(rows: readonly MemberRow[], now: number): Census | undefined {
  let newest: { at: number; key: string; to: string } | undefined;
  for (const { member, marks } of rows) {
    for (const { at, kind, keys = [] } of marks) {
      const [key] = keys;
      const to = key === undefined ? undefined : member.tags[key];
      if (kind !== 'update' || key === undefined || to === undefined || now - at > LIFELINE) continue;
      if (at > (newest?.at ?? 0)) newest = { at, key, to };
    }
  }
  if (!newest) return undefined;
  const { key, to } = newest;
  const counts = new Map<string, number>();
  for (const { member } of rows) {
    const value = member.tags[key];
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const weighty = [...counts].filter(([, count]) => count >= SHARE * rows.length);
  const other = weighty.find(([value]) => value !== to);
  if (weighty.length !== 2 || !other || (counts.get(to) ?? 0) < SHARE * rows.length) return undefined;
  return { key, to, from: other[0], toCount: counts.get(to) ?? 0, fromCount: other[1] };
}
