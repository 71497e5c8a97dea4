import fc from 'fast-check';
import { member } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import {
  blipsIn,
  distanceText,
  type Lasso,
  lassoIn,
  lassoOf,
  lassoPath,
  withLasso,
} from '../../dashboard/src/model/lasso.ts';
import { type Condition, conditionsOf, matches, paramsOf } from '../../dashboard/src/model/member-filter.ts';
import { rowOf } from '../../dashboard/src/model/member-row.ts';
import { type RadarMember, radarOf } from '../../dashboard/src/model/radar.ts';
import { blipPoint, type Point, pointAt, radarView, radiusOf } from '../../dashboard/src/model/radar-view.ts';
import { COLOURS } from '../../dashboard/src/model/tag-groups.ts';

const TURN = 2 * Math.PI;
const VIEW = radarView(800, 700);
const QUARTERS = ['n', 'e', 's', 'w'].map((group, i) => ({
  group,
  from: ((i - 0.5) / 4) * TURN,
  to: ((i + 0.5) / 4) * TURN,
}));
/** A point by hours of a clock and ms. */
const at = (hours: number, ms: number) => pointAt(VIEW, (hours / 12) * TURN, radiusOf(VIEW, ms));
const CENTRE = VIEW.centre;
const OUTSIDE = { x: CENTRE.x + VIEW.outer + 30, y: CENTRE.y };

/** Whether a path of arcs has a point in it; `undefined` within a px of its lines. */
function isInside(path: string, point: Point): boolean | undefined {
  const radius = Math.hypot(point.x - CENTRE.x, point.y - CENTRE.y);
  const angleOf = (x: number, y: number) => Math.atan2(x - CENTRE.x, CENTRE.y - y);
  const clockwise = (from: number, to: number) => (((to - from) % TURN) + TURN) % TURN;
  let inside = false;
  for (const part of path.match(/M[^Zz]+[Zz]/g) ?? []) {
    const numbers = (part.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
    if (part.includes('a')) {
      const [, , disc = 0] = numbers;
      if (Math.abs(radius - disc) <= 1) return undefined;
      if (radius < disc) inside = !inside;
      continue;
    }
    const [x1 = 0, y1 = 0, far = 0, , , large = 0, , x2 = 0, y2 = 0, , , near = 0] = numbers;
    const from = angleOf(x1, y1);
    const width = clockwise(from, angleOf(x2, y2));
    // The corners are written to a tenth of a px.
    if (Math.abs(width - Math.PI) > 0.01) expect(large).toBe(width > Math.PI ? 1 : 0);
    const along = clockwise(from, angleOf(point.x, point.y));
    const edge = Math.min(along, TURN - along, Math.abs(along - width)) * radius;
    if (Math.abs(radius - far) <= 1 || Math.abs(radius - near) <= 1 || edge <= 1) return undefined;
    if (radius > near && radius < far && along < width) inside = true;
  }
  return inside;
}

describe('a drag over the radar', () => {
  test('takes the distances from where it began to where it ends, as numbers of two digits', () => {
    const lasso = lassoOf(VIEW, QUARTERS, at(3, 61.7), at(3, 20.4));
    expect(lasso).toEqual({ above: 20, below: 62, groups: ['e'] });
    expect(lasso && distanceText(lasso)).toBe('20–62 ms');
  });

  test('takes whole sectors, the shorter way round, also over the first of them', () => {
    const groups = (from: number, to: number) => lassoOf(VIEW, QUARTERS, at(from, 5), at(to, 50))?.groups;
    expect(groups(2.9, 3.1)).toEqual(['e']);
    expect(groups(3, 5)).toEqual(['e', 's']);
    expect(groups(10, 1)).toEqual(['n', 'w']);
    expect(groups(1, 10)).toEqual(['n', 'w']);
    expect(groups(8, 4)).toEqual(['e', 's', 'w']);
  });

  test('has no bound beyond the rim, and none from the centre on', () => {
    expect(lassoOf(VIEW, QUARTERS, at(3, 20.4), OUTSIDE)).toEqual({ above: 20, groups: ['e'] });
    expect(lassoOf(VIEW, QUARTERS, at(6, 20.4), CENTRE)).toEqual({ below: 21, groups: ['s'] });
  });

  test.each([VIEW, radarView(2_400, 330, 1)])(
    'that stays outside of the rim takes who is drawn on it',
    (view) => {
      const along = (x: number) => ({ x: view.centre.x + x, y: view.centre.y });
      const rim = 310 * 10 ** view.further;
      const lasso = lassoOf(view, QUARTERS, along(view.outer + 30), along(1_190));
      expect(lasso).toEqual({ above: rim, groups: ['e'] });
      expect(conditionsOf(paramsOf(withLasso([], 'dc', lasso as Lasso)))).toContainEqual({
        kind: 'rtt',
        relation: '>',
        value: rim,
      });
    },
  );

  test('that begins in the centre is a circle', () => {
    expect(lassoOf(VIEW, QUARTERS, CENTRE, at(8, 20.4))).toEqual({ below: 21, groups: [] });
    const whole = lassoOf(VIEW, QUARTERS, CENTRE, OUTSIDE);
    expect(whole).toEqual({ groups: [] });
    expect(withLasso([], 'dc', whole as Lasso)).toEqual([]);
  });

  test('leaves out those that share a sector without a value, unless it takes all', () => {
    const sectors = QUARTERS.map((each) => (each.group === 'e' ? { ...each, group: undefined } : each));
    expect(lassoOf(VIEW, sectors, at(1, 5), at(5, 50))?.groups).toEqual(['n', 's']);
    expect(lassoOf(VIEW, sectors, at(3, 5), at(3, 50))).toBeUndefined();
    expect(lassoOf(VIEW, sectors, CENTRE, at(3, 50))?.groups).toEqual([]);
  });

  test('takes the place of the part before, and leaves a search as it is', () => {
    const before = conditionsOf({ q: 'web rtt>3', tag: ['dc:eu', 'role:db'], status: 'failed' });
    const lasso = { above: 20, below: undefined, groups: ['us'] };
    const after = withLasso(before, 'dc', lasso);
    expect(paramsOf(after)).toEqual({ q: 'web rtt>20', tag: ['role:db', 'dc:us'], status: 'failed' });
    expect(lassoIn(after, 'dc')).toEqual(lasso);
    expect(lassoIn(withLasso(after, 'dc', { groups: [] }), 'dc')).toBeUndefined();
  });

  test('of several bounds the narrowest is drawn', () => {
    expect(lassoIn(conditionsOf({ q: 'rtt<40 rtt>3 rtt<20 rtt>7' }), 'dc')).toEqual({
      above: 7,
      below: 20,
      groups: [],
    });
    expect(lassoPath(VIEW, QUARTERS, { above: 40, below: 20, groups: [] })).toBe('');
  });

  test('who is inside of what is drawn is asked for, and nobody else', () => {
    const groups = ['eu', 'us', 'ap', 'a:b', 'c=d', '<b>', '\u202e', undefined];
    const members = fc.array(
      fc.record({
        group: fc.constantFrom(...groups),
        vector: fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 8, maxLength: 8 }),
      }),
      { minLength: 2, maxLength: 40 },
    );
    const point = fc.record({ x: fc.integer({ min: 0, max: 800 }), y: fc.integer({ min: 0, max: 700 }) });
    fc.assert(
      fc.property(members, point, point, (some, begin, end) => {
        const placed = some.map(({ group, vector }, i): RadarMember => {
          const coordinate = { vector, error: 0.1, adjustment: 0, height: 1e-4 };
          return { name: `n${i}`, group, coordinate, status: 'alive' };
        });
        const { sectors, blips } = radarOf(placed[0] as RadarMember, placed);
        const lasso = lassoOf(VIEW, sectors, begin, end);
        if (!lasso) {
          expect(sectors.some(({ colour, group }) => colour === COLOURS && group === undefined)).toBe(true);
          return;
        }
        // As an address has it.
        const conditions: Condition[] = conditionsOf(paramsOf(withLasso([], 'dc', lasso)));
        const trips = new Map(blips.map(({ name, ms }) => [name, ms]));
        const asked = blips.filter(({ name }) => {
          const group = placed.find((each) => each.name === name)?.group;
          const row = rowOf({ ...member(name), tags: group === undefined ? {} : { dc: group } }, [], 0);
          return matches(conditions, row, (each) => trips.get(each));
        });
        expect(blipsIn(lasso, sectors, blips)).toEqual(asked);
        const path = lassoPath(VIEW, sectors, lasso);
        for (const blip of blips) {
          const inside = isInside(path, blipPoint(VIEW, blip));
          if (inside !== undefined) expect(asked.includes(blip)).toBe(inside);
        }
      }),
    );
  });
});
