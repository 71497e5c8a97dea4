/** So often a direction is turned towards the axis: enough for what is read off, which is an order. */
const TURNS = 60;

/** The two directions in which points differ most, each of length 1. The same points have the same axes: there is no chance in it. */
export function principalAxes(points: readonly (readonly number[])[]): readonly [number[], number[]] {
  const size = points[0]?.length ?? 0;
  const matrix = covariance(points, size);
  const first = axisOf(matrix, size, []);
  return [first, axisOf(matrix, size, first)];
}

/** The angle of a point as seen from another one, in the plane of two axes: from 0 to below 2π. */
export function angleFrom(
  origin: readonly number[],
  point: readonly number[],
  [first, second]: readonly [readonly number[], readonly number[]],
): number {
  let x = 0;
  let y = 0;
  // Without a list for each point: there may be ten thousand.
  for (let i = 0; i < point.length; i++) {
    const delta = (point[i] ?? 0) - (origin[i] ?? 0);
    x += delta * (first[i] ?? 0);
    y += delta * (second[i] ?? 0);
  }
  const angle = Math.atan2(y, x);
  return angle < 0 ? angle + 2 * Math.PI : angle;
}

function covariance(points: readonly (readonly number[])[], size: number): number[][] {
  const mean = new Float64Array(size);
  for (const point of points) for (let i = 0; i < size; i++) mean[i] = (mean[i] ?? 0) + (point[i] ?? 0);
  for (let i = 0; i < size; i++) mean[i] = (mean[i] ?? 0) / points.length;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const point of points)
    for (let i = 0; i < size; i++) {
      const row = matrix[i] as number[];
      const delta = (point[i] ?? 0) - (mean[i] ?? 0);
      for (let j = 0; j < size; j++) row[j] = (row[j] ?? 0) + delta * ((point[j] ?? 0) - (mean[j] ?? 0));
    }
  return matrix;
}

/** What is smaller than this share of all that differs is rounding. */
const ROUNDING = 1e-12;

/** By power iteration, across what was found before. Where nothing differs any more, any direction that is across it. */
function axisOf(matrix: readonly (readonly number[])[], size: number, across: readonly number[]): number[] {
  const all = matrix.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  let axis = unit(withoutPart(startOf(size, across), across));
  for (let turn = 0; turn < TURNS; turn++) {
    const next = withoutPart(
      matrix.map((row) => dot(row, axis)),
      across,
    );
    if (Math.hypot(...next) <= ROUNDING * all) break;
    axis = unit(withoutPart(unit(next), across));
  }
  const largest = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

/** No direction of the coordinate system itself, which nothing may differ in, and none along the other axis. */
function startOf(size: number, across: readonly number[]): number[] {
  const least = across.reduce((at, value, i) => (Math.abs(value) < Math.abs(across[at] ?? 0) ? i : at), 0);
  return Array.from({ length: size }, (_, i) => 1 + i / 7 + (i === least ? 1 : 0));
}

function withoutPart(vector: readonly number[], along: readonly number[]): number[] {
  const length = dot(vector, along);
  return vector.map((value, i) => value - length * (along[i] ?? 0));
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
