import {
  afterNextRender,
  Component,
  computed,
  type ElementRef,
  inject,
  signal,
  viewChild,
} from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { Session } from './session.ts';

/** Asks for a key, where nothing is shown without one. */
@Component({
  selector: 'app-sign-in',
  template: `
    <svg width="280" height="40" viewBox="0 0 280 40" aria-hidden="true">
      <path class="base" d="M0 20H120" /><path class="dots" d="M134 20H280" />
      <circle class="dot" cx="118" cy="20" r="5" /><path class="bar" d="M128 6V34" />
    </svg>
    <h1>{{ tried() ? 'This key is not valid' : 'Sign in' }}</h1>
    <p>
      @if (tried()) { The gateway knows no such key, or it has expired. }
      This page shows a cluster through a gateway, which wants to know who you are. Whoever runs it has a key for you.
    </p>
    <form (submit)="submit($event)">
      <input type="text" autocomplete="username" value="rxserf" hidden />
      <label for="key">Key</label>
      <input id="key" #field type="password" autocomplete="current-password" spellcheck="false" required
        [value]="key()" (input)="key.set($any($event.target).value)" (keydown.enter)="submit($event)" />
      <button class="primary" [disabled]="key().trim() === ''">Sign in</button>
    </form>
    <p class="note">The key stays in this tab, and is forgotten with it.</p>
  `,
  styleUrl: './states.css',
})
export class SignIn {
  readonly #cluster = inject(Cluster);
  readonly #session = inject(Session);
  protected readonly key = signal('');
  protected readonly tried = computed(() => this.#session.key() !== '');

  protected readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  constructor() {
    // No `autofocus`: it is ignored in a page in which something had the focus before.
    afterNextRender(() => this.field().nativeElement.focus());
  }

  /** By Enter as well: the button may still be drawn as disabled then, and a browser would not send the form. */
  protected submit(event: Event): void {
    event.preventDefault();
    if (this.key().trim() === '') return;
    this.#cluster.signIn(this.key().trim());
    this.key.set('');
  }
}
