import { Injectable, signal } from '@angular/core';
import { filter, fromEvent, map, scan, share } from 'rxjs';
import { type Act, press } from '../model/shortcuts.ts';

const LETTERS = 'rxserf.letters';

/** Single keys as acts; none while somebody writes, in a dialog, or where they are turned off. */
@Injectable({ providedIn: 'root' })
export class Keyboard {
  /** Whether single letters do anything: who speaks to a computer turns them off. */
  readonly letters = signal(localStorage.getItem(LETTERS) !== 'off');

  readonly act$ = fromEvent<KeyboardEvent>(document, 'keydown').pipe(
    filter(
      (event) => this.letters() && !event.ctrlKey && !event.metaKey && !event.altKey && !isBusy(event.target),
    ),
    scan(
      (state, event) => {
        const next = press(state.pending, event.key);
        if (next.act) event.preventDefault();
        return next;
      },
      { pending: '' } as { readonly act?: Act; readonly pending: string },
    ),
    map(({ act }) => act),
    filter((act) => act !== undefined),
    share(),
  );

  /** Escape, where nothing else is closed or cleared by it. */
  readonly escape$ = fromEvent<KeyboardEvent>(document, 'keydown').pipe(
    filter((event) => event.key === 'Escape' && !event.defaultPrevented && !isBusy(event.target)),
  );

  useLetters(on: boolean): void {
    localStorage.setItem(LETTERS, on ? 'on' : 'off');
    this.letters.set(on);
  }
}

function isBusy(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  // A dialog that has just closed keeps the focus until the browser's next task, and whoever types fast is heard all the same.
  const dialog = target.closest('dialog');
  return dialog ? dialog.open : target.closest('input, textarea, select') !== null;
}
