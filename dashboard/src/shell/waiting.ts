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
      <h1>{{ title() }}</h1>
      <p>{{ error.code === 'closed' ? 'Nothing is connected to until you say so.' : error.message }}</p>
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
      <p class="acts"><button type="button" (click)="stop()">Stop trying</button></p>
      <div class="skeleton" aria-hidden="true">@for (row of [0, 1, 2]; track row) { <div><i></i><i></i><i></i></div> }</div>
    }
  `,
  styleUrl: './states.css',
  styles: `
    :host { animation: late 0s .15s both } @keyframes late { from { visibility: hidden } }
    .skeleton { margin-top: 48px } .skeleton div { display: grid; grid-template-columns: 12px 1fr 2fr; gap: 16px; padding: 8px 0; border-bottom: 1px solid var(--line) }
    i { height: 10px; border-radius: 4px; background: var(--sunken) } i:first-child { border-radius: 6px } div:nth-child(2) i:last-child { width: 60% }
  `,
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

  protected readonly title = computed(() => {
    const code = this.error()?.code;
    if (code === 'closed') return 'Stopped';
    return code === 'permission-denied' ? 'Not allowed for this key' : 'The cluster could not be read';
  });

  protected stop(): void {
    this.#cluster.stop();
  }

  protected retry(): void {
    this.#cluster.retry();
  }
}
