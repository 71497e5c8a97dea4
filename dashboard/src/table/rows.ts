import { CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import {
  ApplicationRef,
  afterRenderEffect,
  ChangeDetectorRef,
  computed,
  DestroyRef,
  Directive,
  ElementRef,
  inject,
  input,
  signal,
  untracked,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { rowAfter } from '../model/row-keys.ts';
import { Keyboard } from '../shell/keyboard.ts';

/**
 * Moves the focus over rows of which only those in sight are there. One row at a time is in the tab order. The focus has moved when a
 * key's event is over: who types fast presses the next key before the browser draws.
 */
@Directive({ selector: '[rowsOf]', host: { '(keydown)': 'press($event)' } })
export class Rows {
  /** What each row is known by, in their order. */
  readonly keys = input.required<readonly string[]>({ alias: 'rowsOf' });
  readonly active = signal<string | undefined>(undefined);
  readonly #viewport = inject(CdkVirtualScrollViewport);
  readonly #changes = inject(ChangeDetectorRef);
  readonly #application = inject(ApplicationRef);
  readonly #index = computed(() => this.keys().indexOf(this.active() ?? ''));
  /** Those that were made; one that is kept for later is not in the page. */
  readonly #rows = new Set<RowFocus>();

  constructor() {
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'next') this.move('ArrowDown');
        else if (act === 'previous') this.move('ArrowUp');
      });
    afterRenderEffect(() => {
      this.keys();
      untracked(() => this.#follow());
    });
  }

  add(row: RowFocus): () => void {
    this.#rows.add(row);
    return () => this.#rows.delete(row);
  }

  protected press(event: KeyboardEvent): void {
    if (!event.defaultPrevented && this.move(event.key)) event.preventDefault();
  }

  move(key: string): boolean {
    const page = Math.max(1, Math.floor(this.#viewport.getViewportSize() / this.#rowHeight()) - 1);
    const index = rowAfter(key, this.#index(), this.keys().length, page);
    const row = index === undefined ? undefined : this.keys()[index];
    if (row === undefined) return false;
    this.focus(row);
    return true;
  }

  /** Brings a row into sight, and the focus to it. */
  focus(key: string): void {
    const index = this.keys().indexOf(key);
    if (index < 0) return;
    this.active.set(key);
    const there = this.#take(key);
    // The row that has the focus goes out of the page, but the focus not out of the list.
    if (!there) this.#viewport.elementRef.nativeElement.focus({ preventScroll: true });
    this.#reveal(index);
    if (there) return;
    // Its event of scrolling would come with the next frame.
    this.#viewport.checkViewportSize();
    this.#changes.markForCheck();
    this.#application.tick();
    this.#take(key);
  }

  /** When another row has come to where the focus is, it goes to where its own row is now, if that is still there. */
  #follow(): void {
    const row = this.#find((each) => each.hasFocus());
    const active = this.active();
    if (!row || row.key() === active) return;
    if (active === undefined || this.#index() < 0) this.active.set(row.key());
    // Nothing is drawn while it is drawn.
    else queueMicrotask(() => this.focus(active));
  }

  #take(key: string): boolean {
    const row = this.#find((each) => each.isThere() && each.key() === key);
    row?.focus();
    return row !== undefined;
  }

  #find(is: (row: RowFocus) => boolean): RowFocus | undefined {
    for (const row of this.#rows) if (is(row)) return row;
    return undefined;
  }

  #reveal(index: number): void {
    const height = this.#viewport.getViewportSize();
    const rowHeight = this.#rowHeight();
    const top = this.#viewport.measureScrollOffset('top');
    if (index * rowHeight < top) this.#viewport.scrollToOffset(index * rowHeight);
    else if ((index + 1) * rowHeight > top + height)
      this.#viewport.scrollToOffset((index + 1) * rowHeight - height);
  }

  #rowHeight(): number {
    const { start, end } = this.#viewport.getRenderedRange();
    return this.#viewport.measureRenderedContentSize() / Math.max(1, end - start);
  }
}

/** A row of {@link Rows}. */
@Directive({
  selector: '[rowKey]',
  host: {
    '[attr.tabindex]': 'rows.active() === key() ? 0 : -1',
    '(focusin)': 'rows.active.set(key())',
    '(keydown)': 'press($event)',
  },
})
export class RowFocus {
  readonly key = input.required<string>({ alias: 'rowKey' });
  protected readonly rows = inject(Rows);
  readonly #element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  constructor() {
    inject(DestroyRef).onDestroy(this.rows.add(this));
  }

  isThere(): boolean {
    return this.#element.isConnected;
  }

  focus(): void {
    this.#element.focus({ preventScroll: true });
  }

  hasFocus(): boolean {
    return this.#element.contains(document.activeElement);
  }

  /** Into the buttons of the row, from one to the next, and out again. */
  protected press(event: KeyboardEvent): void {
    const { key, target } = event;
    if (key !== 'ArrowRight' && key !== 'ArrowLeft' && key !== 'Escape') return;
    const inside = [...this.#element.querySelectorAll<HTMLElement>('button')].filter(
      (each) => each.offsetParent,
    );
    const index = inside.indexOf(target as HTMLElement);
    if (key === 'Escape' && index < 0) return;
    const next =
      key === 'ArrowRight' ? Math.min(index + 1, inside.length - 1) : key === 'Escape' ? -1 : index - 1;
    (inside[next] ?? this.#element).focus();
    event.preventDefault();
  }
}
