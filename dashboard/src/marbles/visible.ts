import { Component, computed, input, signal } from '@angular/core';
import { SHOWN, visibleParts } from '../model/visible-text.ts';

/** A text of a stranger: characters that nobody would see are written out, and a long one is cut. */
@Component({
  selector: 'app-visible',
  template: `@for (part of parts(); track $index) {@if (part.escaped) {<code>{{ part.text }}</code>} @else {{{ part.text }}}}@if (cut()) {… @if (more()) {<button type="button" class="link" (click)="all.set(true)">more</button>}}`,
  styles: `
    :host { unicode-bidi: isolate; white-space: pre-wrap; overflow-wrap: anywhere }
    code { padding: 0 3px; border-radius: 3px; background: var(--failed-tint); color: var(--failed); font-size: .923em }
  `,
})
export class Visible {
  readonly text = input.required<string>();
  /** Whether what is cut can be had. */
  readonly more = input(false);
  protected readonly all = signal(false);
  protected readonly cut = computed(() => !this.all() && this.text().length > SHOWN);
  protected readonly parts = computed(() =>
    visibleParts(this.cut() ? this.text().slice(0, SHOWN) : this.text()),
  );
}
