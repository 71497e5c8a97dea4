import { CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import {
  afterRenderEffect,
  computed,
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

/** Moves the focus over rows of which only those in sight are there. One row at a time is in the tab order. */
@Directive({ selector: '[rowsOf]', host: { '(keydown)': 'press($event)' } })
export class Rows {
  /** What each row is known by, in their order. */
  readonly keys = input.required<readonly string[]>({ alias: 'rowsOf' });
  readonly active = signal<string | undefined>(undefined);
  /** Which row takes the focus when it is there. */
  readonly wanted = signal<string | undefined>(undefined);
  readonly #viewport = inject(CdkVirtualScrollViewport);
  readonly #index = computed(() => this.keys().indexOf(this.active() ?? ''));

  constructor() {
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'next') this.move('ArrowDown');
        else if (act === 'previous') this.move('ArrowUp');
      });
  }

  protected press(event: KeyboardEvent): void {
    if (!event.defaultPrevented && this.move(event.key)) event.preventDefault();
  }

  move(key: string): boolean {
    const page = Math.max(1, Math.floor(this.#viewport.getViewportSize() / this.#rowHeight()) - 1);
    const index = rowAfter(key, this.#index(), this.keys().length, page);
    if (index === undefined) return false;
    this.#focus(index);
    return true;
  }

  /** Another row has come to where the focus is: it goes to where its own row is now, if that is still there. */
  follow(key: string): void {
    const index = this.#index();
    if (index < 0) this.active.set(key);
    else this.#focus(index);
  }

  #focus(index: number): void {
    this.wanted.set(this.keys()[index]);
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
    '(focus)': 'rows.active.set(key())',
    '(keydown)': 'press($event)',
  },
})
export class RowFocus {
  readonly key = input.required<string>({ alias: 'rowKey' });
  protected readonly rows = inject(Rows);
  readonly #element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  constructor() {
    afterRenderEffect(() => {
      if (this.rows.wanted() !== this.key()) return;
      this.#element.focus({ preventScroll: true });
      untracked(() => this.rows.wanted.set(undefined));
    });
    afterRenderEffect(() => {
      const key = this.key();
      untracked(() => {
        if (document.activeElement === this.#element && this.rows.active() !== key) this.rows.follow(key);
      });
    });
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
