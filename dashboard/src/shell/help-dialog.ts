import { Component, inject, viewChild } from '@angular/core';
import { Modal } from '../dialog/modal.ts';
import { SHORTCUTS } from '../model/shortcuts.ts';
import { Keyboard } from './keyboard.ts';
import { Session } from './session.ts';

const ROWS = [
  { keys: '↓ ↑', text: 'Next row, the one before, within a table' },
  { keys: '→ ←', text: 'Into the tags of a row, and out' },
  { keys: 'Enter', text: 'The member, the payload of an event' },
  { keys: 'Esc', text: 'Close, clear' },
];

/** The keys, and what belongs to this session. */
@Component({
  selector: 'app-help-dialog',
  imports: [Modal],
  template: `
    <dialog aria-labelledby="help-title">
      <div class="body">
        <h2 id="help-title">Keys</h2>
        <table>
          <tbody>
            @for (row of shortcuts; track row.keys) {
              <tr><th scope="row">@for (key of row.keys.split(' '); track $index) {<kbd>{{ key }}</kbd> }</th><td>{{ row.text }}</td></tr>
            }
          </tbody>
        </table>
        <label><input type="checkbox" [checked]="keyboard.letters()" (change)="keyboard.useLetters($any($event.target).checked)" /> Single keys do something</label>
        <p>A search finds names, addresses, tags as <code>key=value</code>, and round trips as <code>rtt&lt;40</code> or <code>rtt&gt;20</code>, in ms. On the map a drag over the picture takes the same.</p>
        <p>Round trips are estimated by the agent from network coordinates; they are no pings. An agent knows the coordinates of those it has probed itself.</p>
        <p class="acts">
          @if (session.key()) { <button type="button" (click)="session.signOut()">Sign out</button> }
          <button type="button" class="primary" (click)="modal().close()">Close</button>
        </p>
      </div>
    </dialog>
  `,
  styles: `
    dialog { width: min(440px, calc(100vw - 24px)); padding: 0; border: 1px solid var(--line); border-radius: 10px; background: var(--raised); color: var(--ink); box-shadow: 0 16px 48px rgb(0 0 0 / .24) }
    dialog::backdrop { background: rgb(0 0 0 / .4) }
    .body { padding: 24px } h2 { margin: 0 0 12px; font-size: var(--t20); line-height: 28px; font-weight: 600 }
    table { width: 100%; border-collapse: collapse; margin-bottom: 16px } th, td { padding: 4px 0; text-align: left; font-weight: 400; border-bottom: 1px solid var(--line) } th { width: 120px; color: var(--ink-2) }
    kbd { display: inline-block; min-width: 20px; margin-right: 4px; padding: 0 5px; border: 1px solid var(--line-2); border-radius: 4px; font: var(--t12)/18px var(--mono); text-align: center }
    p { color: var(--ink-2) } .acts { display: flex; justify-content: flex-end; gap: 8px; margin: 16px 0 0 }
    label { display: flex; align-items: center; gap: 8px; min-height: 28px }
  `,
})
export class HelpDialog {
  protected readonly keyboard = inject(Keyboard);
  protected readonly session = inject(Session);
  protected readonly shortcuts = [...SHORTCUTS, ...ROWS];
  protected readonly modal = viewChild.required(Modal);

  open(): void {
    this.modal().open();
  }
}
