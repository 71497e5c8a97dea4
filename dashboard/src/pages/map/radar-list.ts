import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { Component, computed, effect, input, output, untracked, viewChild } from '@angular/core';
import { injectMedia } from '../../cluster/now.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import type { Blip } from '../../model/radar.ts';
import { rttText } from '../../model/rtt.ts';
import { GroupShape } from '../../radar/group-shape.ts';
import { RowFocus, Rows } from '../../table/rows.ts';
import { RttScale } from '../members/rtt-scale.ts';

/** What the radar shows, as a table. */
@Component({
  selector: 'app-radar-list',
  imports: [
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollViewport,
    GroupShape,
    RowFocus,
    Rows,
    RttScale,
    Shape,
    Visible,
  ],
  template: `
    <div role="rowgroup" class="heads">
      <div role="row" class="row head" aria-rowindex="1">
        <div role="columnheader"><span class="visually-hidden">Status and group</span></div><div role="columnheader">Name</div>
        <div role="columnheader" class="trip">RTT, estimated</div><div role="columnheader" class="error">± ms</div>
      </div>
    </div>
    <cdk-virtual-scroll-viewport role="rowgroup" tabindex="0" aria-label="Round trips" [itemSize]="height()" minBufferPx="112" maxBufferPx="140" [rowsOf]="keys()">
      <div *cdkVirtualFor="let blip of blips(); let index = index; trackBy: placeOf" role="row" class="row" [class.selected]="blip.name === selected()" [rowKey]="blip.name"
        [attr.aria-rowindex]="index + 2" [attr.aria-selected]="blip.name === selected()" (focus)="picks.emit(blip)" (click)="picks.emit(blip)" (keydown.enter)="opens.emit(blip)">
        <div role="cell" class="kind">
          @if (blip.status === 'alive') { <app-group-shape [colour]="blip.colour" /><span class="visually-hidden">{{ wordOf(blip) }}</span> }
          @else { <app-shape [kind]="blip.status" [class]="'k-' + blip.status" /><span class="visually-hidden">{{ wordOf(blip) }}</span> }
        </div>
        <div role="cell" class="name"><app-visible [text]="blip.name" /></div>
        <div role="cell" class="trip"><app-rtt-scale [ms]="blip.ms" [alive]="blip.status === 'alive'" /></div>
        <div role="cell" class="error">{{ text(blip.error) }}</div>
      </div>
    </cdk-virtual-scroll-viewport>
  `,
  styles: `
    :host { display: flex; flex-direction: column; min-height: 0; flex: 1 }
    .heads, cdk-virtual-scroll-viewport { scrollbar-gutter: stable } .heads { overflow: hidden; border-bottom: 1px solid var(--line) }
    cdk-virtual-scroll-viewport { flex: 1; min-height: 0; outline-offset: -2px }
    .row { display: grid; grid-template-columns: 14px minmax(0, 1fr) 132px 36px; column-gap: 10px; align-items: center; height: var(--row); padding: 0 var(--edge); border-bottom: 1px solid color-mix(in srgb, var(--line) 55%, transparent); cursor: default; position: relative }
    .head { height: 32px; border: 0; color: var(--ink-3); font-size: var(--t12) }
    .row:not(.head):hover { background: var(--sunken) }
    .row.selected { background: var(--accent-tint) } .row.selected::before { content: ''; position: absolute; inset: 0 auto 0 0; width: 4px; background: var(--accent) }
    .row:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px }
    .kind { display: inline-flex } .name { font-weight: 500; overflow: hidden; text-overflow: ellipsis; white-space: nowrap } .name app-visible { white-space: pre; overflow-wrap: normal }
    .trip, .error { text-align: right } .error { color: var(--ink-3) }
    @media (max-width: 1199px) { :host { --rtt-scale: none } .row { grid-template-columns: 14px minmax(0, 1fr) 90px 40px; column-gap: 8px } }
    @media (max-width: 639px) { .row { grid-template-columns: 14px minmax(0, 1fr) 84px 48px } }
  `,
  host: {
    role: 'table',
    'aria-label': 'Estimated round trips, the nearest first',
    '[attr.aria-rowcount]': 'blips().length + 1',
    '[style.--row.px]': 'height()',
  },
})
export class RadarList {
  readonly blips = input.required<readonly Blip[]>();
  /** What the colours stand for, by their index. */
  readonly groups = input.required<ReadonlyMap<number, string>>();
  readonly selected = input<string>();
  readonly picks = output<Blip>();
  readonly opens = output<Blip>();
  readonly #touch = injectMedia('(max-width: 639px), (pointer: coarse)');
  protected readonly height = computed(() => (this.#touch() ? 44 : 28));
  protected readonly keys = computed(() => this.blips().map(({ name }) => name));
  protected readonly text = rttText;
  protected readonly viewport = viewChild.required(CdkVirtualScrollViewport);

  constructor() {
    // Who is chosen in the picture is shown here, too.
    effect(() => {
      const index = untracked(this.keys).indexOf(this.selected() ?? '');
      const { start, end } = this.viewport().getRenderedRange();
      if (index >= 0 && (index < start || index >= end))
        this.viewport().scrollToIndex(Math.max(0, index - 3));
    });
  }

  /** Estimates change, and with them the order: an element that were moved would lose the focus. */
  protected placeOf(index: number): number {
    return index;
  }

  protected wordOf({ status, colour }: Blip): string {
    const group = this.groups().get(colour) ?? '';
    return status === 'alive' ? group : `${status} ${group}`;
  }
}
