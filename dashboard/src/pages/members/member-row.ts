import { Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Cluster } from '../../cluster/cluster.ts';
import { LifelineComponent } from '../../marbles/lifeline.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import type { Condition } from '../../model/member-filter.ts';
import { addressOf, type MemberRow } from '../../model/member-row.ts';
import { nameParam } from '../../model/route-name.ts';
import { tagsThatFit } from '../../model/tag-chips.ts';
import { durationText } from '../../model/time-text.ts';
import { RttScale } from './rtt-scale.ts';

/** How long a row shows that it has changed, in ms. */
const CHANGED = 5_000;
/** So many tags of a member are shown at most, where there are so many px for them. */
const TAGS = { wide: { most: 4, width: 296 }, narrow: { most: 2, width: 172 } };

@Component({
  selector: 'app-member-row',
  imports: [LifelineComponent, RouterLink, RttScale, Shape, Visible],
  templateUrl: './member-row.html',
  styleUrls: ['../../table/row.css', './member-row.css'],
  host: { role: 'row', '[class.marked]': 'changed()' },
})
export class MemberRowComponent {
  readonly row = input.required<MemberRow>();
  readonly rtt = input<number>();
  readonly wide = input(true);
  readonly filter = output<Condition>();
  readonly #cluster = inject(Cluster);

  protected readonly member = computed(() => this.row().member);
  protected readonly param = computed(() => nameParam(this.member().name));
  protected readonly address = computed(() => addressOf(this.member()));
  protected readonly versions = computed(() => {
    const { protocol, delegate } = this.member();
    return `protocol ${protocol.current} of ${protocol.min}–${protocol.max}, delegate ${delegate.current} of ${delegate.min}–${delegate.max}`;
  });
  readonly #last = computed(() => this.row().marks.at(-1));
  protected readonly changed = computed(() => this.#cluster.now() - (this.#last()?.at ?? 0) < CHANGED);
  protected readonly ago = computed(() => {
    const last = this.#last();
    return last ? durationText((this.#cluster.lost() ?? this.#cluster.now()) - last.at) : '';
  });
  readonly #changedKeys = computed(() => (this.changed() ? (this.#last()?.keys ?? []) : []));
  readonly #tags = computed(() => {
    const tags = Object.entries(this.member().tags);
    if (this.wide()) return tags;
    // Where there is little room: what it does, and what is changing.
    const updated = new Set(this.row().marks.flatMap(({ keys = [] }) => keys));
    const few = tags.filter(([key]) => key === 'role' || updated.has(key));
    return few.length > 0 ? few : tags.slice(0, 1);
  });
  protected readonly chips = computed(() => {
    const { most, width } = this.wide() ? TAGS.wide : TAGS.narrow;
    return tagsThatFit(this.#tags(), width, most).map(([key, value]) => ({
      key,
      value,
      changed: this.#changedKeys().includes(key),
    }));
  });
  protected readonly more = computed(() => this.#tags().length - this.chips().length);
  /** The tags as words, for two lines on a phone. */
  protected readonly words = computed(() => Object.values(this.member().tags).slice(0, 3).join(' · '));

  protected choose(event: Event, key: string, value: string): void {
    event.stopPropagation();
    this.filter.emit({ kind: 'tag', key, value });
  }
}
