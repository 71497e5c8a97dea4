import { Component, input } from '@angular/core';
import type { SerfAction } from 'rxserf/angular';

/** How an act has ended, or that it is under way. */
@Component({
  selector: 'app-outcome',
  template: `
    @switch (action().status()) {
      @case ('pending') { Asking the agent. }
      @case ('done') { <b>Done.</b> {{ done() }} }
      @case ('error') { <b class="bad">{{ action().error()?.code === 'permission-denied' ? 'Refused.' : 'Not done.' }}</b> {{ action().error()?.message }} <code>{{ action().error()?.code }}</code> }
    }
  `,
  styles: `
    :host { display: block; margin: 0 0 12px; color: var(--ink-2); overflow-wrap: anywhere }
    b { color: var(--ink); font-weight: 600 } b.bad { color: var(--failed) }
    code { padding: 2px 6px; border-radius: 4px; background: var(--sunken); font-size: var(--t12) }
  `,
  host: { role: 'status' },
})
export class Outcome {
  readonly action = input.required<Pick<SerfAction<readonly never[], unknown>, 'status' | 'error'>>();
  /** What it means that it is done. */
  readonly done = input('');
}
