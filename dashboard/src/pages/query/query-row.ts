import { Component, computed, input } from '@angular/core';
import { Visible } from '../../marbles/visible.ts';
import { payloadPreview } from '../../model/payload-view.ts';
import { type QueryRow, shortTime, type TimeAxis, textOfState } from '../../model/query-view.ts';
import { shapePath } from '../../model/tag-groups.ts';

/** A member that was asked, as a line: when it had the query, and when it answered. */
@Component({
  selector: 'app-query-row',
  imports: [Visible],
  template: `
    <div role="cell" class="name"><app-visible [text]="row().name" /></div>
    <div role="cell" class="life">
      <svg width="100%" height="20" role="img" [attr.aria-label]="text()">
        @if (row().state === 'answered') { <line class="stretch" x1="0" [attr.x2]="end() + '%'" y1="10" y2="10" /> }
        @else {
          @if (row().state === 'acked') { <line class="stretch waits" x1="0" [attr.x2]="now() + '%'" y1="10" y2="10" /> }
          <line class="stretch gone" [attr.x1]="(row().state === 'acked' ? now() : 0) + '%'" [attr.x2]="deadline() + '%'" y1="10" y2="10" />
          <svg [attr.x]="deadline() + '%'" y="10" overflow="visible"><path class="deadline" d="M0-5V5" /></svg>
        }
        @if (ack(); as x) { <svg [attr.x]="x + '%'" y="10" overflow="visible"><circle class="ack" r="4" [style.stroke]="paint()" /></svg> }
        @if (row().after !== undefined) { <svg [attr.x]="end() + '%'" y="10" overflow="visible"><path [attr.d]="shape()" [style.fill]="paint()" /></svg> }
      </svg>
    </div>
    <div role="cell" class="after">{{ row().after === undefined ? '–' : time(row().after!) }}</div>
    <div role="cell" class="answer" [class.waits]="row().state === 'acked'" [class.mono]="row().state === 'answered'">
      @if (row().state === 'answered') { @if (preview()) { <app-visible [text]="preview()" /> } @else { <span class="none">no payload</span> } } @else { {{ state() }} }
    </div>
  `,
  styleUrls: ['../../table/row.css', './query-row.css'],
  host: { role: 'row', '[class.marked]': 'selected()' },
})
export class QueryRowComponent {
  readonly row = input.required<QueryRow>();
  readonly axis = input.required<TimeAxis>();
  /** In ms. */
  readonly elapsed = input.required<number>();
  readonly running = input.required<boolean>();
  readonly colour = input.required<number>();
  readonly selected = input(false);
  protected readonly time = shortTime;
  protected readonly ack = computed(() => {
    const { ack } = this.row();
    return ack === undefined ? undefined : this.axis().x(ack);
  });
  protected readonly end = computed(() => this.axis().x(this.row().after ?? 0));
  protected readonly deadline = computed(() => this.axis().x(Number.POSITIVE_INFINITY));
  protected readonly now = computed(() => (this.running() ? this.axis().x(this.elapsed()) : this.deadline()));
  protected readonly shape = computed(() => shapePath(this.colour(), 10)(0, 0));
  protected readonly paint = computed(() => `var(--c${this.colour()})`);
  protected readonly preview = computed(() => {
    const { payload } = this.row();
    return payload ? payloadPreview(payload) : '';
  });
  protected readonly state = computed(() => textOfState(this.row(), this.running()));
  protected readonly text = computed(() => {
    const { ack, after } = this.row();
    const acked = ack === undefined ? '' : `acked after ${shortTime(ack)}`;
    const answered = after === undefined ? this.state() : `answered after ${shortTime(after)}`;
    return [acked, answered].filter(Boolean).join(', ');
  });
}
