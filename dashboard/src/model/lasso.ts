import type { Condition } from './member-filter.ts';
import type { Blip, Sector } from './radar.ts';
import { arcPath, msAt, type Point, type RadarView, radiusOf } from './radar-view.ts';
import { discPath } from './tag-groups.ts';
import { visibleText } from './visible-text.ts';

/** A part of a radar: all that words of a search and tags can ask for. */
export interface Lasso {
  /** In ms; without it, from the centre on. */
  readonly above?: number | undefined;
  /** In ms; without it, beyond the rim, too. */
  readonly below?: number | undefined;
  /** The values of the tag whose sectors are taken; without any, it is all of them. */
  readonly groups: readonly string[];
}

type Part = Pick<Sector, 'group' | 'from' | 'to'>;

const TURN = 2 * Math.PI;
/** So near to the rim is on it, in px. */
const NEAR = 6;
/** So many characters of a value are shown. */
const SHOWN = 24;

/**
 * What a drag over a radar takes: from the distance where it began to that where it ends, and the sectors between, the shorter way round.
 * Directions have no unit, so a sector is taken whole; from the centre a drag draws a circle. `undefined` where only others are, whom no
 * value of the tag stands for.
 */
export function lassoOf(
  view: RadarView,
  sectors: readonly Part[],
  begin: Point,
  end: Point,
): Lasso | undefined {
  const from = polar(view, begin);
  const to = polar(view, end);
  // On the rim is who is anywhere beyond it.
  const near = Math.min(from.radius, to.radius, view.outer);
  const far = Math.max(from.radius, to.radius);
  const taken =
    from.radius <= view.inner
      ? sectors
      : between(sectors, from.angle, to.radius <= view.inner ? from.angle : to.angle);
  const groups = taken.length === sectors.length ? [] : taken.flatMap(({ group }) => group ?? []);
  if (groups.length === 0 && taken.length < sectors.length) return undefined;
  return {
    above: near <= view.inner ? undefined : roundMs(msAt(view, near), 0),
    // Wider than nothing, however thin the drag is.
    below: far >= view.outer - NEAR ? undefined : roundMs(msAt(view, Math.max(far, view.inner)), 1),
    groups,
  };
}

/** What a filter has of it, where sectors stand for the values of a tag; `undefined` if that is nothing. */
export function lassoIn(conditions: readonly Condition[], key: string): Lasso | undefined {
  const mine = conditions.filter((each) => isOfLasso(each, key));
  if (mine.length === 0) return undefined;
  const bounds = (relation: '<' | '>') =>
    mine.flatMap((each) => (each.kind === 'rtt' && each.relation === relation ? [each.value] : []));
  const above = bounds('>');
  const below = bounds('<');
  return {
    above: above.length > 0 ? Math.max(...above) : undefined,
    below: below.length > 0 ? Math.min(...below) : undefined,
    groups: mine.flatMap((each) => (each.kind === 'tag' ? [each.value] : [])),
  };
}

/** A filter with this part of the picture in place of the one before. */
export function withLasso(conditions: readonly Condition[], key: string, lasso: Lasso): Condition[] {
  const { above, below, groups } = lasso;
  return [
    ...conditions.filter((each) => !isOfLasso(each, key)),
    ...groups.map((value) => ({ kind: 'tag', key, value }) as const),
    ...(above === undefined ? [] : [{ kind: 'rtt', relation: '>', value: above } as const]),
    ...(below === undefined ? [] : [{ kind: 'rtt', relation: '<', value: below } as const]),
  ];
}

export function isOfLasso(condition: Condition, key: string): boolean {
  return condition.kind === 'rtt' || (condition.kind === 'tag' && condition.key === key);
}

/** Those of a radar that are in it. */
export function blipsIn<T extends Pick<Blip, 'ms' | 'colour'>>(
  { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY, groups }: Lasso,
  sectors: readonly Pick<Sector, 'group' | 'colour'>[],
  blips: readonly T[],
): T[] {
  const colours = new Set(sectors.filter(({ group }) => isTaken(groups, group)).map(({ colour }) => colour));
  return blips.filter(({ ms, colour }) => ms > above && ms < below && colours.has(colour));
}

/** It as an area, filled by the rule `evenodd`: sectors side by side have no line between them. */
export function lassoPath(
  view: RadarView,
  sectors: readonly Part[],
  { above, below, groups }: Lasso,
): string {
  const near = above === undefined ? 0 : radiusOf(view, above);
  const far = below === undefined ? view.outer + NEAR : radiusOf(view, below);
  if (near >= far) return '';
  const { x, y } = view.centre;
  return runsOf(sectors, groups)
    .map(({ from, to }) => {
      if (to - from > TURN - 1e-6) return discPath(x, y, far) + (near > 0 ? discPath(x, y, near) : '');
      return `${arcPath(view, from, to, far)}L${arcPath(view, from, to, near, true).slice(1)}Z`;
    })
    .join('');
}

/** `20–60 ms`, `less than 60 ms`, or nothing. */
export function distanceText({ above, below }: Lasso): string {
  if (above === undefined) return below === undefined ? '' : `less than ${below} ms`;
  return below === undefined ? `more than ${above} ms` : `${above}–${below} ms`;
}

/** `eu, us`, or nothing where it is all of them. */
export function groupsText({ groups }: Lasso): string {
  return groups.map((group) => visibleText(group, SHOWN)).join(', ');
}

function polar({ centre }: RadarView, { x, y }: Point) {
  const [right, up] = [x - centre.x, centre.y - y];
  return { radius: Math.hypot(right, up), angle: Math.atan2(right, up) };
}

/** The sectors that an arc meets, the shorter one of the two from one direction to another. */
function between(sectors: readonly Part[], from: number, to: number): readonly Part[] {
  const turn = Math.atan2(Math.sin(to - from), Math.cos(to - from));
  const start = Math.min(from, from + turn);
  const end = Math.max(from, from + turn);
  // Directions are known up to whole turns.
  return sectors.filter((sector) =>
    [-TURN, 0, TURN].some((shift) => sector.from + shift <= end && start < sector.to + shift),
  );
}

/** Taken sectors that are side by side as one, the last and the first as well. */
function runsOf(sectors: readonly Part[], groups: readonly string[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const { group, from, to } of sectors) {
    const last = runs.at(-1);
    if (!isTaken(groups, group)) continue;
    if (last?.to === from) last.to = to;
    else runs.push({ from, to });
  }
  const [first] = runs;
  const last = runs.at(-1);
  if (first && last && first !== last && last.to - first.from > TURN - 1e-6) {
    first.from = last.from - TURN;
    runs.pop();
  }
  return runs;
}

function isTaken(groups: readonly string[], group: string | undefined): boolean {
  return groups.length === 0 || (group !== undefined && groups.includes(group));
}

/** Two digits of it, and so many steps of the second one more. */
function roundMs(ms: number, steps: number): number {
  const step = 10 ** (Math.floor(Math.log10(ms)) - 1);
  return Number(((Math.floor(ms / step) + steps) * step).toPrecision(2));
}
