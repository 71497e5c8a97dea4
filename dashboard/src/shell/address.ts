import { computed, Injectable, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { type Condition, conditionsOf, paramsOf, toggled } from '../model/member-filter.ts';

/** What the address says of filters: it is where they are kept, so that a view can be sent to somebody. */
@Injectable({ providedIn: 'root' })
export class Address {
  readonly #router = inject(Router);
  readonly #params = toSignal(inject(ActivatedRoute).queryParamMap);

  readonly q = computed(() => this.param('q'));
  readonly sort = computed(() => this.param('sort'));
  readonly conditions = computed(() =>
    conditionsOf({
      status: this.#params()?.get('status') ?? null,
      tag: this.params('tag'),
      q: this.q(),
    }),
  );

  /** Of the page that is open; empty without it. */
  param(key: string): string {
    return this.#params()?.get(key) ?? '';
  }

  /** All of one name. */
  params(key: string): readonly string[] {
    return this.#params()?.getAll(key) ?? [];
  }

  /** On the page that is open. */
  set(params: Readonly<Record<string, string | readonly string[] | null>>): void {
    const queryParams = Object.fromEntries(
      Object.entries(params).map(([key, value]) => [key, value || null]),
    );
    void this.#router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  /** Members that fit these, on their page. */
  filter(conditions: readonly Condition[]): void {
    // Of what other pages are asked for, only the order of Members is of use there, and whom round trips are measured from.
    const sort = this.sort() || null;
    const from = this.param('from') || null;
    void this.#router.navigate(['/members'], { queryParams: { ...paramsOf(conditions), sort, from } });
  }

  toggle(condition: Condition): void {
    this.filter(toggled(this.conditions(), condition));
  }
}
