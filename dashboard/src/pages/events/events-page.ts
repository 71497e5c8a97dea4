import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { Component, computed, inject, signal, viewChild } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Cluster } from '../../cluster/cluster.ts';
import { injectMedia } from '../../cluster/now.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import type { LogEntry } from '../../model/event-log.ts';
import { countKinds, feedOf, KINDS, newsText } from '../../model/feed.ts';
import { Address } from '../../shell/address.ts';
import { Keyboard } from '../../shell/keyboard.ts';
import { RowFocus, Rows } from '../../table/rows.ts';
import { EventLanes } from './event-lanes.ts';
import { EventPanel } from './event-panel.ts';
import { EventRow } from './event-row.ts';
import { FireDialog } from './fire-dialog.ts';

/** The feed as somebody left it. */
interface Paused {
  readonly at: number;
  readonly entries: readonly LogEntry[];
  readonly total: number;
}

/** What happens in the cluster, newest first. It stands still when it is paused, and by itself when somebody scrolls into it. */
@Component({
  selector: 'app-events-page',
  imports: [
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollViewport,
    EventLanes,
    EventPanel,
    EventRow,
    FireDialog,
    RowFocus,
    Rows,
    Shape,
    Visible,
  ],
  templateUrl: './events-page.html',
  styleUrls: ['../../table/table.css', '../empty.css', '../feed.css', './events-page.css'],
  host: { '(keydown.escape)': 'close()' },
})
export class EventsPage {
  readonly #cluster = inject(Cluster);
  protected readonly address = inject(Address);
  readonly #may = injectPermissions();
  protected readonly mayFire = computed(
    () => this.#may().may('event') && this.#may().names('events').length > 0,
  );
  protected readonly fireRef = viewChild(FireDialog);
  protected readonly viewport = viewChild(CdkVirtualScrollViewport);
  protected readonly rows = viewChild(Rows);
  readonly #phone = injectMedia('(max-width: 639px)');
  protected readonly height = computed(() => (this.#phone() ? 56 : 28));

  protected readonly paused = signal<Paused | undefined>(undefined);
  readonly #entries = computed(() => this.paused()?.entries ?? this.#cluster.log().log.newest());
  protected readonly counts = computed(() => countKinds(this.#entries()));
  protected readonly kinds = KINDS;
  protected readonly off = signal<ReadonlySet<string>>(new Set());
  protected readonly shown = computed(() => feedOf(this.#entries(), this.off(), this.address.q()));
  protected readonly keys = computed(() => this.shown().map(({ id }) => String(id)));
  protected readonly news = computed(() => {
    const { total = 0, at = 0 } = this.paused() ?? {};
    return newsText(this.#cluster.log().log.total - total, at);
  });
  protected readonly selected = signal<LogEntry | undefined>(undefined);

  constructor() {
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'pause') this.toggle();
      });
  }

  protected toggle(): void {
    if (this.paused()) this.resume();
    else this.pause();
  }

  protected pause(): void {
    const { log } = this.#cluster.log();
    this.paused.update((paused) => paused ?? { at: Date.now(), entries: log.newest(), total: log.total });
  }

  protected resume(): void {
    this.paused.set(undefined);
    this.viewport()?.scrollToOffset(0);
  }

  /** What somebody reads further down does not move. */
  protected scrolled(): void {
    if ((this.viewport()?.measureScrollOffset('top') ?? 0) > 0) this.pause();
  }

  protected select(entry: LogEntry): void {
    this.pause();
    this.selected.set(entry);
  }

  /** The panel; the focus goes back to the row. */
  protected close(): void {
    const entry = this.selected();
    this.selected.set(undefined);
    if (entry) this.rows()?.focus(String(entry.id));
  }

  protected toggleKind(kind: string): void {
    this.off.update((off) => {
      const next = new Set(off);
      if (!next.delete(kind)) next.add(kind);
      return next;
    });
  }

  protected idOf(_index: number, { id }: LogEntry): number {
    return id;
  }
}
