import { Component, computed, input } from '@angular/core';
import type { Coordinate } from 'rxserf';
import { rttText } from '../../model/rtt.ts';

/** A coordinate whose error is above this share has not settled. */
const UNSETTLED = 0.5;
const WIDTH = 200;
const HALF = 22;

/** Where a member is in the space of round trips. */
@Component({
  selector: 'app-coordinate-view',
  template: `
    <svg width="200" height="52" viewBox="0 0 200 52" role="img" [attr.aria-label]="text()">
      <path class="base" d="M0 26H200" />
      @for (stem of stems(); track $index) { <path class="stem" [attr.d]="stem.path" /><circle [attr.cx]="stem.x" [attr.cy]="stem.y" r="3.5" /> }
    </svg>
    <dl>
      <dt>height</dt><dd>{{ ms(coordinate().height) }} ms</dd>
      <dt>adjustment</dt><dd>{{ ms(coordinate().adjustment) }} ms</dd>
      <dt>error</dt><dd>{{ coordinate().error.toFixed(2) }} @if (coordinate().error > unsettled) { <span class="warn">high: it has not settled yet, or restarts too often to</span> }</dd>
    </dl>
  `,
  styles: `
    svg { display: block; margin: 4px 0 8px; max-width: 100%; overflow: visible } .stem { stroke: var(--ink-2); stroke-width: 1.5 } circle { fill: var(--ink) } .base { stroke: var(--ink-3) }
    dl { display: grid; grid-template-columns: 88px minmax(0, 1fr); gap: 4px 12px; margin: 0 } dt { color: var(--ink-3) } dd { margin: 0 } .warn { color: var(--leaving) }
  `,
})
export class CoordinateView {
  readonly coordinate = input.required<Coordinate>();
  protected readonly unsettled = UNSETTLED;
  protected readonly stems = computed(() => {
    const { vector } = this.coordinate();
    const most = Math.max(...vector.map(Math.abs), Number.MIN_VALUE);
    return vector.map((value, i) => {
      const x = ((i + 0.5) / vector.length) * WIDTH;
      const y = HALF + 4 - (value / most) * HALF;
      return { x, y, path: `M${x} 26V${y}` };
    });
  });
  protected readonly text = computed(() => {
    const { vector } = this.coordinate();
    return `The coordinate in ${vector.length} dimensions, in ms: ${vector.map((value) => this.ms(value)).join(', ')}`;
  });

  protected ms(seconds: number): string {
    const ms = seconds * 1_000;
    return `${ms < 0 ? '−' : ''}${rttText(Math.abs(ms))}`;
  }
}
