import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { Component, computed, inject, input, output } from '@angular/core';
import { Router } from '@angular/router';
import { injectMedia } from '../../cluster/now.ts';
import { RoundTrips } from '../../cluster/round-trips.ts';
import type { Condition } from '../../model/member-filter.ts';
import type { Sort } from '../../model/member-order.ts';
import type { MemberRow } from '../../model/member-row.ts';
import { nameParam } from '../../model/route-name.ts';
import { RowFocus, Rows } from '../../table/rows.ts';
import { MemberRowComponent } from './member-row.ts';

const COLUMNS: readonly { readonly label: string; readonly sort?: Sort; readonly kind: string }[] = [
  { label: 'Status', sort: 'status', kind: 'status' },
  { label: 'Name', sort: 'name', kind: 'name' },
  { label: 'Address', kind: 'address' },
  { label: 'Versions', kind: 'versions' },
  { label: 'Tags', kind: 'tags' },
  { label: 'RTT, estimated', sort: 'rtt', kind: 'rtt' },
  { label: 'Last 10 min', sort: 'changed', kind: 'life' },
  { label: 'Ago', kind: 'ago' },
];

/** Members as rows of which only those in sight are in the page. */
@Component({
  selector: 'app-members-table',
  imports: [
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollViewport,
    MemberRowComponent,
    RowFocus,
    Rows,
  ],
  template: `
    <div class="heads" role="rowgroup">
      <div class="head" role="row" aria-rowindex="1">
        @for (column of columns; track column.label) {
          <div role="columnheader" [attr.class]="column.kind" [attr.aria-sort]="column.sort ? (column.sort !== sort() ? 'none' : column.sort === 'changed' ? 'descending' : 'ascending') : null">
            @if (column.sort; as by) {
              <button type="button" class="quiet" [class.on]="by === sort()" (click)="sortBy.emit(by)">{{ column.label }}@if (by === sort()) {<span aria-hidden="true"> {{ by === 'changed' ? '↓' : '↑' }}</span>}</button>
            } @else { {{ column.label }} }
          </div>
        }
      </div>
    </div>
    <cdk-virtual-scroll-viewport role="rowgroup" tabindex="0" aria-label="Members" [itemSize]="height()" minBufferPx="112" maxBufferPx="140" [rowsOf]="keys()">
      <app-member-row *cdkVirtualFor="let row of rows(); let index = index; trackBy: placeOf" [row]="row" [rtt]="rtt().get(row.member.name)" [wide]="wide()"
        [rowKey]="row.member.name" [attr.aria-rowindex]="index + 2" (filter)="filter.emit($event)" (keydown.enter)="open($event, row)" />
    </cdk-virtual-scroll-viewport>
  `,
  styleUrls: ['../../table/table.css', './members-table.css'],
  host: {
    role: 'table',
    'aria-label': 'Members',
    '[attr.aria-rowcount]': 'rows().length + 1',
    '[style.--row.px]': 'height()',
    '(mouseenter)': 'reads.emit()',
    '(focusin)': 'reads.emit()',
  },
})
export class MembersTable {
  readonly rows = input.required<readonly MemberRow[]>();
  readonly sort = input.required<Sort>();
  readonly filter = output<Condition>();
  readonly sortBy = output<Sort>();
  /** A pointer or the focus is in here. */
  readonly reads = output();
  readonly #router = inject(Router);
  readonly #phone = injectMedia('(max-width: 639px)');
  readonly #coarse = injectMedia('(pointer: coarse)');
  protected readonly wide = injectMedia('(min-width: 1200px)');
  protected readonly rtt = inject(RoundTrips).value;
  protected readonly columns = COLUMNS;
  protected readonly height = computed(() => (this.#phone() ? 56 : this.#coarse() ? 36 : 28));
  protected readonly keys = computed(() => this.rows().map(({ member }) => member.name));

  /** Under churn others stand in every place twice a second: to bind them anew costs half of what it takes to move the elements. */
  protected placeOf(index: number): number {
    return index;
  }

  protected open(event: Event, { member }: MemberRow): void {
    if (event.target === event.currentTarget)
      void this.#router.navigate(['/member'], { queryParams: { name: nameParam(member.name) } });
  }
}
