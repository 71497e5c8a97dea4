import { Component, computed, inject, signal } from '@angular/core';
import { binary } from 'rxserf';
import { injectSerfAction } from 'rxserf/angular';
import { Cluster } from '../../cluster/cluster.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Modal, ModalDialog } from '../../dialog/modal.ts';
import { Outcome } from '../../dialog/outcome.ts';
import { EVENT_LIMIT, eventSize, eventWords, wrongWithEvent } from '../../model/event-form.ts';
import { shellWords } from '../../model/shell-words.ts';
import { visibleText } from '../../model/visible-text.ts';

const encoder = new TextEncoder();
/** So much of a name stands on the button and in the outcome. */
const SHORT = 24;

/** Fires a user event: its handlers run on all members, so it says so before. */
@Component({
  selector: 'app-fire-dialog',
  imports: [Modal, Outcome],
  template: `
    <dialog aria-labelledby="fire-title">
      <form class="body" (submit)="submit($event)">
        <h2 id="fire-title">Fire an event</h2>
        <p>It reaches <b>all {{ alive() }} members</b> that are alive, and whatever they run for it. It cannot be called back.</p>
        <div class="field">
          <label for="fire-name">Name</label>
          <input id="fire-name" data-first autocomplete="off" spellcheck="false" list="fire-names" [value]="name()" (input)="name.set($any($event.target).value)" (keydown.enter)="submit($event)" />
          <datalist id="fire-names">@for (each of names(); track each) { <option [value]="each"></option> }</datalist>
          @if (restricted(); as some) { <p class="note">Your role may fire {{ some }}.</p> }
        </div>
        <div class="field">
          <label for="fire-payload">Payload</label>
          <textarea id="fire-payload" spellcheck="false" aria-describedby="fire-size" [value]="payload()" (input)="payload.set($any($event.target).value)"></textarea>
          <span class="meter" aria-hidden="true" [class.over]="size() > limit"><span [style.width.%]="(100 * size()) / limit"></span></span>
          <p class="note" id="fire-size">{{ size() }} of {{ limit }} bytes, name and payload together. An agent may be set up for another limit.</p>
        </div>
        <label class="check"><input type="checkbox" [checked]="coalesce()" (change)="coalesce.set($any($event.target).checked)" /> Coalesce: a later event of this name may take its place</label>
        <span class="legend">The same in a terminal</span>
        <pre tabindex="0" role="group" aria-label="The command">{{ command() }}</pre>
        <app-outcome [action]="fire" [done]="shown(sent()) + ' is on its way; it shows up in the feed.'" />
        @if (name() !== '' && wrong()) { <p class="note wrong" role="status">{{ wrong() }}</p> }
        <div class="bottom">
          <button type="button" (click)="close()">Close</button>
          <button class="primary" [disabled]="wrong() !== undefined || fire.pending()">Fire {{ shown(name().trim()) }}</button>
        </div>
      </form>
    </dialog>
  `,
  styleUrls: ['../form.css', '../../dialog/dialog.css'],
})
export class FireDialog extends ModalDialog {
  readonly #cluster = inject(Cluster);
  readonly #may = injectPermissions();
  protected readonly limit = EVENT_LIMIT;
  protected readonly fire = injectSerfAction((serf, name: string, payload: string, coalesce: boolean) =>
    serf.event(name, payload ? encoder.encode(payload) : undefined, { coalesce, codec: binary() }),
  );
  protected readonly name = signal('');
  protected readonly payload = signal('');
  protected readonly coalesce = signal(false);
  protected readonly shown = (name: string) => visibleText(name, SHORT);
  /** The name of what was fired last. */
  protected readonly sent = signal('');
  readonly #form = computed(() => ({
    name: this.name().trim(),
    payload: this.payload(),
    coalesce: this.coalesce(),
  }));
  protected readonly size = computed(() => eventSize(this.#form()));
  protected readonly wrong = computed(() => {
    if (this.blocked()) return 'There is no connection: nothing can be fired now.';
    return wrongWithEvent(this.#form(), (name) => this.#may().allows('events', name));
  });
  protected readonly alive = computed(() => this.#cluster.counts().get('alive') ?? 0);
  /** Names that the policy has, and those that were heard of. */
  protected readonly names = computed(() => {
    const heard = this.#cluster.log().log.newest();
    const events = heard.flatMap(({ kind, subject }) => (kind === 'user' ? [subject] : []));
    const listed = this.#may()
      .names('events')
      .filter((name) => !name.endsWith('*'));
    return [...new Set([...listed, ...events])].slice(0, 50);
  });
  protected readonly restricted = computed(() => {
    const names = this.#may().names('events');
    return names.includes('*') ? '' : names.join(', ');
  });
  protected readonly command = computed(() => shellWords(eventWords(this.#form())));

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.wrong() !== undefined || this.fire.pending()) return;
    const { name, payload, coalesce } = this.#form();
    this.sent.set(name);
    this.fire.run(name, payload, coalesce);
  }
}
