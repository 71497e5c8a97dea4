import type { Coordinate } from 'rxserf';
import type { ShownStatus } from './member-row.ts';
import { angleFrom, principalAxes } from './principal-axes.ts';
import { errorOf, estimatedRtt } from './rtt.ts';
import { COLOURS, TagGroups } from './tag-groups.ts';

/** One member, as the radar needs to know it. */
export interface RadarMember {
  readonly name: string;
  /** The value of the tag that sectors stand for. */
  readonly group: string | undefined;
  readonly coordinate: Coordinate;
  readonly status: ShownStatus;
}

/** A member on the radar. */
export interface Blip {
  readonly name: string;
  /** The estimated round trip to the origin, in ms, and how wrong it may be. */
  readonly ms: number;
  readonly error: number;
  readonly status: ShownStatus;
  /** Its colour: an index of `tag-groups.ts`. */
  readonly colour: number;
  /** Clockwise from straight up, in radians. */
  readonly angle: number;
}

/** A part of the circle. */
export interface Sector {
  /** The value of the tag; `undefined`: of all others, or of all. */
  readonly group: string | undefined;
  readonly colour: number;
  /** In radians, clockwise from straight up; the first of them may begin below 0. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Of those that are alive, in ms. */
  readonly median: number | undefined;
}

/** Who is where around one member. */
export interface Radar {
  readonly origin: string;
  readonly sectors: readonly Sector[];
  /** The nearest first. The origin is none of them. */
  readonly blips: readonly Blip[];
  /** The order around the circle in each sector, by the sector's colour. */
  readonly order: ReadonlyMap<number, readonly string[]>;
  /** The plane that directions are seen in, and how many coordinates it and the order were made from. */
  readonly axes: Axes;
  readonly madeFrom: number;
}

type Axes = ReturnType<typeof principalAxes>;

const TURN = 2 * Math.PI;
/** The narrowest sector, and the space at both of its ends, in radians. */
const NARROWEST = (24 / 360) * TURN;
const SPACE = (4 / 360) * TURN;

/**
 * Places members around one of them. What is read off is exact: the distance. The direction keeps neighbours together, and stays when
 * coordinates move: `before` gives its order on, until twice as many are known.
 */
export function radarOf(origin: RadarMember, members: readonly RadarMember[], before?: Radar): Radar {
  const others = members.filter(({ name }) => name !== origin.name);
  const grouped = members.some(({ group }) => group !== undefined);
  const groups = new TagGroups(others.concat(origin).map(({ group }) => group));
  const angleOf = ({ coordinate }: RadarMember) =>
    angleFrom(origin.coordinate.vector, coordinate.vector, axes);
  const kept = before?.origin === origin.name && members.length < 2 * before.madeFrom ? before : undefined;
  const axes = kept?.axes ?? principalAxes(members.map(({ coordinate }) => coordinate.vector));
  const byColour = new Map<number, RadarMember[]>();
  for (const member of others) {
    const colour = grouped ? groups.indexOf(member.group) : 0;
    const some = byColour.get(colour);
    if (some) some.push(member);
    else byColour.set(colour, [member]);
  }
  const home = grouped ? groups.indexOf(origin.group) : 0;
  const colours = around(byColour, home, angleOf, kept?.order);
  const widths = widthsOf(colours.map((colour) => byColour.get(colour)?.length ?? 0));
  const order = new Map<number, readonly string[]>();
  const sectors: Sector[] = [];
  const blips: Blip[] = [];
  let from = colours[0] === home && colours.length > 1 ? -(widths[0] ?? 0) / 2 : 0;
  for (const [at, colour] of colours.entries()) {
    const some = byColour.get(colour) ?? [];
    const to = from + (widths[at] ?? 0);
    const angles = new Map(some.map((member) => [member.name, angleOf(member)]));
    const names = inOrder(angles, kept?.order.get(colour) ?? []);
    order.set(colour, names);
    const rank = new Map(names.map((name, index) => [name, index]));
    const space = colours.length > 1 ? SPACE : 0;
    const trips: number[] = [];
    for (const member of some) {
      const ms = estimatedRtt(origin.coordinate, member.coordinate);
      if (member.status === 'alive') trips.push(ms);
      const share = ((rank.get(member.name) ?? 0) + 0.5) / names.length;
      blips.push({
        name: member.name,
        ms,
        error: errorOf(origin.coordinate, member.coordinate),
        status: member.status,
        colour,
        angle: grouped ? from + space + (to - from - 2 * space) * share : (angles.get(member.name) ?? 0),
      });
    }
    const group = grouped && colour < COLOURS ? groups.values[colour] : undefined;
    sectors.push({ group, colour, from, to, count: some.length, median: medianOf(trips) });
    from = to;
  }
  blips.sort((a, b) => a.ms - b.ms || (a.name < b.name ? -1 : 1));
  return {
    origin: origin.name,
    sectors,
    blips,
    order,
    axes,
    madeFrom: kept?.madeFrom ?? members.length,
  };
}

/** The sectors clockwise: that of the origin first, the others by the mean direction of their members. */
function around(
  byColour: ReadonlyMap<number, readonly RadarMember[]>,
  home: number,
  angleOf: (member: RadarMember) => number,
  kept: ReadonlyMap<number, unknown> | undefined,
): number[] {
  const colours = [...byColour.keys()];
  if (kept && colours.length === kept.size && colours.every((colour) => kept.has(colour)))
    return [...kept.keys()];
  const mean = new Map(
    colours.map((colour) => [colour, meanAngle((byColour.get(colour) ?? []).map(angleOf))]),
  );
  const key = (colour: number) => (colour === home ? -1 : (mean.get(colour) ?? 0));
  return colours.sort((a, b) => key(a) - key(b));
}

function meanAngle(angles: readonly number[]): number {
  const x = angles.reduce((sum, angle) => sum + Math.cos(angle), 0);
  const y = angles.reduce((sum, angle) => sum + Math.sin(angle), 0);
  return (Math.atan2(y, x) + TURN) % TURN;
}

/** By the square root of their members, so that a small one is seen beside a large one. Together they are the circle. */
function widthsOf(counts: readonly number[]): number[] {
  const roots = counts.map(Math.sqrt);
  let narrow = new Set<number>();
  for (;;) {
    const free = TURN - narrow.size * NARROWEST;
    const sum = roots.reduce((all, root, at) => all + (narrow.has(at) ? 0 : root), 0);
    const widths = roots.map((root, at) => (narrow.has(at) ? NARROWEST : (free * root) / sum));
    const more = widths.flatMap((width, at) => (width < NARROWEST && !narrow.has(at) ? [at] : []));
    if (more.length === 0) return widths;
    narrow = new Set([...narrow, ...more]);
  }
}

/** By angle; who was there before stays in the order of then, and who is new comes before the first of them with a larger angle. */
function inOrder(angles: ReadonlyMap<string, number>, before: readonly string[]): string[] {
  const stay = before.filter((name) => angles.has(name));
  const known = new Set(stay);
  const fresh = [...angles].filter(([name]) => !known.has(name));
  fresh.sort(([a, some], [b, others]) => some - others || (a < b ? -1 : 1));
  const order: string[] = [];
  let next = 0;
  for (const name of stay) {
    const angle = angles.get(name) ?? 0;
    for (let each = fresh[next]; each && each[1] < angle; each = fresh[++next]) order.push(each[0]);
    order.push(name);
  }
  return [...order, ...fresh.slice(next).map(([name]) => name)];
}

function medianOf(values: number[]): number | undefined {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
