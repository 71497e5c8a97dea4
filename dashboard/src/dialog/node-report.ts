import { Component, computed, input } from '@angular/core';
import { AgentError, type KeyReport, type SerfError } from 'rxserf';
import { Visible } from '../marbles/visible.ts';

/** So many messages are listed. */
const MOST = 200;

/** What nodes had to say to an act on all of them; what they say is a stranger's text. */
@Component({
  selector: 'app-node-report',
  imports: [Visible],
  template: `
    @if (shown(); as report) {
      <p>{{ report.nodes - silent() - report.errors }} of {{ report.nodes }} did it@if (report.errors > 0) {, <b>{{ report.errors }} failed</b>}@if (silent() > 0) {, <b>{{ silent() }} silent</b>}.</p>
      @if (messages().length > 0) {
        <div class="nodes" tabindex="0" role="group" aria-label="What nodes said">
          <dl>@for (each of messages(); track each[0]) { <dt><app-visible [text]="each[0]" [more]="true" /></dt><dd><app-visible [text]="each[1]" [more]="true" /></dd> }</dl>
        </div>
        @if (more() > 0) { <p>and {{ more() }} more</p> }
      }
    }
  `,
  styles: `
    p { margin: 0 0 8px; color: var(--ink-2) } b { color: var(--failed); font-weight: 600 }
    .nodes { max-height: 180px; margin-bottom: 12px; padding: 8px 12px; overflow: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--bg) }
    dl { display: grid; grid-template-columns: minmax(80px, 1fr) minmax(0, 2fr); gap: 4px 12px; margin: 0; font-size: var(--t12); line-height: 16px }
    dt { font-weight: 500; min-width: 0 } dd { margin: 0; color: var(--ink-2); min-width: 0 }
  `,
})
export class NodeReport {
  readonly report = input<KeyReport>();
  /** The report of nodes that failed comes with the error. */
  readonly error = input<SerfError>();
  protected readonly shown = computed(() => {
    const error = this.error();
    return error instanceof AgentError && error.report ? error.report : error ? undefined : this.report();
  });
  protected readonly silent = computed(() => {
    const report = this.shown();
    return report ? Math.max(0, report.nodes - report.responses) : 0;
  });
  readonly #all = computed(() =>
    Object.entries(this.shown()?.messages ?? {}).filter(([, text]) => text !== ''),
  );
  protected readonly messages = computed(() => this.#all().slice(0, MOST));
  protected readonly more = computed(() => this.#all().length - this.messages().length);
}
