import { styleText } from 'node:util';
import type { MemberStatus } from '../../model.ts';
import { cut, pad, widthOf } from './text.ts';

export type Style = Parameters<typeof styleText>[0];

/** Printable text of one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** One line of output, before it is known how wide it may be and whether there are colours. */
export type Line = readonly Span[];

export function span(text: string, style?: Style): Span {
  return { text, style };
}

/** Columns of equal width, two spaces apart; the last one is as wide as it is. */
export function table(rows: readonly Line[]): Line[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, { text }] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(text));
  }
  return rows.map((row) =>
    row.map(({ text, style }, i) =>
      span(i < row.length - 1 ? pad(text, (widths[i] as number) + 2) : text, style),
    ),
  );
}

/** A line as it is printed: cut to `width` cells, without a blank at its end. */
export function paint(line: Line, colours: boolean, width = Number.POSITIVE_INFINITY): string {
  let left = width;
  let painted = '';
  for (const [i, { text, style }] of line.entries()) {
    const last = i === line.length - 1;
    const shown = cut(last ? text.trimEnd() : text, left);
    left -= widthOf(shown);
    painted += style && colours && shown !== '' ? styleText(style, shown, { validateStream: false }) : shown;
    if (shown !== text) break;
  }
  return painted.trimEnd();
}

/** The style of a member's status, wherever it is shown. From the wire it may be any text. */
export function styleOf(status: MemberStatus): Style {
  return Object.hasOwn(STATUS_STYLES, status) ? STATUS_STYLES[status] : 'magenta';
}

const STATUS_STYLES: Readonly<Record<MemberStatus, Style>> = {
  alive: 'green',
  failed: 'red',
  leaving: 'yellow',
  left: 'gray',
  none: 'magenta',
};
