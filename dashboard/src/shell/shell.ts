import { Component, computed, type ElementRef, effect, inject, signal, viewChild } from '@angular/core';
import { takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { distinctUntilChanged, map, skip, throttleTime } from 'rxjs';
import { Cluster } from '../cluster/cluster.ts';
import { Line } from '../marbles/line.ts';
import { PAGES } from '../routes.ts';
import { Address } from './address.ts';
import { ConnectionPill } from './connection-pill.ts';
import { Counts } from './counts.ts';
import { HelpDialog } from './help-dialog.ts';
import { Keyboard } from './keyboard.ts';
import { SignIn } from './sign-in.ts';
import { StaleBar } from './stale-bar.ts';
import { applyTheme, currentTheme, nextTheme } from './theme.ts';
import { Waiting } from './waiting.ts';

/** Counts are announced at most so often, in ms. */
const ANNOUNCED = 5_000;

/** What stands around every page. */
@Component({
  selector: 'app-root',
  imports: [
    RouterOutlet,
    RouterLink,
    RouterLinkActive,
    Line,
    ConnectionPill,
    Counts,
    HelpDialog,
    SignIn,
    StaleBar,
    Waiting,
  ],
  templateUrl: './shell.html',
  styleUrl: './shell.css',
})
export class Shell {
  protected readonly pages = PAGES;
  protected readonly address = inject(Address);
  protected readonly cluster = inject(Cluster);
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
  protected readonly helpRef = viewChild.required(HelpDialog);

  constructor() {
    const router = inject(Router);
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'search') this.searchRef()?.nativeElement.focus();
        else if (act === 'help') this.helpRef().open();
        else if (act && PAGES.some(({ path }) => path === `/${act}`)) void router.navigate([`/${act}`]);
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

  protected help(): void {
    this.helpRef().open();
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
