import { Component, computed, input, linkedSignal } from '@angular/core';
import { Visible } from '../../marbles/visible.ts';
import { bestView, type PayloadView, payloadLines, payloadText, VIEWS } from '../../model/payload-view.ts';

/** So many lines of a payload are drawn. */
const LINES = 1_000;

/** A payload as text, JSON or bytes: as it came, with what nobody would see written out. */
@Component({
  selector: 'app-payload-panel',
  imports: [Visible],
  template: `
    <div class="switch">
      <span role="group" aria-label="Payload as">
        @for (each of views; track each) {
          <button type="button" [attr.aria-pressed]="each === view()" (click)="view.set(each)">{{ each }}</button>
        }
      </span>
      <button type="button" (click)="copy()">Copy</button>
    </div>
    @if (shown().wrong; as wrong) { <p>{{ wrong }}</p> }
    @else if (payload().length === 0) { <p>There is no payload.</p> }
    @else {
      <ol tabindex="0" aria-label="Payload">
        @for (line of lines(); track $index) { <li><app-visible [text]="line" [more]="true" /></li> }
      </ol>
      @if (shown().lines.length > lines().length) { <p>and {{ shown().lines.length - lines().length }} lines more</p> }
    }
    <p class="note">As it came, with invisible characters written out. Nothing in a payload is run or followed.</p>
  `,
  styles: `
    .switch { display: flex; justify-content: space-between; margin: 16px 0 8px }
    .switch span { display: inline-flex } .switch span button { border-radius: 0; margin-left: -1px }
    .switch span button:first-child { border-radius: 6px 0 0 6px; margin: 0 } .switch span button:last-child { border-radius: 0 6px 6px 0 }
    button[aria-pressed='true'] { background: var(--ink); border-color: var(--ink); color: var(--surface) }
    ol { max-height: 320px; margin: 0; padding: 8px 12px 8px 44px; overflow: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--bg); font: var(--t12)/20px var(--mono) }
    li::marker { color: var(--ink-3) } p { margin: 8px 0; color: var(--ink-2) } .note { color: var(--ink-3); font-size: var(--t12); line-height: 16px }
    @media (max-width: 639px) { button { height: 44px } }
  `,
})
export class PayloadPanel {
  readonly payload = input.required<Uint8Array>();
  protected readonly views = VIEWS;
  protected readonly view = linkedSignal<PayloadView>(() => bestView(this.payload()));
  protected readonly shown = computed(() => payloadLines(this.payload(), this.view()));
  protected readonly lines = computed(() => this.shown().lines.slice(0, LINES));

  protected copy(): void {
    const text = this.view() === 'Hex' ? this.shown().lines.join('\n') : payloadText(this.payload());
    void navigator.clipboard.writeText(text ?? '');
  }
}
