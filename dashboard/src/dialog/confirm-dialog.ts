import { Component, computed, input, output, signal } from '@angular/core';
import type { KeyReport } from 'rxserf';
import type { SerfAction } from 'rxserf/angular';
import { Shape } from '../marbles/shape.ts';
import type { ShownStatus } from '../model/member-row.ts';
import { missingOf } from '../model/typed-name.ts';
import { Modal, ModalDialog } from './modal.ts';
import { NodeReport } from './node-report.ts';
import { Outcome } from './outcome.ts';

let count = 0;

/** Asks before something that cannot be taken back: what it does stands in it, and something has to be typed. Then it shows what came of it. */
@Component({
  selector: 'app-confirm-dialog',
  imports: [Modal, NodeReport, Outcome, Shape],
  template: `
    <dialog [attr.aria-labelledby]="id">
      <form class="body" (submit)="submit($event)">
        <h2 [id]="id"><app-shape [kind]="kind()" [size]="16" [class]="'k-' + kind()" /><span>{{ question() }}</span></h2>
        <ng-content />
        @if (asking()) {
          <div class="field">
            <label [for]="id + '-typed'">Type <b class="asked">{{ asked() }}</b> to confirm</label>
            <input [id]="id + '-typed'" autocomplete="off" spellcheck="false" [attr.aria-describedby]="id + '-missing'" [value]="typed()" (input)="typed.set($any($event.target).value)" (keydown.enter)="submit($event)" />
            <p class="note" [id]="id + '-missing'">{{ blocked() ? 'There is no connection: nothing can be done now.' : missing() }}</p>
          </div>
        } @else {
          <app-outcome [action]="action()" [done]="done()" />
          <app-node-report [report]="report()" [error]="action().error()" />
        }
        <div class="bottom">
          <button type="button" data-first (click)="close()">{{ asking() ? 'Cancel' : 'Close' }}</button>
          @if (asking()) { <button class="solid" [disabled]="missing() !== '' || blocked()">{{ verb() }}</button> }
        </div>
      </form>
    </dialog>
  `,
  styleUrls: ['../pages/form.css', './dialog.css'],
})
export class ConfirmDialog extends ModalDialog {
  /** Whom it is about. */
  readonly kind = input<ShownStatus>('failed');
  readonly question = input.required<string>();
  /** What has to be typed, all of it as it is seen. */
  readonly asked = input.required<string>();
  readonly verb = input.required<string>();
  readonly action = input.required<Pick<SerfAction<readonly never[], unknown>, 'status' | 'error'>>();
  readonly report = input<KeyReport>();
  readonly done = input('');
  readonly confirmed = output();
  protected readonly id = `confirm-${count++}`;
  protected readonly typed = signal('');
  /** Until something was done. */
  readonly asking = signal(true);
  protected readonly missing = computed(() => missingOf(this.asked(), this.typed()));

  override open(): void {
    this.typed.set('');
    this.asking.set(true);
    super.open();
  }

  protected submit(event: Event): void {
    event.preventDefault();
    if (!this.asking() || this.missing() || this.blocked()) return;
    this.asking.set(false);
    this.confirmed.emit();
  }
}
