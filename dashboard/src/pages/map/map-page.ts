import { Component, computed, inject } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { Router, RouterLink } from '@angular/router';
import { auditTime } from 'rxjs';
import { Cluster } from '../../cluster/cluster.ts';
import { Coordinates } from '../../cluster/coordinates.ts';
import { RoundTrips } from '../../cluster/round-trips.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import { facetsOf } from '../../model/facets.ts';
import { distanceText, groupsText, isOfLasso, type Lasso, lassoIn, withLasso } from '../../model/lasso.ts';
import { type Condition, conditionText, matches, paramsOf } from '../../model/member-filter.ts';
import { STATUSES } from '../../model/member-row.ts';
import type { Blip } from '../../model/radar.ts';
import { nameOfParam, nameParam } from '../../model/route-name.ts';
import { betterRings, rttText, squaredDistance } from '../../model/rtt.ts';
import { placeKey } from '../../model/tag-groups.ts';
import { durationText } from '../../model/time-text.ts';
import { visibleText } from '../../model/visible-text.ts';
import { GroupShape } from '../../radar/group-shape.ts';
import { injectRadar } from '../../radar/inject-radar.ts';
import { RadarDrawing } from '../../radar/radar-drawing.ts';
import { Address } from '../../shell/address.ts';
import { RadarList } from './radar-list.ts';

/** In an address: no sectors. */
const NONE = '-';
/** So many are named who are nearest to a member. */
const NEAREST = 5;
/** So many names are offered to whoever writes one. */
const OFFERED = 50;

const ALL: Lasso = { groups: [] };
const isText = ({ kind }: Condition) => kind === 'text';

/** How far all members are from one of them: as a picture, and as a table. */
@Component({
  selector: 'app-map-page',
  imports: [GroupShape, RadarDrawing, RadarList, RouterLink, Shape, Visible],
  templateUrl: './map-page.html',
  styleUrls: ['../empty.css', './map-page.css'],
})
export class MapPage {
  readonly #cluster = inject(Cluster);
  readonly #coordinates = inject(Coordinates).value;
  readonly #router = inject(Router);
  protected readonly address = inject(Address);
  protected readonly rtt = rttText;
  protected readonly param = nameParam;
  protected readonly shown = visibleText;

  readonly #trips = inject(RoundTrips);
  protected readonly origin = this.#trips.origin;
  protected readonly keys = computed(() => facetsOf(this.#cluster.rows()).map(({ key }) => key));
  protected readonly tag = computed(() => {
    const by = this.address.param('by');
    return by === NONE ? '' : by || placeKey(this.keys());
  });
  protected readonly none = NONE;
  protected readonly radar = injectRadar(this.origin, this.tag);
  protected readonly further = computed(() =>
    Math.max(-1, Math.min(1, Number(this.address.param('rings')) || 0)),
  );
  protected readonly better = computed(() => {
    const rings = betterRings(this.radar()?.blips.map(({ ms }) => ms) ?? []);
    if (rings === this.further()) return undefined;
    return { rings: String(rings || ''), text: { '-1': '0.1–10', 0: '1–100', 1: '10–1,000' }[rings] };
  });

  readonly #hits = computed(() => {
    const conditions = this.address.conditions();
    if (conditions.length === 0) return undefined;
    const rows = this.#cluster.rows().filter((row) => matches(conditions, row, this.#trips.of));
    return new Set(rows.map(({ member }) => member.name));
  });
  /** The part of the picture that is asked for; what else is asked for is a search, whose hits are named. */
  protected readonly lasso = computed(() => lassoIn(this.address.conditions(), this.tag()));
  readonly #search = computed(() =>
    this.address.conditions().filter((condition) => !isOfLasso(condition, this.tag())),
  );
  protected readonly hits = computed(() => (this.#search().length > 0 && this.#hits()) || new Set<string>());
  protected readonly asked = computed(() => this.address.conditions().map(conditionText).join(' '));
  /** What the list has, in words: wherever more is asked for than the search box says. */
  protected readonly taken = computed(() => {
    if (this.address.conditions().every(isText)) return undefined;
    const lasso = this.lasso() ?? ALL;
    const count = this.listed().length;
    return {
      count: `${count.toLocaleString('en')} ${count === 1 ? 'member' : 'members'}`,
      distance: distanceText(lasso),
      rest: [groupsText(lasso), ...this.#search().map((each) => visibleText(conditionText(each), 24))]
        .filter(Boolean)
        .join(' · '),
    };
  });
  /** The table comes behind the picture: nobody waits for both. */
  readonly #placed = toSignal(toObservable(this.radar).pipe(auditTime(0)));
  protected readonly any = computed(() => (this.#placed()?.blips.length ?? 0) > 0);
  protected readonly listed = computed(() => {
    const blips = this.#placed()?.blips ?? [];
    const hits = this.#hits();
    return hits ? blips.filter(({ name }) => hits.has(name)) : blips;
  });
  protected readonly selected = computed(() => {
    const name = nameOfParam(this.address.param('at'));
    return this.radar()?.blips.find((blip) => blip.name === name);
  });
  protected readonly coordinate = computed(() => this.#coordinates().known.get(this.selected()?.name ?? ''));
  protected readonly neighbours = computed(() => {
    const own = this.coordinate();
    const { known } = this.#coordinates();
    if (!own) return [];
    const others = (this.radar()?.blips ?? []).flatMap(({ name }) => {
      const coordinate = known.get(name);
      return coordinate && coordinate !== own ? [{ name, far: squaredDistance(own, coordinate) }] : [];
    });
    return others
      .sort((a, b) => a.far - b.far)
      .slice(0, NEAREST)
      .map(({ name }) => name);
  });
  protected readonly groups = computed(
    () => new Map((this.radar()?.sectors ?? []).map(({ colour, group }) => [colour, group ?? 'other'])),
  );
  /** How many there are of each, and what a click asks Members for. */
  protected readonly legend = computed(() => {
    const { sectors = [] } = this.radar() ?? {};
    return sectors.length > 1 ? [...sectors].sort((a, b) => a.colour - b.colour) : [];
  });
  protected readonly count = computed(() => {
    const { known, again } = this.#coordinates();
    const all = this.#cluster.members.value().size;
    const due = again === undefined ? 0 : again - this.#cluster.now();
    const next =
      this.#cluster.lost() === undefined && due > 1_000 ? ` · asked again in ${durationText(due)}` : '';
    return `${known.size.toLocaleString('en')} of ${all.toLocaleString('en')} known${next}`;
  });
  protected readonly offered = computed(() => {
    const names: string[] = [];
    for (const name of this.#coordinates().known.keys()) if (names.push(name) === OFFERED) break;
    return names;
  });

  /** Those of the legend that are there. */
  protected readonly statuses = computed(() => {
    const there = new Set(this.radar()?.blips.map(({ status }) => status));
    return STATUSES.filter((status) => status !== 'alive' && there.has(status));
  });

  protected from(name: string): void {
    this.address.set({ from: nameParam(name), at: null });
  }

  /** What somebody wrote is taken when it is a member's name. */
  protected write(input: HTMLInputElement): void {
    if (this.#cluster.members.value().has(input.value)) this.from(input.value);
    else input.value = visibleText(this.origin());
  }

  protected pick({ name }: Blip): void {
    this.address.set({ at: nameParam(name) });
  }

  protected open({ name }: Blip): void {
    void this.#router.navigate(['/member'], { queryParams: { name: nameParam(name) } });
  }

  protected take(lasso: Lasso): void {
    this.address.set(paramsOf(withLasso(this.address.conditions(), this.tag(), lasso)));
  }

  /** But what is searched for stays. */
  protected clear(): void {
    this.address.set(paramsOf(this.address.conditions().filter(isText)));
  }

  protected showTaken(): void {
    this.address.filter(this.address.conditions());
  }

  protected show(group: string): void {
    this.address.filter([{ kind: 'tag', key: this.tag(), value: group }]);
  }
}
