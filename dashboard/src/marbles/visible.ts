import { Component, computed, input, signal } from '@angular/core';
import { isPlain, SHOWN, visibleParts } from '../model/visible-text.ts';

/** A text of a stranger: characters that nobody would see are written out, and a long one is cut. */
@Component({
  selector: 'app-visible',
  template: `{{ plain() }}@for (part of parts(); track $index) {@if (part.escaped) {<code>{{ part.text }}</code>} @else {{{ part.text }}}}@if (cut()) {… @if (more()) {<button type="button" class="link" (click)="all.set(true)">more</button>}}`,
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
  readonly #shown = computed(() => (this.cut() ? this.text().slice(0, SHOWN) : this.text()));
  readonly #isPlain = computed(() => isPlain(this.#shown()));
  /** Nearly all texts are one node, and there are hundreds of them in a table. */
  protected readonly plain = computed(() => (this.#isPlain() ? this.#shown() : ''));
  protected readonly parts = computed(() => (this.#isPlain() ? [] : visibleParts(this.#shown())));
}
