import { Component, computed, inject, input } from '@angular/core';
import { Cluster } from '../../cluster/cluster.ts';
import { injectMedia } from '../../cluster/now.ts';
import { Marble } from '../../marbles/marble.ts';
import { clusterLine } from '../../model/cluster-line.ts';
import { lifelineOf } from '../../model/lifeline.ts';
import { positionOf } from '../../model/mark.ts';
import { LIFELINE, type MemberRow } from '../../model/member-row.ts';
import { durationText } from '../../model/time-text.ts';

/** What a page that has been open for a while shows of a member, in ms. */
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A member's line: ten minutes, and an hour as soon as this page has heard of more. */
@Component({
  selector: 'app-member-line',
  imports: [Marble],
  template: `
    <svg width="100%" height="84" role="img" [attr.aria-label]="line().text">
      @if (flapping(); as flapping) {
        <rect class="flap" [attr.x]="flapping.from + '%'" [attr.width]="flapping.width + '%'" y="20" height="40" />
        <rect class="flap-edge" [attr.x]="flapping.from + '%'" [attr.width]="flapping.width + '%'" y="18" height="2" />
        <text class="flap-text" [attr.x]="flapping.from + flapping.width + '%'" y="12">{{ flapping.text }}</text>
      }
      @for (stretch of line().stretches; track $index) {
        <line [attr.class]="'stretch ' + stretch.kind" [attr.x1]="stretch.from + '%'" [attr.x2]="stretch.to + '%'" y1="42" y2="42" />
      }
      @if (row().member.status === 'alive' && !lost()) {
        <svg x="97.5%" y="42" overflow="visible"><path class="arrow strong" d="M-6-4.5 1 0-6 4.5" /></svg>
      }
      @for (tick of marbles().ticks; track tick.label) {
        <svg [attr.x]="tick.x + '%'" y="64" overflow="visible"><path class="tick" d="M0-4V0" /><text class="axis" y="14">{{ tick.label }}</text></svg>
      }
      <svg x="100%" y="64" overflow="visible"><text class="axis end" y="14">now</text></svg>
      @for (marble of marbles().marbles; track $index) {
        <svg [attr.x]="marble.x + '%'" [attr.y]="42 - 12 * marble.level" overflow="visible"><g [marble]="marble.kind" [label]="marble.label" /></svg>
      }
      @if (marbles().lost; as lost) { <svg [attr.x]="lost + '%'" y="42" overflow="visible"><g marble="failed" /></svg> }
    </svg>
  `,
  styles: `
    :host { display: block } svg { display: block; overflow: visible }
    .flap { fill: var(--flapping); opacity: .08 } .flap-edge { fill: var(--flapping) } .flap-text { fill: var(--flapping); font-size: var(--t12); font-weight: 600; text-anchor: end }
  `,
})
export class MemberLine {
  readonly row = input.required<MemberRow>();
  readonly #cluster = inject(Cluster);
  readonly #narrow = injectMedia('(max-width: 639px)');
  protected readonly lost = this.#cluster.lost;
  readonly #window = computed(() => {
    const now = this.#cluster.now();
    const since = this.#cluster.knownSince();
    const [span, minutes] = now - since > LIFELINE ? [HOUR, 10] : [LIFELINE, 2];
    return {
      now,
      since,
      lost: this.lost(),
      span,
      step: minutes * MINUTE * (this.#narrow() ? 2 : 1),
      spacing: this.#narrow() ? 4 : 1.1,
    };
  });
  protected readonly line = computed(() => lifelineOf(this.row(), this.#window()));
  protected readonly marbles = computed(() =>
    clusterLine([...this.row().marks].reverse(), [], this.#window()),
  );
  protected readonly flapping = computed(() => {
    const { shown, marks, changes } = this.row();
    const { now, span } = this.#window();
    const first = marks.find(({ at, kind }) => kind !== 'update' && now - at < LIFELINE);
    if (shown !== 'flapping' || !first) return undefined;
    const from = Math.max(0, positionOf(first.at, now - span, now) - 0.6);
    const width = 97.5 - from;
    const text = `flapping: ${changes} changes in ${durationText(now - first.at)}`;
    return { from, width, text };
  });
}
