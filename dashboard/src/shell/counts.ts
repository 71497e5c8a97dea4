import { Component, computed, inject } from '@angular/core';
import { Cluster } from '../cluster/cluster.ts';
import { Shape } from '../marbles/shape.ts';
import { type ShownStatus, STATUSES } from '../model/member-row.ts';
import { Address } from './address.ts';

/** How many members of each status, as filters. */
@Component({
  selector: 'app-counts',
  imports: [Shape],
  template: `
    <button type="button" [attr.aria-pressed]="!chosen()" (click)="choose(undefined)">
      <b>{{ all() }}</b> <span>all</span>
    </button>
    @for (each of counts(); track each.status) {
      <button type="button" [class.apart]="each.status === 'flapping'" [attr.aria-pressed]="chosen() === each.status"
        [title]="each.count + ' ' + each.status" (click)="choose(each.status)">
        <app-shape [kind]="each.status" /><b>{{ each.count }}</b> <span class="word">{{ each.status }}</span>
      </button>
    }
  `,
  styleUrl: './counts.css',
  host: { role: 'group', 'aria-label': 'Members by status' },
})
export class Counts {
  readonly #cluster = inject(Cluster);
  readonly #address = inject(Address);
  protected readonly all = computed(() => this.#cluster.rows().length);
  protected readonly counts = computed(() =>
    STATUSES.map((status) => ({ status, count: this.#cluster.counts().get(status) ?? 0 })),
  );
  protected readonly chosen = computed(
    () => this.#address.conditions().find((each) => each.kind === 'status')?.value,
  );

  protected choose(status: ShownStatus | undefined): void {
    const others = this.#address.conditions().filter(({ kind }) => kind !== 'status');
    const again = status === this.chosen();
    this.#address.filter(status && !again ? [...others, { kind: 'status', value: status }] : others);
  }
}
