import fc from 'fast-check';
import type { Coordinate } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { A_TURN, ASKED_AGAIN, CoordinateTurns } from '../../dashboard/src/model/coordinate-turns.ts';
import { angleFrom, principalAxes } from '../../dashboard/src/model/principal-axes.ts';
import { type Radar, type RadarMember, radarOf } from '../../dashboard/src/model/radar.ts';
import { cellOf, placeLabels } from '../../dashboard/src/model/radar-labels.ts';
import { radarPaths } from '../../dashboard/src/model/radar-paths.ts';
import {
  blipAt,
  blipPoint,
  pointAt,
  radarView,
  radiusOf,
  ringLabelAngle,
  wedgePath,
} from '../../dashboard/src/model/radar-view.ts';
import { betterRings, errorOf, estimatedRtt } from '../../dashboard/src/model/rtt.ts';
import { finish } from '../../dashboard/src/model/steps.ts';
import { COLOURS, TagGroups } from '../../dashboard/src/model/tag-groups.ts';

const TURN = 2 * Math.PI;
const at = (...vector: number[]): Coordinate => ({
  vector: [...vector, ...new Array<number>(8 - vector.length).fill(0)],
  error: 0.1,
  adjustment: 0,
  height: 0.0001,
});
const place = fc
  .array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 8, maxLength: 8 })
  .map((vector) => at(...vector));
const someMembers = fc
  .array(fc.record({ coordinate: place, group: fc.constantFrom('eu', 'us', 'ap', undefined) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((list) =>
    list.map((each, i): RadarMember => ({ ...each, name: `n${i}`, status: i % 5 > 0 ? 'alive' : 'failed' })),
  );
const memberOf = (name: string, group: string | undefined, ...vector: number[]): RadarMember => ({
  name,
  group,
  coordinate: at(...vector),
  status: 'alive',
});
const orderOf = (radar: Radar) => [...radar.order.values()].flat();

describe('the radar', () => {
  test('every distance is the round trip, every member is in its sector, and the sectors are the circle', () => {
    fc.assert(
      fc.property(someMembers, (members) => {
        const [origin] = members as [RadarMember];
        const { blips, sectors } = radarOf(origin, members);
        expect(blips.map(({ name }) => name).sort()).toEqual(
          members
            .slice(1)
            .map(({ name }) => name)
            .sort(),
        );
        for (const { name, ms, colour, angle, error } of blips) {
          const { coordinate } = members.find((each) => each.name === name) as RadarMember;
          expect(ms).toBe(estimatedRtt(origin.coordinate, coordinate));
          expect(error).toBe(errorOf(origin.coordinate, coordinate));
          const sector = sectors.find((each) => each.colour === colour);
          expect(angle).toBeGreaterThanOrEqual(sector?.from as number);
          expect(angle).toBeLessThanOrEqual(sector?.to as number);
        }
        expect(blips.map(({ ms }) => ms)).toEqual([...blips.map(({ ms }) => ms)].sort((a, b) => a - b));
        if (sectors.length === 0) return;
        const width = sectors.reduce((sum, { from, to }) => sum + to - from, 0);
        expect(width).toBeCloseTo(TURN, 6);
        for (const { from, to } of sectors) expect(to - from).toBeGreaterThan((23.9 / 360) * TURN);
      }),
    );
  });

  test('the sector of the origin is straight up, and the others follow clockwise', () => {
    const eu = Array.from({ length: 9 }, (_, i) => memberOf(`eu-${i}`, 'eu', i / 1e5, 0));
    const us = Array.from({ length: 4 }, (_, i) => memberOf(`us-${i}`, 'us', 0.08, i / 1e5));
    const { sectors } = radarOf(eu[0] as RadarMember, [...us, ...eu]);
    expect(sectors.map(({ group }) => group)).toEqual(['eu', 'us']);
    const [home] = sectors;
    expect((home?.from ?? 0) + (home?.to ?? 0)).toBeCloseTo(0, 9);
    expect(sectors[1]?.median).toBeCloseTo(80.2, 1);
  });

  test('who is there keeps its neighbours when coordinates move; who is new comes between', () => {
    fc.assert(
      fc.property(someMembers, fc.array(place, { minLength: 40, maxLength: 40 }), (members, moved) => {
        const some = members.slice(0, Math.max(1, members.length - 1));
        fc.pre(members.length < 2 * some.length);
        const [origin] = members as [RadarMember];
        const before = radarOf(origin, some);
        const after = radarOf(
          origin,
          members.map((each, i) => ({ ...each, coordinate: moved[i] as Coordinate })),
          before,
        );
        const known = new Set(orderOf(before));
        for (const [colour, names] of before.order)
          if (before.order.size === after.order.size)
            expect(after.order.get(colour)?.filter((name) => known.has(name))).toEqual(names);
      }),
    );
  });

  test('with twice as many known, the order is made anew', () => {
    const ring = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        memberOf(`n${i}`, 'eu', Math.cos((i / count) * TURN) / 100, Math.sin((i / count) * TURN) / 100),
      );
    const origin = memberOf('me', 'eu');
    const before = radarOf(origin, [origin, ...ring(3)]);
    expect(before.madeFrom).toBe(4);
    expect(radarOf(origin, [origin, ...ring(5)], before).madeFrom).toBe(4);
    expect(radarOf(origin, [origin, ...ring(7)], before).madeFrom).toBe(8);
    expect(radarOf(ring(1)[0] as RadarMember, [origin, ...ring(5)], before).madeFrom).toBe(6);
  });

  test('without a tag there is one circle, and the direction is that of the axes', () => {
    const origin = memberOf('me', undefined);
    const others = [memberOf('a', undefined, 0.05, 0), memberOf('b', undefined, -0.05, 0)];
    const { sectors, blips } = radarOf(origin, [origin, ...others]);
    expect(sectors).toMatchObject([{ group: undefined, from: 0, to: TURN, count: 2 }]);
    const [a, b] = blips.map(({ angle }) => angle) as [number, number];
    expect(Math.abs(a - b)).toBeCloseTo(Math.PI, 6);
  });
});

describe('axes', () => {
  test('are across each other, and no direction differs more than the first', () => {
    const many = fc
      .array(place, { minLength: 3, maxLength: 30 })
      .map((all) => all.map(({ vector }) => vector));
    const spread = (points: readonly (readonly number[])[], axis: readonly number[]) => {
      const along = points.map((point) => point.reduce((sum, value, i) => sum + value * (axis[i] ?? 0), 0));
      const mean = along.reduce((a, b) => a + b, 0) / along.length;
      return along.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    };
    fc.assert(
      fc.property(many, place, (points, { vector }) => {
        const [first, second] = principalAxes(points);
        const length = Math.hypot(...vector);
        fc.pre(length > 1e-3);
        expect(first.reduce((sum, value, i) => sum + value * (second[i] ?? 0), 0)).toBeCloseTo(0, 6);
        const any = spread(
          points,
          vector.map((value) => value / length),
        );
        // By power iteration: near, where two directions differ by as much.
        expect(spread(points, first)).toBeGreaterThanOrEqual(any * 0.9);
      }),
    );
  });

  test('points that are all the same have some axes, and an angle', () => {
    const point = [1, 2, 3];
    const axes = principalAxes([point, point]);
    expect(axes.flat().every(Number.isFinite)).toBe(true);
    expect(angleFrom(point, point, axes)).toBe(0);
    expect(principalAxes([])).toEqual([[], []]);
  });
});

describe('on the screen', () => {
  const view = radarView(700, 600);

  test('the rim is 316 ms, a ring is a third of a decade or more from the next, and up is up', () => {
    expect(radiusOf(view, 316.3)).toBe(view.outer);
    expect(radiusOf(view, 5_000)).toBe(view.outer);
    expect(radiusOf(view, 0)).toBe(view.inner);
    expect(radiusOf({ ...view, further: 1 }, 1_000)).toBe(radiusOf(view, 100));
    expect(pointAt(view, 0, 100)).toEqual({ x: 350, y: 200 });
    expect(pointAt(view, TURN / 4, 100).x).toBeCloseTo(450, 9);
  });

  test('a pointer finds the nearest within its reach', () => {
    const blips = [
      { name: 'a', ms: 10, angle: 0 },
      { name: 'b', ms: 100, angle: 0 },
    ];
    const { x, y } = blipPoint(view, { ms: 100, angle: 0 });
    expect(blipAt(view, blips, { x: x + 4, y: y + 4 }, 12)?.name).toBe('b');
    expect(blipAt(view, blips, { x: x + 14, y }, 12)).toBeUndefined();
  });

  test('the rings are labelled at the boundary that is nearest to straight down', () => {
    expect(ringLabelAngle([{ from: -1 }, { from: 1 }, { from: 3 }])).toBe(3);
    expect(ringLabelAngle([{ from: 0 }])).toBe(Math.PI);
  });

  test('a sector that is the whole circle is drawn as one', () => {
    expect(wedgePath(view, { from: 0, to: TURN })).not.toContain('L');
    expect(wedgePath(view, { from: 0, to: 1 })).toMatch(/^M350\.0 300\.0L/);
  });

  test('every member that is alive has one shape of its colour, where it is; many are the same as one after the other', () => {
    const radar = radarOf(
      memberOf('me', 'eu', 0),
      Array.from({ length: 2_500 }, (_, i) => memberOf(`n${i}`, ['eu', 'us', 'ap'][i % 3], i / 1e5, i / 1e6)),
    );
    const { alive, cells } = finish(radarPaths(view, radar.blips, 900));
    const corners = alive.flatMap(({ path }) => [...path.matchAll(/M(-?[\d.]+) (-?[\d.]+)/g)]);
    expect(corners).toHaveLength(2_500);
    const byColour = (colour: number) => radar.blips.filter((blip) => blip.colour === colour);
    const inOrder = [...new Set(radar.blips.map(({ colour }) => colour))].flatMap(byColour);
    for (const [i, blip] of inOrder.entries()) {
      const { x, y } = blipPoint(view, blip);
      expect(Math.hypot(Number(corners[i]?.[1]) - x, Number(corners[i]?.[2]) - y)).toBeLessThan(5);
      expect(cells.has(cellOf(x, y))).toBe(true);
    }
  });

  test('labels cover neither dots nor each other nor the edge, and the first ones have the choice', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) });
    const measure = (text: string) => 7 * text.length;
    fc.assert(
      fc.property(fc.array(point, { maxLength: 60 }), fc.array(point, { maxLength: 30 }), (dots, others) => {
        const wishes = dots.map((dot, i) => ({ text: `web-${i}`, at: dot, away: 8, kind: 'any' }));
        const labels = placeLabels(wishes, {
          width: 400,
          height: 300,
          dots: new Set([...dots, ...others].map(({ x, y }) => cellOf(x, y))),
          taken: [],
          most: 12,
          measure,
        });
        expect(labels.length).toBeLessThanOrEqual(12);
        const boxes = labels.map(({ x, y, text }) => ({ x, y: y - 12, width: measure(text), height: 16 }));
        for (const [i, a] of boxes.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= 400 && a.y + a.height <= 300).toBe(true);
          for (const { x, y } of [...dots, ...others])
            expect(x >= a.x && x <= a.x + a.width && y >= a.y && y <= a.y + a.height).toBe(false);
          for (const b of boxes.slice(i + 1))
            expect(
              a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
            ).toBe(false);
        }
      }),
    );
    const alone = placeLabels([{ text: 'me', at: { x: 100, y: 100 }, away: 10, kind: 'any' }], {
      width: 400,
      height: 300,
      dots: new Set(),
      taken: [],
      most: 1,
      measure,
    });
    expect(alone).toMatchObject([{ x: 110 }]);
  });

  test('other rings are offered where these do not fit', () => {
    expect(betterRings([0.5, 2.9])).toBe(-1);
    expect(betterRings([0.5, 80])).toBe(0);
    expect(betterRings([1, 400])).toBe(1);
    expect(betterRings([...new Array<number>(40).fill(50), 400])).toBe(0);
    expect(betterRings([])).toBe(0);
  });
});

describe('colours', () => {
  test('a value has its own while it is among the most frequent; counts do not change it', () => {
    const few = new TagGroups(['us', 'eu', 'eu', undefined]);
    const more = new TagGroups(['us', 'us', 'us', 'eu']);
    expect(few.values).toEqual(['eu', 'us']);
    expect(more.indexOf('eu')).toBe(few.indexOf('eu'));
    const many = new TagGroups(Array.from({ length: 30 }, (_, i) => `v${i % 10}`));
    expect(many.values).toHaveLength(COLOURS);
    expect(many.indexOf('v9')).toBe(COLOURS);
    expect(many.indexOf(undefined)).toBe(COLOURS);
  });
});

describe('coordinates are asked for in turns', () => {
  const names = (count: number) => new Map(Array.from({ length: count }, (_, i) => [`n${i}`, i]));

  test('everybody once, so many at a time, and again after a minute, the longest ago first', () => {
    const turns = new CoordinateTurns();
    const all = names(450);
    const asked = [0, 500, 1_000, 1_500].map((now) => turns.next(all, now));
    expect(asked.map(({ length }) => length)).toEqual([A_TURN, A_TURN, 50, 0]);
    expect(new Set(asked.flat()).size).toBe(450);
    expect(turns.again).toBe(ASKED_AGAIN);
    expect(turns.next(all, ASKED_AGAIN)).toEqual(asked[0]);
    expect(turns.again).toBe(ASKED_AGAIN + 500);
  });

  test('who is new comes first; who is gone is forgotten', () => {
    const turns = new CoordinateTurns();
    turns.next(names(3), 0);
    expect(turns.next(new Map([...names(3), ['new', 0]]), 10)).toEqual(['new']);
    expect(turns.next(new Map(), 20)).toEqual([]);
    expect(turns.again).toBeUndefined();
    expect(turns.next(names(1), 30)).toEqual(['n0']);
  });
});
