import { Component, computed, inject, input } from '@angular/core';
import { Cluster } from '../../cluster/cluster.ts';
import { Visible } from '../../marbles/visible.ts';
import { censusOf } from '../../model/census.ts';
import type { MemberRow } from '../../model/member-row.ts';

/** So many marbles have room; a bar stands for more. */
const MARBLES = 120;

/** How far a tag has got from one value to another. */
@Component({
  selector: 'app-census-strip',
  imports: [Visible],
  template: `
    @if (census(); as census) {
      <p>
        <span class="word">Tag <b><app-visible [text]="census.key" /></b> is changing</span>
        <svg height="10" [attr.width]="width()" aria-hidden="true">
          @for (filled of marbles(); track $index) {
            <circle [class.hollow]="!filled" [attr.cx]="4 + 9 * $index" cy="5" r="3" />
          } @empty {
            <rect class="old" y="3" width="100%" height="4" /><rect y="3" height="4" [attr.width]="(100 * census.toCount) / (census.toCount + census.fromCount) + '%'" />
          }
        </svg>
        <span><b><app-visible [text]="census.to" /> {{ census.toCount }}</b> · <app-visible [text]="census.from" /> {{ census.fromCount }}</span>
      </p>
    }
  `,
  styles: `
    p { display: flex; align-items: center; gap: 16px; height: 36px; margin: 0; padding: 0 var(--edge); border-bottom: 1px solid var(--line); color: var(--ink-2); white-space: nowrap }
    b { font-weight: 600; color: var(--ink) } svg { flex: 0 1 auto; min-width: 60px; overflow: hidden }
    circle, rect { fill: var(--ink) } circle.hollow { fill: none; stroke: var(--line-2) } .old { fill: var(--line) }
    @media (max-width: 639px) { .word { display: none } }
  `,
})
export class CensusStrip {
  readonly rows = input.required<readonly MemberRow[]>();
  readonly #cluster = inject(Cluster);
  protected readonly census = computed(() => censusOf(this.rows(), this.#cluster.now()));
  protected readonly marbles = computed(() => {
    const { toCount = 0, fromCount = 0 } = this.census() ?? {};
    if (toCount + fromCount > MARBLES || matchMedia('(max-width: 899px)').matches) return [];
    return Array.from({ length: toCount + fromCount }, (_, i) => i < toCount);
  });
  protected readonly width = computed(() => (this.marbles().length > 0 ? 9 * this.marbles().length : 160));
}
