import { Component, computed, type ElementRef, inject, signal, viewChild } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { injectLogLines } from 'rxserf/angular';
import { Cluster, retryTogether } from '../../cluster/cluster.ts';
import { injectLooking } from '../../cluster/looking.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Visible } from '../../marbles/visible.ts';
import { newsText } from '../../model/feed.ts';
import {
  countLogKinds,
  hitsIn,
  LOG_KINDS,
  type LogKind,
  levelsFrom,
  logRows,
  logTimeline,
  wordsOf,
} from '../../model/log-view.ts';
import { Address } from '../../shell/address.ts';
import { Keyboard } from '../../shell/keyboard.ts';
import { Refused } from '../../shell/refused.ts';

/** Lines that are kept; the oldest give way. */
const KEPT = 2_000;
/** So many rows are in the page at first, and so many more when somebody asks. */
const STEP = 400;

const DRAWINGS: Readonly<Record<LogKind, string>> = {
  error: 'M-4-4 4 4M4-4-4 4',
  warn: 'M0-4.5 5 4.2H-5Z',
  info: 'M-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0Z',
  debug: 'M-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0Z',
  trace: 'M-3 0H3',
};

/** The agent's log, newest first. It stands still when it is paused, and by itself when somebody scrolls into it. */
@Component({
  selector: 'app-logs-page',
  imports: [Refused, Visible],
  templateUrl: './logs-page.html',
  styleUrls: ['../../table/table.css', '../empty.css', '../feed.css', './logs-page.css'],
})
export class LogsPage {
  readonly #cluster = inject(Cluster);
  protected readonly address = inject(Address);
  protected readonly may = injectPermissions();
  protected readonly known = computed(() => this.#cluster.role() !== '');
  protected readonly list = viewChild<ElementRef<HTMLElement>>('lines');
  protected readonly drawings = DRAWINGS;
  protected readonly step = STEP;

  readonly #allowed = computed(() => levelsFrom(this.#cluster.stats()['session']?.['logLevel'] ?? ''));
  /** What the agent is asked for: it is in the address. */
  readonly #level = computed(() => {
    const asked = this.address.param('level');
    return asked === 'debug' || asked === 'trace' ? asked : 'info';
  });
  readonly #looking = injectLooking();
  protected readonly paused = signal<number | undefined>(undefined);
  protected readonly log = injectLogLines(
    () => (this.#looking() && this.may().may('monitor') ? this.#level() : undefined),
    { keep: KEPT, pause: () => this.paused() !== undefined },
  );

  /** Those that may be asked for. */
  protected readonly kinds = computed(() =>
    LOG_KINDS.filter((kind) =>
      kind === 'debug' || kind === 'trace' ? this.#allowed().includes(kind) : true,
    ),
  );
  protected readonly off = signal<ReadonlySet<string>>(new Set());
  protected readonly counts = computed(() => countLogKinds(this.log.value()));
  readonly #words = computed(() => wordsOf(this.address.q()));
  protected readonly rows = computed(() => logRows(this.log.value(), this.off(), this.#words()));
  protected readonly lineCount = computed(() => this.rows().reduce((sum, { times }) => sum + times, 0));
  readonly #most = signal(STEP);
  protected readonly shown = computed(() => this.rows().slice(0, this.#most()));
  protected readonly wrap = signal(true);
  protected readonly news = computed(() => newsText(this.log.unseen(), this.paused() ?? 0));
  protected readonly timeline = computed(() =>
    logTimeline(this.log.value(), this.paused() ?? this.#cluster.lost() ?? this.#cluster.now()),
  );

  constructor() {
    retryTogether(this.log);
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'pause') this.toggle();
      });
  }

  protected hits(message: string): ReturnType<typeof hitsIn> {
    return hitsIn(message, this.#words());
  }

  /** Whether the agent is asked for lines of this kind at all. */
  protected isHeard(kind: LogKind): boolean {
    const level = this.#level();
    return kind === 'trace' ? level === 'trace' : kind === 'debug' ? level !== 'info' : true;
  }

  protected isOn(kind: LogKind): boolean {
    return this.isHeard(kind) && !this.off().has(kind);
  }

  protected toggleKind(kind: LogKind): void {
    if (kind === 'debug' || kind === 'trace') {
      const less = kind === 'trace' ? 'debug' : null;
      this.address.set({ level: this.isHeard(kind) ? less : kind });
      return;
    }
    this.off.update((off) => {
      const next = new Set(off);
      if (!next.delete(kind)) next.add(kind);
      return next;
    });
  }

  protected toggle(): void {
    if (this.paused() === undefined) this.paused.set(Date.now());
    else this.resume();
  }

  protected resume(): void {
    this.paused.set(undefined);
    this.#most.set(STEP);
    this.list()?.nativeElement.scrollTo({ top: 0 });
  }

  /** What somebody reads further down does not move. */
  protected scrolled({ scrollTop }: HTMLElement): void {
    if (scrollTop > 0) this.paused.update((paused) => paused ?? Date.now());
  }

  protected more(): void {
    this.#most.update((most) => most + STEP);
  }
}
