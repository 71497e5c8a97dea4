import type { Blip, Sector } from './radar.ts';
import { msOfPosition, scalePosition } from './rtt.ts';

/** A point, in px. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a radar is drawn, in px. */
export interface RadarView {
  readonly centre: Point;
  /** Of the origin's ring, and of the rim. */
  readonly inner: number;
  readonly outer: number;
  /** How many decades further its rings are than those of all other pictures. */
  readonly further: number;
}

/** Below this width the rim is labelled along its arc, in px. */
export const NARROW = 500;
/** Beside a wide one there is room for the labels of sectors, in px. */
const LABEL = { wide: 160, narrow: 110, height: 80 };
/** So far from straight up or down, as a sine, a label stands above or below the rim and not beside it. */
const LEVEL = 0.35;
const ASIDE = { wide: { x: 128, y: 56 }, narrow: { x: 28, y: 28 } };

export function radarView(width: number, height: number, further = 0): RadarView {
  const aside = width < NARROW ? ASIDE.narrow : ASIDE.wide;
  const outer = Math.max(40, Math.min(width / 2 - aside.x, height / 2 - aside.y));
  return { centre: { x: width / 2, y: height / 2 }, inner: outer < 200 ? 8 : 18, outer, further };
}

/** A round trip in ms as a radius. */
export function radiusOf({ inner, outer, further }: RadarView, ms: number): number {
  return inner + (outer - inner) * scalePosition(ms, further);
}

/** The round trip in ms at a radius. */
export function msAt({ inner, outer, further }: RadarView, radius: number): number {
  return msOfPosition((radius - inner) / (outer - inner), further);
}

/** A direction, in radians clockwise from straight up, at a radius. */
export function pointAt({ centre }: RadarView, angle: number, radius: number): Point {
  return { x: centre.x + radius * Math.sin(angle), y: centre.y - radius * Math.cos(angle) };
}

export function blipPoint(view: RadarView, { angle, ms }: Pick<Blip, 'angle' | 'ms'>): Point {
  return pointAt(view, angle, radiusOf(view, ms));
}

/** The blip that is nearest to a point and within reach of it, in px. */
export function blipAt<T extends Pick<Blip, 'angle' | 'ms'>>(
  view: RadarView,
  blips: readonly T[],
  { x, y }: Point,
  reach: number,
): T | undefined {
  let nearest: T | undefined;
  let best = reach * reach;
  for (const blip of blips) {
    const point = blipPoint(view, blip);
    const square = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (square > best) continue;
    best = square;
    nearest = blip;
  }
  return nearest;
}

/** Rings in ms: whole decades are drawn stronger. */
export function ringsOf(further: number): { readonly ms: number; readonly decade: boolean }[] {
  return [1, 3, 10, 30, 100].map((ms) => ({ ms: ms * 10 ** further, decade: ms !== 3 && ms !== 30 }));
}

/** An arc of a circle as the path of an SVG; clockwise, or the other way round. */
export function arcPath(view: RadarView, from: number, to: number, radius: number, back = false): string {
  const whole = to - from > 2 * Math.PI - 1e-6;
  const end = whole ? to - 1e-3 : to;
  const [a, b] = back ? [end, from] : [from, end];
  const start = pointAt(view, a, radius);
  const stop = pointAt(view, b, radius);
  const large = end - from > Math.PI ? 1 : 0;
  return `M${px(start.x)} ${px(start.y)}A${px(radius)} ${px(radius)} 0 ${large} ${back ? 0 : 1} ${px(stop.x)} ${px(stop.y)}`;
}

/** A sector as an area. */
export function wedgePath(view: RadarView, { from, to }: Pick<Sector, 'from' | 'to'>): string {
  const { centre, outer } = view;
  if (to - from > 2 * Math.PI - 1e-6) return `${arcPath(view, from, to, outer)}Z`;
  return `M${px(centre.x)} ${px(centre.y)}L${arcPath(view, from, to, outer).slice(1)}Z`;
}

/** Where the numbers of the rings stand: on the boundary of two sectors that is nearest to straight down. */
export function ringLabelAngle(sectors: readonly Pick<Sector, 'from'>[]): number {
  if (sectors.length < 2) return Math.PI;
  const away = (angle: number) => Math.abs(angle - Math.PI);
  return sectors.map(({ from }) => from).reduce((a, b) => (away(b) < away(a) ? b : a));
}

/** Where the label of a sector stands, outside of the rim: its base line, and all the room it takes. */
export function rimLabel(view: RadarView, angle: number) {
  const { x, y } = pointAt(view, angle, view.outer + 14);
  const side = Math.sin(angle);
  const level = Math.abs(side) < LEVEL;
  const width = level ? LABEL.wide : LABEL.narrow;
  const left = level ? x - width / 2 : side > 0 ? x : x - width;
  return {
    x,
    y: y + (level ? (Math.cos(angle) < 0 ? 12 : -18) : 0),
    anchor: level ? 'middle' : side > 0 ? 'start' : 'end',
    box: { x: left, y: y - LABEL.height / 2, width, height: LABEL.height },
  };
}

function px(value: number): string {
  return value.toFixed(1);
}
