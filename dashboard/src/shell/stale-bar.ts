import { Component, computed, inject, signal } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { Shape } from '../marbles/shape.ts';
import { clockText, durationText } from '../model/time-text.ts';

/** Says since when what is below is old, why, and what to do. */
@Component({
  selector: 'app-stale-bar',
  imports: [Shape],
  template: `
    @if (shown(); as shown) {
      <div class="bar">
        <app-shape kind="failed" />
        <span><b>{{ shown.title }}</b> {{ shown.text }} Everything below is as it was then.</span>
        @if (shown.key) {
          <form (submit)="signIn($event)">
            <input type="text" autocomplete="username" value="rxserf" hidden />
            <input type="password" aria-label="Key" placeholder="Key" autocomplete="current-password" [value]="key()" (input)="key.set($any($event.target).value)" (keydown.enter)="signIn($event)" />
            <button [disabled]="key().trim() === ''">Sign in</button>
          </form>
        } @else {
          <button type="button" (click)="tryNow()">Try now</button>
        }
      </div>
    }
  `,
  styles: `
    .bar { display: flex; align-items: center; gap: 12px; min-height: 40px; padding: 4px var(--edge); background: var(--failed-tint); border-bottom: 1px solid var(--line); color: var(--ink) }
    b { color: var(--failed); font-weight: 600 } span { flex: 1 } app-shape { color: var(--failed) }
    form { display: flex; gap: 8px } input { width: 180px }
    @media (max-width: 639px) { .bar { flex-wrap: wrap } }
  `,
  host: { role: 'status' },
})
export class StaleBar {
  readonly #cluster = inject(Cluster);
  protected readonly key = signal('');
  protected readonly shown = computed(() => {
    const standing = this.#cluster.standing();
    if (standing.kind === 'stale') {
      const { retryAt, attempt, since } = standing;
      const next =
        retryAt === undefined
          ? 'connecting now'
          : `next try in ${durationText(retryAt - this.#cluster.now() + 999)}`;
      return {
        title: `Stale since ${clockText(since)}.`,
        text: `The connection was lost; ${next}, attempt ${attempt}.`,
        key: false,
      };
    }
    if (standing.kind === 'signed-out' && standing.since !== undefined)
      return {
        title: `The session ended at ${clockText(standing.since)}.`,
        text: 'The gateway takes this key no longer.',
        key: true,
      };
    if (standing.kind === 'failed' && this.#cluster.rows().length > 0)
      return { title: 'The page has stopped.', text: standing.error.message, key: false };
    return undefined;
  });

  protected tryNow(): void {
    if (this.#cluster.standing().kind === 'failed') this.#cluster.retry();
    else this.#cluster.tryNow();
  }

  protected signIn(event: Event): void {
    event.preventDefault();
    if (this.key().trim() === '') return;
    this.#cluster.signIn(this.key().trim());
    this.key.set('');
  }
}
