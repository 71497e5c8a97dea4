import type { Blip } from './radar.ts';
import { cellOf } from './radar-labels.ts';
import { blipPoint, pointAt, type RadarView, radiusOf } from './radar-view.ts';
import { eachOf, type Steps } from './steps.ts';
import { COLOURS, discPath, shapePath } from './tag-groups.ts';

/** With more members in a sector dots are smaller, and smaller still with far more. */
const MANY = 150;
const VERY_MANY = 1_500;

/** All dots of a radar as a few paths: ten thousand members cost a page as many elements as ten. */
export interface RadarPaths {
  readonly alive: readonly { readonly colour: string; readonly path: string }[];
  /** Whether dots are large enough for a line around them. */
  readonly outlined: boolean;
  /** What stands under the marks of those who are not alive. */
  readonly discs: string;
  readonly marks: readonly { readonly status: string; readonly path: string }[];
  /** The filled half of who is leaving. */
  readonly halves: string;
  /** Ticks at the rim, of those who are beyond it. */
  readonly beyond: string;
  /** Where there is a dot, for labels: cells of `radar-labels.ts`. */
  readonly cells: ReadonlySet<number>;
}

/**
 * In steps, as ten thousand members take several frames.
 *
 * @param most members of the largest sector; without it, the picture is a small one
 */
export function* radarPaths(view: RadarView, blips: readonly Blip[], most?: number): Steps<RadarPaths> {
  const size = most === undefined ? 6 : most > VERY_MANY ? 4 : most > MANY ? 6 : 10;
  const scale = most === undefined ? 0.75 : 1;
  const alive = new Map<number, string>();
  const shapes = Array.from({ length: COLOURS + 1 }, (_, colour) => shapePath(colour, size));
  const cells = new Set<number>();
  const marks = { failed: '', leaving: '', flapping: '' };
  let discs = '';
  let halves = '';
  let beyond = '';
  yield* eachOf(blips, (blip) => {
    const { x, y } = blipPoint(view, blip);
    cells.add(cellOf(x, y));
    const at = (dx: number, dy: number) => `${(x + dx * scale).toFixed(1)} ${(y + dy * scale).toFixed(1)}`;
    if (radiusOf(view, blip.ms) === view.outer) {
      const end = pointAt(view, blip.angle, view.outer + 6);
      beyond += `M${at(0, 0)}L${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
    }
    if (blip.status === 'alive' || blip.status === 'left') {
      alive.set(blip.colour, (alive.get(blip.colour) ?? '') + shapes[blip.colour]?.(x, y));
      return;
    }
    discs += discPath(x, y, 6.5 * scale);
    if (blip.status === 'failed') marks.failed += `M${at(-4, -4)}L${at(4, 4)}M${at(4, -4)}L${at(-4, 4)}`;
    else if (blip.status === 'flapping')
      marks.flapping += `M${at(-5.5, 3.8)}L${at(-2.75, -3.8)}L${at(0, 3.8)}L${at(2.75, -3.8)}L${at(5.5, 3.8)}`;
    else {
      marks.leaving += discPath(x, y, 4.5 * scale);
      halves += `M${at(0, -4.5)}A${4.5 * scale} ${4.5 * scale} 0 0 0 ${at(0, 4.5)}Z`;
    }
  });
  return {
    alive: [...alive].map(([colour, path]) => ({ colour: `var(--c${colour})`, path })),
    outlined: size > 4,
    discs,
    marks: Object.entries(marks).map(([status, path]) => ({ status, path })),
    halves,
    beyond,
    cells,
  };
}
