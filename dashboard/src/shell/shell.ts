import {
  Component,
  computed,
  type ElementRef,
  effect,
  inject,
  signal,
  ViewContainerRef,
  viewChild,
} from '@angular/core';
import { takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { Router, RouterLink, RouterOutlet } from '@angular/router';
import { distinctUntilChanged, map, skip, throttleTime } from 'rxjs';
import { Cluster } from '../cluster/cluster.ts';
import { injectPermissions } from '../cluster/permissions.ts';
import { Line } from '../marbles/line.ts';
import { PAGES } from '../routes.ts';
import { Address } from './address.ts';
import { ConnectionPill } from './connection-pill.ts';
import { Counts } from './counts.ts';
import type { HelpDialog } from './help-dialog.ts';
import { Keyboard } from './keyboard.ts';
import { SignInView } from './sign-in-view.ts';
import { StaleBar } from './stale-bar.ts';
import { applyTheme, currentTheme, nextTheme } from './theme.ts';
import { Waiting } from './waiting.ts';

/** So many tabs have room beside each other. */
const TABS = 5;
/** Counts are announced at most so often, in ms. */
const ANNOUNCED = 5_000;

/** What stands around every page. */
@Component({
  selector: 'app-root',
  imports: [RouterOutlet, RouterLink, Line, ConnectionPill, Counts, SignInView, StaleBar, Waiting],
  templateUrl: './shell.html',
  styleUrl: './shell.css',
})
export class Shell {
  protected readonly address = inject(Address);
  protected readonly cluster = inject(Cluster);
  readonly #may = injectPermissions();
  /** Of the page that is open. */
  readonly #router = inject(Router);
  protected readonly path = computed(() => {
    const [segment] =
      this.#router.lastSuccessfulNavigation()?.finalUrl?.root.children['primary']?.segments ?? [];
    return segment && `/${segment.path}`;
  });
  protected readonly pages = computed(() =>
    PAGES.filter(({ command }) => command === undefined || this.#may().may(command)),
  );
  /** At the bottom of a phone there is room for five. */
  protected readonly tabs = computed(() =>
    this.pages().slice(0, this.pages().length > TABS ? TABS - 1 : TABS),
  );
  protected readonly moreTabs = computed(() => this.pages().slice(this.tabs().length));
  /** The counts, as they are read out. */
  protected readonly announced = signal('');
  protected readonly theme = signal(currentTheme());
  protected readonly view = computed(() => {
    const { kind } = this.cluster.standing();
    if (this.cluster.rows().length > 0 || kind === 'connected') return 'page';
    return kind === 'signed-out' ? 'sign-in' : 'waiting';
  });
  protected readonly searchRef = viewChild<ElementRef<HTMLInputElement>>('search');
  protected readonly mainRef = viewChild<ElementRef<HTMLElement>>('main');
  protected readonly dialogsRef = viewChild.required('dialogs', { read: ViewContainerRef });
  #help: HelpDialog | undefined;

  constructor() {
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'search') this.searchRef()?.nativeElement.focus();
        else if (act === 'help') void this.help();
        else if (act && PAGES.some(({ path }) => path === `/${act}`)) void this.#router.navigate([`/${act}`]);
      });
    const counts = computed(() =>
      [...this.cluster.counts()].map(([status, count]) => `${count} ${status}`).join(', '),
    );
    toObservable(counts)
      .pipe(
        distinctUntilChanged(),
        skip(1),
        throttleTime(ANNOUNCED, undefined, { leading: true, trailing: true }),
        takeUntilDestroyed(),
      )
      .subscribe((text) => this.announced.set(text));
    // Old is what the tab says, too.
    const title = toObservable(this.cluster.standing).pipe(map(({ kind }) => kind === 'stale'));
    title.pipe(distinctUntilChanged(), takeUntilDestroyed()).subscribe((stale) => {
      document.title = document.title.replace(/^(✕ )?/, stale ? '✕ ' : '');
    });
    effect(() => applyTheme(this.theme()));
  }

  protected changeTheme(): void {
    this.theme.update(nextTheme);
  }

  /** Loaded when somebody asks for it. */
  protected async help(): Promise<void> {
    const { HelpDialog } = await import('./help-dialog.ts');
    if (!this.#help) {
      const { instance, changeDetectorRef } = this.dialogsRef().createComponent(HelpDialog);
      changeDetectorRef.detectChanges();
      this.#help = instance;
    }
    this.#help.open();
  }

  protected close(more: HTMLDetailsElement): void {
    more.open = false;
  }

  protected skipTo(): void {
    this.mainRef()?.nativeElement.focus();
  }

  protected clearSearch(input: HTMLInputElement): void {
    this.address.set({ q: null });
    input.blur();
    this.skipTo();
  }
}
