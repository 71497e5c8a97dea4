import { Component, computed, inject } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';

/** What stands where a page would, before there is anything to show, and after an error before that. */
@Component({
  selector: 'app-waiting',
  template: `
    @if (error(); as error) {
      <svg width="280" height="24" viewBox="0 0 280 24" aria-hidden="true">
        <path class="base" d="M0 12H260" /><circle class="dot" cx="60" cy="12" r="5" /><circle class="dot" cx="130" cy="12" r="5" />
        <path class="cross" d="m256 6 12 12m0-12-12 12" />
      </svg>
      <h1>{{ error.code === 'permission-denied' ? 'Not allowed for this key' : 'The cluster could not be read' }}</h1>
      <p>{{ error.message }}</p>
      <p><code>{{ error.code }}</code></p>
      <p class="acts"><button type="button" class="primary" (click)="retry()">Try again</button></p>
    } @else {
      <svg width="280" height="24" viewBox="0 0 280 24" aria-hidden="true">
        <path class="base" d="M0 12H110" /><path class="dots" d="M118 12H280" />
        <circle class="dot" cx="22" cy="12" r="5" /><circle class="dot" cx="52" cy="12" r="5" /><circle class="dot" cx="82" cy="12" r="5" />
        <circle class="hollow" cx="113" cy="12" r="4.5" />
      </svg>
      <h1>Connecting to {{ host }}</h1>
      <p>{{ attempt() > 1 ? 'Attempt ' + attempt() + '. ' : '' }}The table fills by itself as soon as the list of members is here.</p>
    }
  `,
  styleUrl: './states.css',
  styles: ':host { animation: late 0s .15s both } @keyframes late { from { visibility: hidden } }',
})
export class Waiting {
  readonly #cluster = inject(Cluster);
  protected readonly host = location.host;
  protected readonly error = computed(() => {
    const standing = this.#cluster.standing();
    return standing.kind === 'failed' ? standing.error : undefined;
  });
  protected readonly attempt = computed(() => {
    const standing = this.#cluster.standing();
    return standing.kind === 'connecting' ? standing.attempt : 1;
  });

  protected retry(): void {
    this.#cluster.retry();
  }
}
