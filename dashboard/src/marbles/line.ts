import { Component, computed, inject } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { injectMedia } from '../cluster/now.ts';
import { clusterLine } from '../model/cluster-line.ts';
import { isMark } from '../model/event-log.ts';
import { Marble } from './marble.ts';

/** How long the line is, in ms. */
const SPAN = 300_000;

/** The last five minutes of the cluster. */
@Component({
  selector: 'app-line',
  imports: [Marble],
  template: `
    <svg width="100%" height="56" role="img" [attr.aria-label]="line().text">
      <line class="stretch unknown" x1="0" [attr.x2]="line().known + '%'" y1="27" y2="27" />
      <line class="base" [attr.x1]="line().known + '%'" [attr.x2]="(line().lost ?? 97.5) + '%'" y1="27" y2="27" />
      @for (gap of line().gaps; track $index) {
        <line class="cover" [attr.x1]="gap.from + '%'" [attr.x2]="gap.to + '%'" y1="27" y2="27" />
        <line class="stretch lost" [attr.x1]="gap.from + '%'" [attr.x2]="gap.to + '%'" y1="27" y2="27" />
      }
      @if (line().lost; as lost) {
        <line class="stretch lost" [attr.x1]="lost + '%'" x2="100%" y1="27" y2="27" />
      } @else {
        <svg x="97.5%" y="27" overflow="visible"><path class="arrow strong" d="M-6-4.5 1 0-6 4.5" /></svg>
      }
      @for (tick of line().ticks; track tick.label) {
        <svg [attr.x]="tick.x + '%'" y="27" overflow="visible"><path class="tick" d="M0 0V5" /><text class="axis" y="24">{{ tick.label }}</text></svg>
      }
      <svg x="100%" y="27" overflow="visible"><text class="axis end" y="24">now</text></svg>
      @for (marble of line().marbles; track $index) {
        <svg [attr.x]="marble.x + '%'" [attr.y]="27 - 14 * marble.level" overflow="visible"><g [marble]="marble.kind" [label]="marble.label" /></svg>
      }
      @if (line().lost; as lost) {
        <svg [attr.x]="lost + '%'" y="27" overflow="visible"><g marble="failed" /></svg>
      }
    </svg>
  `,
  styles: ':host { display: block; min-width: 0 } svg { display: block }',
})
export class Line {
  readonly #cluster = inject(Cluster);
  readonly #narrow = injectMedia('(max-width: 899px)');
  readonly #marks = computed(() => this.#cluster.log().log.newest().filter(isMark));
  protected readonly line = computed(() =>
    clusterLine(this.#marks(), this.#cluster.log().log.gaps, {
      now: this.#cluster.now(),
      span: SPAN,
      spacing: this.#narrow() ? 5 : 2,
      since: this.#cluster.since,
      lost: this.#cluster.lost(),
    }),
  );
}
