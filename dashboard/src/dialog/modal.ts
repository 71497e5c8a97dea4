import { computed, Directive, ElementRef, inject, viewChild } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';

/** A dialog over the page; what has `data-first` in it gets the focus. A click beside it closes it, as Escape does. */
@Directive({ selector: 'dialog', host: { '(click)': 'clicked($event)' } })
export class Modal {
  readonly #dialog = inject<ElementRef<HTMLDialogElement>>(ElementRef).nativeElement;

  open(): void {
    this.#dialog.showModal();
    // No `autofocus`: a browser complains of one that comes into a page in which something has the focus.
    this.#dialog.querySelector<HTMLElement>('[data-first]')?.focus();
  }

  close(): void {
    this.#dialog.close();
  }

  // No expression in the template: one that is false keeps the browser from what a click does, such as to send a form.
  protected clicked({ target }: Event): void {
    if (target === this.#dialog) this.close();
  }
}

/** A component that is such a dialog. */
@Directive()
export abstract class ModalDialog {
  readonly #cluster = inject(Cluster);
  protected readonly modal = viewChild.required(Modal);
  /** Without a connection, nothing can be done. */
  protected readonly blocked = computed(() => this.#cluster.lost() !== undefined);

  open(): void {
    this.modal().open();
  }

  protected close(): void {
    this.modal().close();
  }
}
