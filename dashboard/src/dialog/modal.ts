import { Directive, ElementRef, inject } from '@angular/core';

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
