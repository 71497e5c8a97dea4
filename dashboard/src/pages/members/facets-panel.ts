import { Component, computed, inject, input, output } from '@angular/core';
import { Visible } from '../../marbles/visible.ts';
import { facetsOf } from '../../model/facets.ts';
import { type Condition, isSame } from '../../model/member-filter.ts';
import type { MemberRow } from '../../model/member-row.ts';
import { Address } from '../../shell/address.ts';

/** Tags with how many members have them, as filters. */
@Component({
  selector: 'app-facets-panel',
  imports: [Visible],
  template: `
    @for (facet of facets(); track facet.key) {
      <section>
        <h2><app-visible [text]="facet.key" /></h2>
        @for (each of facet.values; track each.value) {
          <button type="button" class="quiet" [attr.aria-pressed]="isOn(facet.key, each.value)" (click)="filter.emit({ kind: 'tag', key: facet.key, value: each.value })">
            <span class="value"><app-visible [text]="each.value" /></span><span class="count">{{ each.count }}</span>
            <span class="meter" [style.width.%]="(each.count / rows().length) * 100"></span>
          </button>
        }
        @if (facet.more > 0) { <p>and {{ facet.more }} more: search for {{ facet.key }}=…</p> }
      </section>
    }
  `,
  styles: `
    section { margin-bottom: 20px } h2 { margin: 0 0 4px; font-size: var(--t12); line-height: 16px; font-weight: 600; color: var(--ink-2) }
    button { position: relative; display: flex; align-items: center; justify-content: space-between; gap: 8px; width: calc(100% + 16px); height: 26px; margin: 0 -8px; padding: 0 8px; text-align: left; font-weight: 400 }
    .value { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap } .value app-visible { white-space: pre; overflow-wrap: normal } .count { color: var(--ink-3) }
    .meter { position: absolute; left: 8px; bottom: 1px; height: 2px; max-width: calc(100% - 16px); background: var(--line-2) }
    button[aria-pressed='true'] { background: var(--accent-tint); font-weight: 600 } button[aria-pressed='true'] .meter { background: var(--accent) }
    p { margin: 4px 0; color: var(--ink-3); font-size: var(--t12) }
    @media (max-width: 1199px) { button { height: 44px } }
  `,
})
export class FacetsPanel {
  readonly rows = input.required<readonly MemberRow[]>();
  readonly filter = output<Condition>();
  readonly #address = inject(Address);
  protected readonly facets = computed(() => facetsOf(this.rows()));

  protected isOn(key: string, value: string): boolean {
    return this.#address.conditions().some((each) => isSame(each, { kind: 'tag', key, value }));
  }
}
