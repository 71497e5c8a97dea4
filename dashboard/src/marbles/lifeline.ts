import { Component, computed, inject, input } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { lifelineOf } from '../model/lifeline.ts';
import type { MemberRow } from '../model/member-row.ts';
import { Marble } from './marble.ts';

/** The last ten minutes of a member. */
@Component({
  selector: 'app-lifeline',
  imports: [Marble],
  template: `
    <svg width="100%" height="20" role="img" [attr.aria-label]="line().text">
      @for (stretch of line().stretches; track $index) {
        <line [attr.class]="'stretch ' + stretch.kind" [attr.x1]="stretch.from + '%'" [attr.x2]="stretch.to + '%'" y1="10" y2="10" />
      }
      @if (row().member.status === 'alive' && !lost()) {
        <svg x="97.5%" y="10" overflow="visible"><path class="arrow" d="M-4-4 0 0-4 4" /></svg>
      }
      @for (mark of line().marks; track $index) {
        <svg [attr.x]="mark.x + '%'" y="10" overflow="visible"><g [marble]="mark.kind" /></svg>
      }
      @if (line().saw; as saw) {
        <svg [attr.x]="saw + '%'" y="10" overflow="visible"><g marble="flapping" /></svg>
      }
    </svg>
  `,
  styles: ':host { display: block } svg { display: block; overflow: visible }',
})
export class LifelineComponent {
  readonly row = input.required<MemberRow>();
  readonly #cluster = inject(Cluster);
  protected readonly lost = this.#cluster.lost;
  protected readonly line = computed(() =>
    lifelineOf(this.row(), {
      now: this.#cluster.now(),
      since: this.#cluster.knownSince(),
      lost: this.lost(),
    }),
  );
}
