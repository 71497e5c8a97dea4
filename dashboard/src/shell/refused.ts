import { Component, computed, inject, input } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { Session } from './session.ts';

/** What stands where a page would whose command this role may not use. */
@Component({
  selector: 'app-refused',
  template: `
    <svg width="280" height="40" viewBox="0 0 280 40" aria-hidden="true">
      <path class="base" d="M0 20H120" /><path class="dots" d="M134 20H280" />
      <circle class="dot" cx="118" cy="20" r="5" /><path class="bar" d="M128 6V34" />
    </svg>
    <h1>Not allowed for {{ role() ? 'the role ' + role() : 'this key' }}</h1>
    <p>{{ why() }} @if (user(); as user) { You are signed in as <b>{{ user }}</b>, {{ role() }}. }</p>
    <p><code>permission-denied: {{ command() }} (role {{ role() || 'unknown' }})</code></p>
    @if (session.key()) { <p class="acts"><button type="button" (click)="session.signOut()">Use another key…</button></p> }
  `,
  styleUrl: './states.css',
})
export class Refused {
  /** As the protocol calls it. */
  readonly command = input.required<string>();
  /** Why it is kept for others. */
  readonly why = input.required<string>();
  protected readonly session = inject(Session);
  readonly #cluster = inject(Cluster);
  protected readonly role = this.#cluster.role;
  protected readonly user = computed(() => this.#cluster.user());
}
