import { Component, computed, inject } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { Visible } from '../marbles/visible.ts';
import { clockText, durationText } from '../model/time-text.ts';

/** The connection, as a line with a marble and in words. */
@Component({
  selector: 'app-connection-pill',
  imports: [Visible],
  template: `
    <svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true" [attr.class]="kind()">
      @switch (kind()) {
        @case ('connected') { <path d="M0 6H22M18.5 2.5 23 6l-4.5 3.5" /><circle cx="10" cy="6" r="4.5" /> }
        @case ('silent') { <path d="M0 6H10" /><path d="M17 6H26" stroke-dasharray="2 3" /><circle cx="10" cy="6" r="4.5" /> }
        @case ('connecting') { <path d="M0 6H26" stroke-dasharray="2 3" /><circle class="hollow" cx="13" cy="6" r="4" /> }
        @default { <path d="M0 6H8M16 6H26" stroke-dasharray="2 3" /><path class="cross" d="M9 2l8 8M17 2l-8 8" /> }
      }
    </svg>
    @switch (kind()) {
      @case ('connected') {
        <span class="to"><b>Connected</b><span class="wide"> to <app-visible [text]="agent() || 'the gateway'" />@if (role()) { · {{ role() }}}</span></span>
      }
      @case ('silent') { <b class="silent">No answer<span class="desk"> for {{ silence() }}</span></b> }
      @case ('connecting') { <b>Connecting</b> }
      @case ('stale') { <span class="bad"><b>Stale<span class="desk"> since {{ since() }}</span></b><span class="wide">{{ retry() }}</span></span> }
      @case ('signed-out') { <b class="bad">Signed out</b> }
      @default { <b class="bad">Stopped</b> }
    }
  `,
  styles: `
    :host { display: flex; align-items: center; gap: 8px; white-space: nowrap; font-weight: 400; color: var(--ink-2) }
    b { font-weight: 600; color: var(--ink) }
    .to { max-width: 320px; overflow: hidden; text-overflow: ellipsis } .to app-visible { white-space: pre }
    .bad, .bad b, b.bad { color: var(--failed) } b.silent { color: var(--leaving) }
    svg { flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; color: var(--failed) }
    svg.connected { color: var(--alive) } svg:is(.silent, .connecting) { color: var(--leaving) }
    circle { fill: currentColor } circle.hollow { fill: var(--bg) } .cross { stroke-width: 2.25 }
    @media (max-width: 1199px) { .wide { display: none } }
    @media (max-width: 639px) { .desk { display: none } }
  `,
})
export class ConnectionPill {
  readonly #cluster = inject(Cluster);
  readonly #standing = this.#cluster.standing;
  protected readonly agent = this.#cluster.agent;
  protected readonly role = this.#cluster.role;
  /** How long an answer has been waited for: what is shown may be that old. */
  protected readonly silence = computed(() => {
    const standing = this.#standing();
    if (standing.kind !== 'connected' || standing.silentSince === undefined) return undefined;
    return durationText(this.#cluster.now() - standing.silentSince);
  });
  protected readonly kind = computed(() => (this.silence() === undefined ? this.#standing().kind : 'silent'));
  protected readonly since = computed(() => clockText(this.#cluster.lost() ?? this.#cluster.since));
  protected readonly retry = computed(() => {
    const standing = this.#standing();
    if (standing.kind !== 'stale' || standing.retryAt === undefined) return ' · connecting';
    return ` · retry in ${durationText(standing.retryAt - this.#cluster.now() + 999)}`;
  });
}
