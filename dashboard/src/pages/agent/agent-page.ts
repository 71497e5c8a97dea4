import { Component, computed, inject, viewChild } from '@angular/core';
import { RouterLink } from '@angular/router';
import { switchMap, timer } from 'rxjs';
import type { Stats } from 'rxserf';
import { injectSerfAction, live } from 'rxserf/angular';
import { Cluster, retryTogether } from '../../cluster/cluster.ts';
import { injectLooking } from '../../cluster/looking.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { ConfirmDialog } from '../../dialog/confirm-dialog.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import { statsSections, worryOf } from '../../model/agent-view.ts';
import { isMark } from '../../model/event-log.ts';
import { addressOf } from '../../model/member-row.ts';
import { nameParam } from '../../model/route-name.ts';
import { clockText, durationText } from '../../model/time-text.ts';
import { visibleText } from '../../model/visible-text.ts';
import { Refused } from '../../shell/refused.ts';
import { TagsDialog } from '../member/tags-dialog.ts';
import { JoinDialog } from './join-dialog.ts';

/** So often figures are read again, in ms, while somebody may be looking. */
const PERIOD = 5_000;
const NOTHING: Stats = {};
/** So many losses are listed. */
const LOSSES = 20;

/** The agent that this page talks to: its figures, what this session may do with it, and what was lost on the way. */
@Component({
  selector: 'app-agent-page',
  imports: [ConfirmDialog, JoinDialog, Refused, RouterLink, Shape, TagsDialog, Visible],
  templateUrl: './agent-page.html',
  styleUrl: './agent-page.css',
})
export class AgentPage {
  readonly #cluster = inject(Cluster);
  protected readonly may = injectPermissions();
  protected readonly known = computed(() => this.#cluster.role() !== '');
  protected readonly tagsRef = viewChild(TagsDialog);
  protected readonly joinRef = viewChild(JoinDialog);
  protected readonly leaveRef = viewChild(ConfirmDialog);
  readonly #looking = injectLooking();
  protected readonly figures = live<Stats, true>({
    params: () => (this.#looking() && this.may().may('stats') ? true : undefined),
    stream: (serf) => timer(0, PERIOD).pipe(switchMap(() => serf.stats())),
    initial: NOTHING,
  });
  protected readonly leave = injectSerfAction((serf) => serf.leave());

  protected readonly clock = clockText;
  protected readonly param = nameParam;
  protected readonly addressOf = addressOf;
  protected readonly worry = worryOf;
  protected readonly since = this.#cluster.since;
  protected readonly agent = this.#cluster.agent;
  /** What has to be typed is what is seen. */
  protected readonly typed = computed(() => visibleText(this.agent(), Number.POSITIVE_INFINITY));
  protected readonly row = computed(() =>
    this.#cluster.rows().find(({ member }) => member.name === this.agent()),
  );
  /** As the cluster has them, which is sooner. */
  protected readonly tags = computed(() => Object.entries(this.row()?.member.tags ?? {}));
  protected readonly sections = computed(() => statsSections(this.figures.value(), ['tags']));
  protected readonly session = computed(() => this.#cluster.stats()['session'] ?? {});
  protected readonly expires = computed(() => {
    const expires = Number(this.session()['expires']);
    return expires ? durationText(expires - this.#cluster.now()) : '';
  });
  protected readonly lists = computed(() =>
    (['events', 'queries', 'setTags'] as const)
      .map((key) => ({ key: key === 'setTags' ? 'sets tags' : key, value: this.may().names(key).join(', ') }))
      .filter(({ value }) => value !== ''),
  );
  protected readonly losses = computed(() =>
    this.#cluster
      .log()
      .log.newest()
      .filter((entry) => !isMark(entry))
      .slice(0, LOSSES),
  );
  protected readonly mayTag = computed(
    () => this.may().may('tags') && this.may().names('setTags').length > 0,
  );
  protected readonly blocked = computed(() => this.#cluster.lost() !== undefined);
  protected readonly reason = computed(() =>
    this.blocked() ? 'There is no connection: what is shown is from before.' : '',
  );

  constructor() {
    retryTogether(this.figures);
  }
}
