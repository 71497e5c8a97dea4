import { Component, computed, input } from '@angular/core';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import type { LogEntry } from '../../model/event-log.ts';
import { whatOf } from '../../model/feed.ts';
import { clockText, millisText } from '../../model/time-text.ts';

@Component({
  selector: 'app-event-row',
  imports: [Shape, Visible],
  template: `
    <div role="cell" class="time">{{ clock() }}<span>{{ millis() }}</span></div>
    <div role="cell" class="kind" [attr.data-kind]="entry().kind"><app-shape [kind]="entry().kind" [size]="16" [label]="letter()" /><span>{{ entry().kind }}</span></div>
    <div role="cell" class="subject"><app-visible [text]="entry().subject" /></div>
    <div role="cell" class="what" [class.mono]="entry().payload"><app-visible [text]="what()" /></div>
    <div role="cell" class="ltime">{{ entry().ltime }}</div>
    <div role="cell" class="size">@if (entry().payload; as payload) {{{ payload.length }} B}</div>
  `,
  styleUrls: ['../../table/row.css', './event-row.css'],
  host: {
    role: 'row',
    '[class.gap]': 'entry().kind === "gap"',
    '[class.drops]': 'entry().kind === "drops"',
    '[class.marked]': 'selected()',
  },
})
export class EventRow {
  readonly entry = input.required<LogEntry>();
  readonly selected = input(false);
  protected readonly clock = computed(() => clockText(this.entry().at));
  protected readonly millis = computed(() => millisText(this.entry().at));
  protected readonly what = computed(() => whatOf(this.entry()));
  protected readonly letter = computed(() =>
    this.entry().kind === 'query' ? '?' : (/[\p{L}\p{N}]/u.exec(this.entry().subject)?.[0] ?? '·'),
  );
}
