import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { Component, computed, effect, inject, signal, untracked, viewChild } from '@angular/core';
import { binary } from 'rxserf';
import { injectSerfQuery } from 'rxserf/angular';
import { Cluster } from '../../cluster/cluster.ts';
import { injectMedia } from '../../cluster/now.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Visible } from '../../marbles/visible.ts';
import { facetsOf } from '../../model/facets.ts';
import {
  filterOptions,
  filterText,
  isAsked,
  parseFilter,
  type QueryFilter,
  type QueryForm,
  queryWords,
  wrongWith,
} from '../../model/query-form.ts';
import { inOrderOf, queryRows, repliesJson, shortTime, TimeAxis } from '../../model/query-view.ts';
import { nameOfParam, nameParam } from '../../model/route-name.ts';
import { shellWords } from '../../model/shell-words.ts';
import { placeKey, TagGroups } from '../../model/tag-groups.ts';
import { clockText } from '../../model/time-text.ts';
import { GroupShape } from '../../radar/group-shape.ts';
import { Address } from '../../shell/address.ts';
import { Refused } from '../../shell/refused.ts';
import { RowFocus, Rows } from '../../table/rows.ts';
import { AnswerHistogram } from './answer-histogram.ts';
import { AnswerPanel } from './answer-panel.ts';
import { injectElapsed } from './elapsed.ts';
import { QueryRowComponent } from './query-row.ts';

/** A query that is or was under way. */
interface Asked {
  readonly form: QueryForm;
  readonly clock: string;
  /** Who was alive and matched. */
  readonly names: readonly string[];
  /** In ms. */
  readonly timeout: number;
}

/** So many filters, names and suggestions are listed. */
const MOST = 50;
const encoder = new TextEncoder();

/** Asks the cluster a question, and shows who answers. */
@Component({
  selector: 'app-query-page',
  imports: [
    AnswerHistogram,
    AnswerPanel,
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollViewport,
    GroupShape,
    QueryRowComponent,
    Refused,
    RowFocus,
    Rows,
    Visible,
  ],
  templateUrl: './query-page.html',
  styleUrls: ['../../table/table.css', '../empty.css', '../feed.css', '../form.css', './query-page.css'],
  host: { '(keydown.escape)': 'close()' },
})
export class QueryPage {
  readonly #cluster = inject(Cluster);
  readonly #address = inject(Address);
  readonly #phone = injectMedia('(max-width: 639px)');
  protected readonly may = injectPermissions();
  protected readonly known = computed(() => this.#cluster.role() !== '');
  protected readonly query = injectSerfQuery({ codec: binary() });
  protected readonly rowsRef = viewChild(Rows);
  protected readonly textOf = filterText;

  protected readonly name = signal(this.#address.param('name'));
  protected readonly payload = signal(this.#address.param('payload'));
  protected readonly filters = signal<readonly QueryFilter[]>(this.#filtersOfAddress());
  protected readonly timeout = signal(Number(this.#address.param('timeout')) || 15);
  protected readonly relays = signal(0);
  protected readonly acks = signal(true);
  readonly #form = computed<QueryForm>(() => ({
    name: this.name().trim(),
    payload: this.payload(),
    filters: this.filters(),
    timeout: this.timeout(),
    relayFactor: this.relays(),
    acks: this.acks(),
  }));
  protected readonly wrong = computed(() =>
    wrongWith(this.#form(), (name) => this.may().allows('queries', name)),
  );
  protected readonly blocked = computed(() =>
    this.#cluster.lost() === undefined ? undefined : 'There is no connection: nobody can be asked.',
  );
  /** Names that the policy has, and those that were heard of; a prefix is none. */
  protected readonly names = computed(() => {
    const heard = this.#cluster.log().log.newest();
    const queries = heard.flatMap(({ kind, subject }) => (kind === 'query' ? [subject] : []));
    const listed = this.may()
      .names('queries')
      .filter((name) => !name.endsWith('*'));
    return [...new Set([...listed, ...queries])].slice(0, MOST);
  });
  readonly #members = this.#cluster.members.value;
  protected readonly alive = computed(() => this.#cluster.counts().get('alive') ?? 0);
  protected readonly matching = computed(() => {
    const filters = this.filters();
    return [...this.#members().values()].filter((member) => isAsked(filters, member)).map(({ name }) => name);
  });
  readonly #facets = computed(() => facetsOf(this.#cluster.rows()));
  protected readonly suggestions = computed(() => {
    const tags = this.#facets().flatMap(({ key, values }) => values.map(({ value }) => `${key}=${value}`));
    return [...tags, ...this.#members().keys()].slice(0, MOST);
  });
  protected readonly command = computed(() => shellWords(queryWords(this.#form())));

  protected readonly asked = signal<Asked | undefined>(undefined);
  protected readonly running = computed(() => this.query.status() === 'running');
  protected readonly elapsed = injectElapsed(this.running);
  protected readonly left = computed(() =>
    shortTime(Math.max(0, (this.asked()?.timeout ?? 0) - this.elapsed())),
  );
  protected readonly axis = computed(() => new TimeAxis(this.asked()?.timeout ?? 0));
  protected readonly rows = computed(() =>
    queryRows(this.asked()?.names ?? [], this.query.acks(), this.query.responses()),
  );
  /** The order that stays while somebody reads. */
  readonly #held = signal<readonly string[] | undefined>(undefined);
  protected readonly shown = computed(() => {
    const held = this.#held();
    const q = this.#address.q().toLowerCase();
    const rows = held ? inOrderOf(held, this.rows()) : this.rows();
    return q ? rows.filter(({ name }) => name.toLowerCase().includes(q)) : rows;
  });
  protected readonly keys = computed(() => this.shown().map(({ name }) => name));
  protected readonly json = computed(() => repliesJson(this.rows()));
  protected readonly height = computed(() => (this.#phone() ? 56 : 28));

  readonly #place = computed(() => placeKey(this.#facets().map(({ key }) => key)));
  protected readonly groups = computed(
    () => new TagGroups([...this.#members().values()].map(({ tags }) => tags[this.#place()])),
  );
  protected readonly colourOf = computed(() => {
    const [groups, members, place] = [this.groups(), this.#members(), this.#place()];
    return (name: string) => groups.indexOf(members.get(name)?.tags[place]);
  });

  protected readonly selected = signal<string | undefined>(undefined);
  protected readonly chosen = computed(() => this.rows().find(({ name }) => name === this.selected()));
  /** On a phone, where there is no room for both: whether the form is shown, or the answers. */
  protected readonly editing = signal(true);
  protected readonly copied = signal('');

  constructor() {
    // Another query, other rows.
    effect(() => {
      this.asked();
      untracked(() => {
        this.#held.set(undefined);
        this.selected.set(undefined);
      });
    });
  }

  protected add(event: Event, input: HTMLInputElement): void {
    event.preventDefault();
    const filter = parseFilter(input.value, new Set(this.#members().keys()));
    input.value = '';
    if (!filter || this.filters().length >= MOST) return;
    this.drop(filter);
    this.filters.update((filters) => [...filters, filter]);
  }

  protected drop(filter: QueryFilter): void {
    const text = filterText(filter);
    this.filters.update((filters) => filters.filter((each) => filterText(each) !== text));
  }

  /** By Enter as well: the button may still be drawn as disabled then, and a browser would not send the form. */
  protected submit(event: Event): void {
    event.preventDefault();
    const form = this.#form();
    if (this.wrong() !== undefined || this.blocked() !== undefined || this.running()) return;
    const timeout = form.timeout * 1_000;
    this.asked.set({ form, timeout, names: this.matching(), clock: clockText(Date.now()) });
    this.editing.set(false);
    this.query.ask(form.name, form.payload ? encoder.encode(form.payload) : undefined, {
      ...filterOptions(form.filters),
      timeout,
      requestAck: form.acks,
      relayFactor: form.relayFactor,
    });
    this.#address.set({
      name: form.name,
      payload: form.payload,
      timeout: form.timeout === 15 ? null : String(form.timeout),
      tag: form.filters.flatMap((each) => (each.kind === 'tag' ? [`${each.key}:${each.value}`] : [])),
      node: form.filters.flatMap((each) => (each.kind === 'node' ? [nameParam(each.value)] : [])),
    });
  }

  protected stop(): void {
    this.query.cancel();
  }

  protected hold(): void {
    this.#held.update((held) => held ?? this.rows().map(({ name }) => name));
  }

  protected letGo({ currentTarget, relatedTarget, type }: MouseEvent | FocusEvent): void {
    const table = currentTarget as HTMLElement;
    const stays =
      type === 'focusout'
        ? table.contains(relatedTarget as Node | null) || table.matches(':hover')
        : table.contains(document.activeElement);
    if (!stays) this.#held.set(undefined);
  }

  /** The panel; the focus goes back to the row. */
  protected close(): void {
    const name = this.selected();
    this.selected.set(undefined);
    if (name !== undefined) this.rowsRef()?.focus(name);
  }

  protected async copy(what: string, text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.copied.set(what);
  }

  /** Answers change the order: an element that were moved would lose the focus. */
  protected placeOf(index: number): number {
    return index;
  }

  #filtersOfAddress(): QueryFilter[] {
    const tags = this.#address.params('tag').flatMap((text): QueryFilter[] => {
      const colon = text.indexOf(':');
      return colon > 0 ? [{ kind: 'tag', key: text.slice(0, colon), value: text.slice(colon + 1) }] : [];
    });
    const nodes = this.#address.params('node').flatMap((param): QueryFilter[] => {
      const value = nameOfParam(param);
      return value ? [{ kind: 'node', value }] : [];
    });
    return [...tags, ...nodes].slice(0, MOST);
  }
}
