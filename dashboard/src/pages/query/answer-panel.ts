import { Component, computed, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Visible } from '../../marbles/visible.ts';
import { type QueryRow, shortTime, textOfState } from '../../model/query-view.ts';
import { nameParam } from '../../model/route-name.ts';
import { PayloadPanel } from '../events/payload-panel.ts';

/** What one member has said to a query. */
@Component({
  selector: 'app-answer-panel',
  imports: [PayloadPanel, RouterLink, Visible],
  template: `
    <header>
      <h2><app-visible [text]="row().name" [more]="true" /></h2>
      <button type="button" class="quiet" aria-label="Close" (click)="closes.emit()">✕</button>
    </header>
    <dl>
      <dt>ack</dt><dd>{{ ack() }}</dd>
      <dt>answer</dt><dd>{{ after() }}</dd>
      @if (row().payload; as payload) { <dt>size</dt><dd>{{ payload.length }} B</dd> }
    </dl>
    @if (row().payload; as payload) { <app-payload-panel [payload]="payload" /> }
    <p><a routerLink="/member" [queryParams]="{ name: param(row().name) }">Show this member</a></p>
  `,
  styleUrl: '../../shell/side-panel.css',
})
export class AnswerPanel {
  readonly row = input.required<QueryRow>();
  readonly running = input.required<boolean>();
  readonly closes = output();
  protected readonly param = nameParam;
  protected readonly ack = computed(() => {
    const { ack } = this.row();
    return ack === undefined ? 'none' : `after ${shortTime(ack)}`;
  });
  protected readonly after = computed(() => {
    const { after } = this.row();
    return after === undefined ? textOfState(this.row(), this.running()) : `after ${shortTime(after)}`;
  });
}
