import { Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { takeUntilDestroyed, toObservable, toSignal } from '@angular/core/rxjs-interop';
import { auditTime, throttleTime } from 'rxjs';
import { Cluster } from '../../cluster/cluster.ts';
import { RoundTrips } from '../../cluster/round-trips.ts';
import { injectBehind } from '../../cluster/slices.ts';
import { Visible } from '../../marbles/visible.ts';
import { bestToDrop, type Condition, conditionText, matches, without } from '../../model/member-filter.ts';
import { hold, SORTS, type Sort, sortRows } from '../../model/member-order.ts';
import { type MemberRow, sharedAddresses } from '../../model/member-row.ts';
import { clockText } from '../../model/time-text.ts';
import { visibleText } from '../../model/visible-text.ts';
import { Address } from '../../shell/address.ts';
import { Keyboard } from '../../shell/keyboard.ts';
import { CensusStrip } from './census-strip.ts';
import { FacetsPanel } from './facets-panel.ts';
import { MembersTable } from './members-table.ts';

const NO_TRIPS: ReadonlyMap<string, number> = new Map();
/** Thousands of changes are drawn so often, in ms: nobody could read more. */
const CALM = 500;

/** All members, live; rows stand still while somebody reads them. */
@Component({
  selector: 'app-members-page',
  imports: [CensusStrip, FacetsPanel, MembersTable, Visible],
  templateUrl: './members-page.html',
  styleUrls: ['../../table/table.css', '../empty.css', './members-page.css'],
})
export class MembersPage {
  readonly #cluster = inject(Cluster);
  readonly #address = inject(Address);
  protected readonly trips = inject(RoundTrips);

  /** What changes now and then is shown at once, and what changes all the time now and then. */
  readonly #calm = toSignal(
    toObservable(this.#cluster.rows).pipe(throttleTime(CALM, undefined, { leading: true, trailing: true })),
    { initialValue: this.#cluster.rows() },
  );
  protected readonly all = computed(() => this.#cluster.names.sort(this.#calm()));
  /** For what counts all of them: behind what is drawn, so that nobody waits for both. */
  protected readonly counted = toSignal(toObservable(this.all).pipe(auditTime(CALM / 2)), {
    initialValue: this.all(),
  });
  protected readonly conditions = this.#address.conditions;
  protected readonly textOf = conditionText;
  protected readonly shownName = visibleText;
  protected readonly sorts = [
    { sort: 'changed', label: 'last change' },
    { sort: 'name', label: 'name' },
    { sort: 'status', label: 'status' },
    { sort: 'rtt', label: 'round trip' },
  ] as const;
  protected readonly sort = computed<Sort>(
    () => SORTS.find((sort) => sort === this.#address.sort()) ?? 'changed',
  );
  readonly #wanted = computed(() => {
    const conditions = this.conditions();
    return sortRows(
      this.all().filter((row) => matches(conditions, row, this.trips.of)),
      this.sort(),
      this.sort() === 'rtt' ? this.trips.value() : NO_TRIPS,
    );
  });
  readonly #latest = computed(() => new Map(this.all().map((row) => [row.member.name, row])));
  /** The rows as they were when somebody began to read. */
  readonly #held = signal<readonly MemberRow[] | undefined>(undefined);
  protected readonly shown = computed(() => {
    const held = this.#held();
    return held && held.length > 0
      ? hold(held, this.#wanted(), this.#latest())
      : { rows: this.#wanted(), pending: 0 };
  });
  protected readonly asOf = computed(() => {
    const lost = this.#cluster.lost();
    return lost === undefined ? '' : ` at ${clockText(lost)}`;
  });
  protected readonly twins = computed(() => sharedAddresses(this.counted()).slice(0, 3));
  protected readonly drop = computed(() => bestToDrop(this.conditions(), this.all(), this.trips.of));
  protected readonly asked = computed(() => this.conditions().map(conditionText).join(' '));
  /** Where there is no room for facets beside the table, whether they are over it. */
  protected readonly sheet = signal(false);
  protected readonly copied = signal(false);
  /** The table is most of the page. */
  protected readonly table = injectBehind();

  constructor() {
    // What was asked for is shown at once.
    effect(() => {
      this.conditions();
      this.sort();
      untracked(() => this.sortAgain());
    });
    inject(Keyboard)
      .act$.pipe(takeUntilDestroyed())
      .subscribe((act) => {
        if (act === 'sort') this.sortAgain();
      });
  }

  /** Somebody reads the table. */
  protected hold(): void {
    this.#held.update((held) => held ?? this.#wanted());
  }

  protected release(): void {
    this.#held.set(undefined);
  }

  /** Not the table, but the page: the way to the button that sorts again leads out of the table. */
  protected leave({ currentTarget, relatedTarget, type }: MouseEvent | FocusEvent): void {
    const page = currentTarget as HTMLElement;
    const stays =
      type === 'focusout'
        ? page.contains(relatedTarget as Node | null) || page.matches(':hover')
        : page.contains(document.activeElement);
    if (!stays) this.release();
  }

  protected sortAgain(): void {
    this.#held.update((held) => held && this.#wanted());
  }

  protected sortBy(sort: string): void {
    this.#address.set({ sort: sort === 'changed' ? null : sort });
  }

  protected toggle(condition: Condition): void {
    this.#address.toggle(condition);
  }

  protected remove(condition: Condition): void {
    this.#address.filter(without(this.conditions(), condition));
  }

  protected measureFromAgent(): void {
    this.#address.set({ from: null });
  }

  protected clear(): void {
    this.#address.filter([]);
  }

  protected showAddress(value: string): void {
    this.#address.filter([{ kind: 'text', value }]);
  }

  protected async copy(): Promise<void> {
    const members = this.shown().rows.map(({ member }) => member);
    await navigator.clipboard.writeText(JSON.stringify(members, undefined, 2));
    this.copied.set(true);
  }
}
