import { Component, computed, inject, input } from '@angular/core';
import { Cluster } from '../../cluster/cluster.ts';
import { injectMedia } from '../../cluster/now.ts';
import { Marble } from '../../marbles/marble.ts';
import { clusterLine } from '../../model/cluster-line.ts';
import { isMark } from '../../model/event-log.ts';

const LANES: readonly { readonly label: string; readonly kinds: readonly string[] }[] = [
  { label: 'Membership', kinds: ['join', 'left', 'failed', 'reap'] },
  { label: 'Updates', kinds: ['update'] },
  { label: 'User events', kinds: ['user'] },
  { label: 'Queries', kinds: ['query'] },
];
const SPAN = 300_000;
const HEIGHT = 34;

/** The last five minutes, a line for each sort of event. */
@Component({
  selector: 'app-event-lanes',
  imports: [Marble],
  template: `
    <div class="labels" aria-hidden="true">@for (lane of lanes(); track lane.label) { <span>{{ lane.label }}</span> }</div>
    <svg width="100%" height="160" role="img" [attr.aria-label]="text()">
      @for (gap of gaps(); track $index) { <rect class="gap" [attr.x]="gap.from + '%'" y="4" height="132" [attr.width]="gap.to - gap.from + 0.4 + '%'" /> }
      @for (lane of lanes(); track lane.label) {
        <line class="stretch unknown" x1="0" [attr.x2]="lane.line.known + '%'" [attr.y1]="lane.y" [attr.y2]="lane.y" />
        <line class="base" [attr.x1]="lane.line.known + '%'" [attr.x2]="(lane.line.lost ?? 97.5) + '%'" [attr.y1]="lane.y" [attr.y2]="lane.y" />
        @if (lane.line.lost; as lost) { <line class="stretch lost" [attr.x1]="lost + '%'" x2="100%" [attr.y1]="lane.y" [attr.y2]="lane.y" /> }
        @else { <svg x="97.5%" [attr.y]="lane.y" overflow="visible"><path class="arrow strong" d="M-6-4.5 1 0-6 4.5" /></svg> }
        @for (marble of lane.line.marbles; track $index) {
          <svg [attr.x]="marble.x + '%'" [attr.y]="lane.y - 12 * marble.level" overflow="visible"><g [marble]="marble.kind" [label]="marble.label" /></svg>
        }
      }
      @if (pausedX(); as x) { <svg [attr.x]="x + '%'" y="0" overflow="visible"><path class="cursor" d="M0 2V138M-4 0H4L0 6Z" /></svg> }
      @for (tick of lanes()[0]?.line?.ticks; track tick.label) { <svg [attr.x]="tick.x + '%'" y="138" overflow="visible"><text class="axis" y="14">{{ tick.label }}</text></svg> }
      <svg x="100%" y="138" overflow="visible"><text class="axis end" y="14">now</text></svg>
    </svg>
  `,
  styles: `
    :host { display: grid; grid-template-columns: 104px minmax(0, 1fr); padding: 4px var(--edge) 0; border-bottom: 1px solid var(--line) }
    .labels span { display: block; height: 34px; line-height: 34px; color: var(--ink-2); font-size: var(--t12) } svg { display: block }
    .gap { fill: var(--failed-tint) } .cursor { stroke: var(--accent); fill: var(--accent); stroke-width: 1.5 }
    @media (max-width: 639px) { :host { grid-template-columns: minmax(0, 1fr) } .labels { display: none } }
  `,
})
export class EventLanes {
  readonly pausedAt = input<number>();
  readonly #cluster = inject(Cluster);
  readonly #narrow = injectMedia('(max-width: 899px)');
  readonly #window = computed(() => ({
    now: this.#cluster.now(),
    span: SPAN,
    spacing: this.#narrow() ? 5 : 1.8,
    since: this.#cluster.since,
    lost: this.#cluster.lost(),
  }));
  protected readonly lanes = computed(() => {
    const marks = this.#cluster.log().log.newest().filter(isMark);
    return LANES.map(({ label, kinds }, index) => ({
      label,
      y: HEIGHT * index + HEIGHT / 2,
      line: clusterLine(
        marks.filter(({ kind }) => kinds.includes(kind)),
        [],
        this.#window(),
      ),
    }));
  });
  protected readonly gaps = computed(
    () => clusterLine([], this.#cluster.log().log.gaps, this.#window()).gaps,
  );
  protected readonly text = computed(() =>
    this.lanes()
      .map(({ label, line }) => `${label}: ${line.text}`)
      .join('. '),
  );
  protected readonly pausedX = computed(() => {
    const at = this.pausedAt();
    const { now } = this.#window();
    return at === undefined || at < now - SPAN ? undefined : ((at - now + SPAN) / SPAN) * 97.5;
  });
}
