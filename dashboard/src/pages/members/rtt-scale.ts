import { Component, computed, input } from '@angular/core';
import { rttText, scalePosition, TICKS } from '../../model/rtt.ts';

/** The ticks, on a scale of 72. */
const PATH = TICKS.map((ms) => `M${scalePosition(ms) * 72} 4v4`).join('');

/** A round trip on the scale that all pictures share, and its number. */
@Component({
  selector: 'app-rtt-scale',
  template: `
    @if (ms(); as ms) {
      <svg width="72" height="12" viewBox="0 0 72 12" aria-hidden="true">
        <path class="rule" d="M0 6H72" />
        <path class="tick" [attr.d]="ticks" />
        <circle [class.hollow]="!alive()" [attr.cx]="x()" cy="6" r="3.25" />
      </svg>
      <span>{{ text() }} ms</span>
    } @else if (ms() === 0) {
      <svg width="72" height="12" viewBox="0 0 72 12" aria-hidden="true"><path class="rule" d="M0 6H72" /><circle class="hollow" cx="6" cy="6" r="5" /><circle cx="6" cy="6" r="2.5" /></svg>
      <span>here</span>
    } @else { <span class="none" title="Its coordinate is not known yet">–</span> }
  `,
  styles: `
    :host { display: flex; align-items: center; justify-content: space-between; gap: 8px }
    svg { flex: none; display: var(--rtt-scale, block) } .rule { stroke: var(--line) } circle { fill: var(--ink) }
    circle.hollow { fill: var(--surface); stroke: var(--ink-2); stroke-width: 1.5 }
    span { margin-left: auto; white-space: nowrap } .none { color: var(--ink-3) }
    @media (max-width: 639px) { svg { display: none } }
  `,
})
export class RttScale {
  readonly ms = input.required<number | undefined>();
  readonly alive = input(true);
  protected readonly ticks = PATH;
  protected readonly x = computed(() => 3.25 + scalePosition(this.ms() ?? 0) * 65.5);
  protected readonly text = computed(() => rttText(this.ms() ?? 0));
}
