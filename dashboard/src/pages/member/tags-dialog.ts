import { Component, computed, input, signal } from '@angular/core';
import { injectSerfAction } from 'rxserf/angular';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Modal, ModalDialog } from '../../dialog/modal.ts';
import { Outcome } from '../../dialog/outcome.ts';
import { type TagEdit, tagChange, tagEdits, tagsBytes, wrongOf } from '../../model/tag-edit.ts';

/** The most that an agent takes for all tags of a member, in bytes. */
const LIMIT = 512;

/** Changes the tags of the agent that this page talks to: an agent sets no others. */
@Component({
  selector: 'app-tags-dialog',
  imports: [Modal, Outcome],
  template: `
    <dialog aria-labelledby="tags-title">
      <form class="body" (submit)="submit($event)">
        <h2 id="tags-title">Tags of this agent</h2>
        <p>All members see them at once, and queries and handlers may go by them.</p>
        <div class="field tags">
          @for (edit of edits(); track $index; let index = $index) {
            <input [attr.aria-label]="'Key of tag ' + (index + 1)" spellcheck="false" autocomplete="off" [value]="edit.key" [readOnly]="edit.was !== undefined || !mayChange(edit)" (input)="change(index, { key: $any($event.target).value })" />
            <input [attr.aria-label]="'Value of ' + (edit.key || 'tag ' + (index + 1))" spellcheck="false" autocomplete="off" [value]="edit.value" [readOnly]="!mayChange(edit)" (input)="change(index, { value: $any($event.target).value })" />
            <button type="button" [attr.aria-label]="'Remove ' + (edit.key || 'tag ' + (index + 1))" [disabled]="!mayChange(edit)" (click)="remove(index)">Remove</button>
          }
        </div>
        <button type="button" (click)="add()">Add a tag</button>
        <p class="note">{{ bytes() }} of {{ limit }} bytes. @if (wrong(); as wrong) { {{ wrong }} } @else if (!changed()) { Nothing is changed yet. }</p>
        @if (sent()) { <app-outcome class="result" [action]="action" /> }
        <div class="bottom">
          <button type="button" data-first (click)="close()">{{ sent() ? 'Close' : 'Cancel' }}</button>
          <button class="primary" [disabled]="wrong() !== undefined || !changed() || blocked() || action.pending()">Set tags</button>
        </div>
      </form>
    </dialog>
  `,
  styleUrls: ['../form.css', '../../dialog/dialog.css'],
  styles: `
    .tags { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) auto; gap: 8px; margin-bottom: 12px } .tags button { height: 32px }
    .result { margin: 12px 0 0 }
    @media (max-width: 639px) { .body button { height: 44px } }
  `,
})
export class TagsDialog extends ModalDialog {
  readonly tags = input.required<Readonly<Record<string, string>>>();
  readonly #may = injectPermissions();
  protected readonly action = injectSerfAction((serf, change: ReturnType<typeof tagChange>) =>
    serf.tags(change),
  );
  protected readonly limit = LIMIT;
  protected readonly edits = signal<readonly TagEdit[]>([]);
  /** The keys that were there when the dialog was opened. */
  readonly #before = signal<readonly string[]>([]);
  protected readonly sent = signal(false);
  readonly #change = computed(() => tagChange(this.#before(), this.edits()));
  protected readonly changed = computed(
    () => this.#change().delete.length > 0 || Object.keys(this.#change().set).length > 0,
  );
  protected readonly bytes = computed(() => tagsBytes(this.edits()));
  protected readonly wrong = computed(() => wrongOf(this.edits(), LIMIT, (key) => this.#allowed(key)));

  override open(): void {
    this.edits.set(tagEdits(this.tags()));
    this.#before.set(Object.keys(this.tags()));
    this.sent.set(false);
    super.open();
  }

  protected mayChange({ was, key }: TagEdit): boolean {
    return was === undefined || this.#allowed(key);
  }

  protected change(index: number, part: Partial<TagEdit>): void {
    this.edits.update((edits) => edits.map((edit, i) => (i === index ? { ...edit, ...part } : edit)));
  }

  protected remove(index: number): void {
    this.edits.update((edits) => edits.filter((_, i) => i !== index));
  }

  protected add(): void {
    this.edits.update((edits) => [...edits, { key: '', value: '' }]);
  }

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.wrong() || !this.changed() || this.blocked()) return;
    this.sent.set(true);
    this.action.run(this.#change());
  }

  #allowed(key: string): boolean {
    return this.#may().allows('setTags', key);
  }
}
