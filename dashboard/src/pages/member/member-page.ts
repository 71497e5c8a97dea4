import { Component, computed, inject, signal, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { Cluster } from '../../cluster/cluster.ts';
import { Coordinates } from '../../cluster/coordinates.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import { facetsOf } from '../../model/facets.ts';
import { addressOf, statusOf } from '../../model/member-row.ts';
import { memberStory } from '../../model/member-story.ts';
import type { Blip } from '../../model/radar.ts';
import { nameOfParam, nameParam } from '../../model/route-name.ts';
import { errorOf, estimatedRtt, rttText } from '../../model/rtt.ts';
import { shellWords } from '../../model/shell-words.ts';
import { placeKey } from '../../model/tag-groups.ts';
import { clockText, durationText } from '../../model/time-text.ts';
import { GroupShape } from '../../radar/group-shape.ts';
import { injectRadar } from '../../radar/inject-radar.ts';
import { RadarDrawing } from '../../radar/radar-drawing.ts';
import { Address } from '../../shell/address.ts';
import { RttScale } from '../members/rtt-scale.ts';
import { CoordinateView } from './coordinate-view.ts';
import { ForceLeaveDialog } from './force-leave-dialog.ts';
import { MemberLine } from './member-line.ts';
import { TagsDialog } from './tags-dialog.ts';

/** So many are named who are nearest, and farthest. */
const NEAREST = 5;
const FARTHEST = 3;

/** One member: what it is, what happened to it, and how far the others are from it. */
@Component({
  selector: 'app-member-page',
  imports: [
    CoordinateView,
    ForceLeaveDialog,
    GroupShape,
    MemberLine,
    RadarDrawing,
    RouterLink,
    RttScale,
    Shape,
    TagsDialog,
    Visible,
  ],
  templateUrl: './member-page.html',
  styleUrls: ['../empty.css', './member-page.css'],
})
export class MemberPage {
  readonly #cluster = inject(Cluster);
  readonly #coordinates = inject(Coordinates).value;
  readonly #address = inject(Address);
  readonly #router = inject(Router);
  readonly #may = injectPermissions();
  protected readonly rtt = rttText;
  protected readonly clock = clockText;
  protected readonly param = nameParam;
  protected readonly forceLeave = viewChild(ForceLeaveDialog);
  protected readonly tagsDialog = viewChild(TagsDialog);

  protected readonly name = computed(() => nameOfParam(this.#address.param('name')) ?? '');
  protected readonly row = computed(() =>
    this.#cluster.rows().find(({ member }) => member.name === this.name()),
  );
  protected readonly lost = this.#cluster.lost;
  protected readonly own = computed(() => this.name() === this.#cluster.agent());
  readonly #all = computed(() => this.#cluster.rows().length);
  readonly #facets = computed(() => facetsOf(this.#cluster.rows()));
  protected readonly place = computed(() => placeKey(this.#facets().map(({ key }) => key)));

  /** How long it has been what it is, as far as this page was there. */
  protected readonly lasts = computed(() => {
    const row = this.row();
    const last = row?.marks.findLast(({ kind }) => kind !== 'update');
    if (!row || !last) return '';
    const status = statusOf(row.member);
    const now = row.shown === status ? '' : `${status} now, `;
    return `${now}for ${durationText((this.lost() ?? this.#cluster.now()) - last.at)}`;
  });
  protected readonly address = computed(() => {
    const member = this.row()?.member;
    return member?.address ? addressOf(member) : '';
  });
  protected readonly fromAgent = computed(() => {
    const agent = this.#coordinates().known.get(this.#cluster.agent());
    const other = this.#coordinates().known.get(this.name());
    if (!agent || !other || this.own()) return undefined;
    return {
      name: this.#cluster.agent(),
      text: `${rttText(estimatedRtt(agent, other))} ± ${rttText(errorOf(agent, other))} ms`,
    };
  });
  protected readonly tags = computed(() => {
    const values = new Map(
      this.#facets().flatMap(({ key, values }) => values.map((each) => [`${key}=${each.value}`, each.count])),
    );
    return Object.entries(this.row()?.member.tags ?? {}).map(([key, value]) => {
      const count = values.get(`${key}=${value}`);
      return {
        key,
        value,
        params: { tag: `${key}:${value}` },
        share: count === undefined ? '' : `${count} of ${this.#all()}`,
      };
    });
  });
  /** What it speaks, and how many others speak another version: members of two versions are an upgrade that has not ended. */
  protected readonly versions = computed(() => {
    const member = this.row()?.member;
    if (!member) return [];
    return (['protocol', 'delegate'] as const).map((kind) => {
      const { current, min, max } = member[kind];
      const other = this.#cluster.rows().filter((row) => row.member[kind].current !== current).length;
      return {
        kind,
        current,
        range: `of ${min}–${max}`,
        other: other > 0 ? `${other} of ${this.#all()} speak another` : '',
      };
    });
  });

  protected readonly coordinate = computed(() => this.#coordinates().known.get(this.name()));
  protected readonly radar = injectRadar(this.name, this.place);
  protected readonly lists = computed(() => {
    const blips = this.radar()?.blips ?? [];
    const lists = [
      { title: 'Nearest', blips: blips.slice(0, NEAREST) },
      { title: 'Farthest', blips: blips.slice(Math.max(NEAREST, blips.length - FARTHEST)).reverse() },
    ];
    return lists.filter((list) => list.blips.length > 0);
  });
  protected readonly story = computed(() =>
    memberStory(this.row()?.marks ?? [], this.#cluster.log().log.newest()).map((each) => ({
      ...each,
      ago: `${durationText((this.lost() ?? this.#cluster.now()) - each.at)} ago`,
    })),
  );

  protected readonly mayForceLeave = computed(() => this.#may().may('force-leave') && !this.own());
  protected readonly mayQuery = computed(() => this.#may().may('query'));
  protected readonly mayTag = computed(() => this.own() && this.#may().names('setTags').length > 0);
  /** Why nothing can be done now. */
  protected readonly blocked = computed(() =>
    this.lost() === undefined ? '' : 'There is no connection: what is shown is from before.',
  );
  protected readonly commands = computed(() => [
    { text: 'round trip', words: shellWords(['rxserf', 'rtt', '--', this.name()]) },
    { text: 'force leave', words: shellWords(['serf', 'force-leave', this.name()]) },
  ]);
  protected readonly copied = signal('');

  protected async copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.copied.set(text);
  }

  protected open({ name }: Pick<Blip, 'name'>): void {
    void this.#router.navigate(['/member'], { queryParams: { name: nameParam(name) } });
  }
}
