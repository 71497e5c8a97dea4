import { Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Cluster } from '../../cluster/cluster.ts';
import { Marble } from '../../marbles/marble.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import { clusterLine } from '../../model/cluster-line.ts';
import { EVENT_LIMIT } from '../../model/event-form.ts';
import { isMark, type LogEntry } from '../../model/event-log.ts';
import type { Mark } from '../../model/mark.ts';
import { nameParam } from '../../model/route-name.ts';
import { clockText, millisText } from '../../model/time-text.ts';
import { PayloadPanel } from './payload-panel.ts';

/** How long what follows an event is looked at, in ms. */
const AFTER = 30_000;

/** One event: its facts, its payload, and what the cluster did after it. */
@Component({
  selector: 'app-event-panel',
  imports: [Marble, PayloadPanel, RouterLink, Shape, Visible],
  template: `
    <header>
      <app-shape [kind]="entry().kind" [size]="16" [label]="letter()" />
      <h2><app-visible [text]="entry().subject || 'Gap'" [more]="true" /></h2>
      <button type="button" class="quiet" aria-label="Close" (click)="closes.emit()">✕</button>
    </header>
    <dl>
      <dt>time</dt><dd>{{ time() }}</dd>
      @if (entry().payload; as payload) {
        <dt>Lamport</dt><dd>{{ entry().ltime }}</dd>
        @if (entry().coalesce !== undefined) { <dt>coalesce</dt><dd>{{ entry().coalesce ? 'yes' : 'no' }}</dd> }
        <dt>size</dt><dd><span class="meter" aria-hidden="true"><span [style.width.%]="(payload.length / limit) * 100"></span></span>{{ payload.length }} B</dd>
      } @else {
        <dt>what</dt><dd><app-visible [text]="entry().what" [more]="true" /></dd>
      }
    </dl>
    @if (entry().payload; as payload) { <app-payload-panel [payload]="payload" /> }
    @else if (happened()) { <p><a routerLink="/member" [queryParams]="{ name: param() }">Show this member</a></p> }
    <h3>In the 30 s after it</h3>
    <svg width="100%" height="52" role="img" [attr.aria-label]="line().text">
      <line class="base" x1="0" x2="97.5%" y1="24" y2="24" /><svg x="97.5%" y="24" overflow="visible"><path class="arrow strong" d="M-6-4.5 1 0-6 4.5" /></svg>
      @for (tick of [0, 10, 20]; track tick) {
        <svg [attr.x]="2 + (tick / 30) * 95.5 + '%'" y="24" overflow="visible"><path class="tick" d="M0 0V5" /><text class="axis" y="20">{{ tick }} s</text></svg>
      }
      @for (marble of line().marbles; track $index) {
        <svg [attr.x]="2 + marble.x * 0.98 + '%'" [attr.y]="24 - 14 * marble.level" overflow="visible"><g [marble]="marble.kind" [label]="marble.label" /></svg>
      }
    </svg>
  `,
  styleUrl: '../../shell/side-panel.css',
})
export class EventPanel {
  readonly entry = input.required<LogEntry>();
  readonly closes = output();
  readonly #cluster = inject(Cluster);
  protected readonly limit = EVENT_LIMIT;
  protected readonly happened = computed(() => isMark(this.entry()));
  protected readonly time = computed(() => clockText(this.entry().at) + millisText(this.entry().at));
  protected readonly param = computed(() => nameParam(this.entry().subject));
  protected readonly letter = computed(() =>
    this.entry().kind === 'query' ? '?' : (this.entry().subject[0] ?? ''),
  );
  protected readonly line = computed(() => {
    const { at, id } = this.entry();
    const after = this.#cluster
      .log()
      .log.newest()
      .filter((each): each is LogEntry & Mark => isMark(each) && each.id >= id && each.at <= at + AFTER);
    return clusterLine(after, [], { now: at + AFTER, span: AFTER, spacing: 5 });
  });
}
