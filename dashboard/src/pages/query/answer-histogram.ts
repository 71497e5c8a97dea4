import { Component, computed, input } from '@angular/core';
import { injectMedia } from '../../cluster/now.ts';
import { percentileMarks, type QueryRow, shortTime, stacksOf, TimeAxis } from '../../model/query-view.ts';
import { shapePath } from '../../model/tag-groups.ts';

/** Heights, in px: above the line are answers, below it acks. */
const UP = 108;
const DOWN = 58;
const TOP = 40;

/** How many have answered so far, and when: a marble each, over the same axis as the lines of the members. */
@Component({
  selector: 'app-answer-histogram',
  template: `
    <div class="sums" role="status">
      <p class="big"><b>{{ answered() }}</b> of {{ asked() }} answered</p>
      @if (acks()) { <p><b>{{ acked() }}</b> acked</p> }
      <p><b>{{ silent() }}</b> {{ running() ? 'not heard of yet' : 'silent' }}</p>
      <p><b>{{ time(elapsed()) }}</b> of {{ time(timeout()) }}</p>
    </div>
    <div class="plot"><svg width="100%" height="200" role="img" [attr.aria-label]="text()">
      @for (tick of ticks(); track tick.label) {
        <line class="grid" [class.between]="tick.between" [attr.x1]="tick.x + '%'" [attr.x2]="tick.x + '%'" y1="6" y2="174" />
        <svg [class.between]="tick.between" [attr.x]="tick.x + '%'" y="190" overflow="visible"><text class="axis" [class.end]="$last">{{ tick.label }}</text></svg>
      }
      <line class="base" x1="0" [attr.x2]="deadline() + '%'" y1="112" y2="112" />
      <text class="axis start" x="0" y="107">answers</text>
      @if (acks()) { <text class="axis start" x="0" y="125">acks</text> }
      @for (mark of marks(); track mark.label; let index = $index) {
        <line class="mark" [attr.x1]="mark.x + '%'" [attr.x2]="mark.x + '%'" [attr.y1]="14 + index * 14" y2="112" />
        <svg [attr.x]="mark.x + '%'" [attr.y]="11 + index * 14" overflow="visible"><text class="axis mark-text" [class.end]="mark.end" [class.start]="!mark.end" [attr.x]="mark.end ? -4 : 4"><tspan>{{ mark.label }}</tspan> {{ mark.value }}</text></svg>
      }
      @for (bar of answers().bars; track bar.x) { <line class="bar" [attr.x1]="bar.x + '%'" [attr.x2]="bar.x + '%'" y1="111" [attr.y2]="111 - bar.height * 66" /> }
      @for (bar of ackStacks().bars; track bar.x) { <line class="bar thin" [attr.x1]="bar.x + '%'" [attr.x2]="bar.x + '%'" y1="113" [attr.y2]="113 + bar.height * 52" /> }
      @for (marble of answers().marbles; track $index) {
        <svg [attr.x]="marble.x + '%'" [attr.y]="105 - marble.level * upStep()" overflow="visible"><path [attr.d]="shape(marble.colour)" [style.fill]="'var(--c' + marble.colour + ')'" /></svg>
      }
      @for (marble of ackStacks().marbles; track $index) {
        <svg [attr.x]="marble.x + '%'" [attr.y]="119 + marble.level * downStep()" overflow="visible"><circle class="ack" r="3.5" [style.stroke]="'var(--c' + marble.colour + ')'" /></svg>
      }
      @if (running()) {
        <line class="now" [attr.x1]="now() + '%'" [attr.x2]="now() + '%'" y1="6" y2="174" />
        <svg [attr.x]="now() + '%'" y="64" overflow="visible"><text class="axis now-text" [class.end]="now() > 80" [class.start]="now() <= 80" [attr.x]="now() > 80 ? -5 : 5">now, {{ time(elapsed()) }}</text></svg>
      }
    </svg></div>
  `,
  styleUrl: './answer-histogram.css',
})
export class AnswerHistogram {
  readonly rows = input.required<readonly QueryRow[]>();
  /** Both in ms. */
  readonly timeout = input.required<number>();
  readonly elapsed = input.required<number>();
  readonly running = input.required<boolean>();
  /** How many members. */
  readonly asked = input.required<number>();
  /** Whether they were asked for acks. */
  readonly acks = input.required<boolean>();
  readonly colourOf = input.required<(name: string) => number>();
  readonly #narrow = injectMedia('(max-width: 639px)');
  protected readonly time = shortTime;
  protected readonly shape = (colour: number) => shapePath(colour, 9)(0, 0);

  readonly #axis = computed(() => new TimeAxis(this.timeout()));
  readonly #width = computed(() => (this.#narrow() ? 3.2 : 1.8));
  /** Those between others are left out where there is no room for their labels. */
  protected readonly ticks = computed(() => {
    const few = new Set(
      this.#axis()
        .ticks(25)
        .map(({ label }) => label),
    );
    const all = this.#axis().ticks(this.#narrow() ? 15 : 8);
    return all.map((tick) => ({ ...tick, between: !few.has(tick.label) }));
  });
  protected readonly deadline = computed(() => this.#axis().x(Number.POSITIVE_INFINITY));
  protected readonly now = computed(() => this.#axis().x(this.elapsed()));
  protected readonly answered = computed(
    () => this.rows().filter(({ state }) => state === 'answered').length,
  );
  protected readonly acked = computed(() => this.rows().filter(({ ack }) => ack !== undefined).length);
  protected readonly silent = computed(() => this.rows().filter(({ state }) => state === 'silent').length);
  readonly #times = computed(() =>
    this.rows().flatMap(({ name, after }) =>
      after === undefined ? [] : [{ ms: after, colour: this.colourOf()(name) }],
    ),
  );
  protected readonly answers = computed(() => stacksOf(this.#times(), this.#axis(), this.#width()));
  protected readonly ackStacks = computed(() =>
    stacksOf(
      this.rows().flatMap(({ name, ack }) =>
        ack === undefined ? [] : [{ ms: ack, colour: this.colourOf()(name) }],
      ),
      this.#axis(),
      this.#width(),
    ),
  );
  /** Closer where one place has more than there is room for. */
  protected readonly upStep = computed(() => Math.min(9, (UP - TOP) / Math.max(1, this.answers().highest)));
  protected readonly downStep = computed(() =>
    Math.min(8, (DOWN - 6) / Math.max(1, this.ackStacks().highest)),
  );
  protected readonly marks = computed(() =>
    percentileMarks(
      this.#times().map(({ ms }) => ms),
      this.#axis(),
    ),
  );
  protected readonly text = computed(() => {
    const marks = this.marks().map(({ label, value }) => `${label} ${value}`);
    return [`${this.answered()} of ${this.asked()} answered`, ...marks].join(', ');
  });
}
