import type { Coordinate } from 'rxserf';
import type { ShownStatus } from './member-row.ts';
import { angleFrom, principalAxes } from './principal-axes.ts';
import { errorOf, estimatedRtt } from './rtt.ts';
import { eachOf, finish, type Steps } from './steps.ts';
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
  return finish(radarSteps(origin, members, before));
}

/** A radar with nobody on it yet. */
export function bareRadar({ name }: Pick<RadarMember, 'name'>): Radar {
  return { origin: name, sectors: [], blips: [], order: new Map(), axes: [[], []], madeFrom: 0 };
}

/** {@link radarOf} in steps: ten thousand members take several frames. */
export function* radarSteps(
  origin: RadarMember,
  members: readonly RadarMember[],
  before?: Radar,
): Steps<Radar> {
  const others = members.filter(({ name }) => name !== origin.name);
  const grouped = members.some(({ group }) => group !== undefined);
  const groups = new TagGroups(members.map(({ group }) => group));
  yield;
  const kept = before?.origin === origin.name && members.length < 2 * before.madeFrom ? before : undefined;
  const axes = kept?.axes ?? principalAxes(members.map(({ coordinate }) => coordinate.vector));
  yield;
  // Of each of the others, by its index.
  const angles = new Float64Array(others.length);
  const byColour = new Map<number, number[]>();
  yield* eachOf(others, ({ coordinate, group }, index) => {
    angles[index] = angleFrom(origin.coordinate.vector, coordinate.vector, axes);
    const colour = grouped ? groups.indexOf(group) : 0;
    const some = byColour.get(colour);
    if (some) some.push(index);
    else byColour.set(colour, [index]);
  });
  const home = grouped ? groups.indexOf(origin.group) : 0;
  const colours = around(byColour, home, angles, kept?.order);
  const widths = widthsOf(colours.map((colour) => byColour.get(colour)?.length ?? 0));
  const order = new Map<number, readonly string[]>();
  const sectors: Sector[] = [];
  const blips: Blip[] = [];
  let from = colours[0] === home && colours.length > 1 ? -(widths[0] ?? 0) / 2 : 0;
  for (const [at, colour] of colours.entries()) {
    const to = from + (widths[at] ?? 0);
    const some = inOrder(byColour.get(colour) ?? [], angles, others, kept?.order.get(colour));
    yield;
    const space = colours.length > 1 ? SPACE : 0;
    const first = from + space;
    const step = (to - from - 2 * space) / some.length;
    const trips: number[] = [];
    const names: string[] = [];
    yield* eachOf(some, (index, rank) => {
      const { name, coordinate, status } = others[index] as RadarMember;
      const ms = estimatedRtt(origin.coordinate, coordinate);
      if (status === 'alive') trips.push(ms);
      const error = errorOf(origin.coordinate, coordinate);
      const angle = grouped ? first + step * (rank + 0.5) : (angles[index] ?? 0);
      names.push(name);
      blips.push({ name, ms, error, status, colour, angle });
    });
    order.set(colour, names);
    const group = grouped && colour < COLOURS ? groups.values[colour] : undefined;
    sectors.push({ group, colour, from, to, count: some.length, median: medianOf(trips) });
    from = to;
  }
  yield;
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
  byColour: ReadonlyMap<number, readonly number[]>,
  home: number,
  angles: Float64Array,
  kept: ReadonlyMap<number, unknown> | undefined,
): number[] {
  if (kept && byColour.size === kept.size && [...byColour.keys()].every((colour) => kept.has(colour)))
    return [...kept.keys()];
  const mean = new Map([...byColour].map(([colour, some]) => [colour, meanAngle(some, angles)]));
  const key = (colour: number) => (colour === home ? -1 : (mean.get(colour) ?? 0));
  return [...byColour.keys()].sort((a, b) => key(a) - key(b));
}

function meanAngle(some: readonly number[], angles: Float64Array): number {
  let x = 0;
  let y = 0;
  for (const index of some) {
    x += Math.cos(angles[index] ?? 0);
    y += Math.sin(angles[index] ?? 0);
  }
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

/**
 * Indices of members by angle; who was there before stays in the order of then, and who is new comes before the first of them with a
 * larger angle.
 */
function inOrder(
  some: readonly number[],
  angles: Float64Array,
  members: readonly RadarMember[],
  before: readonly string[] = [],
): number[] {
  const nameOf = (index: number) => (members[index] as RadarMember).name;
  const angleOf = (index: number) => angles[index] as number;
  const rest = new Set(some);
  const stay: number[] = [];
  if (before.length > 0) {
    const byName = new Map(some.map((index) => [nameOf(index), index]));
    for (const name of before) {
      const index = byName.get(name);
      if (index !== undefined && rest.delete(index)) stay.push(index);
    }
  }
  const fresh = [...rest].sort((a, b) => angleOf(a) - angleOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
  const order: number[] = [];
  let next = 0;
  for (const index of stay) {
    for (let each = fresh[next]; each !== undefined && angleOf(each) < angleOf(index); each = fresh[++next])
      order.push(each);
    order.push(index);
  }
  for (; next < fresh.length; next++) order.push(fresh[next] as number);
  return order;
}

function medianOf(values: readonly number[]): number | undefined {
  // A typed array is sorted as numbers without a function.
  return Float64Array.from(values).sort()[values.length >> 1];
}
