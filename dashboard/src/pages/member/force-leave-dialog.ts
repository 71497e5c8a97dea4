import { Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { injectSerfAction } from 'rxserf/angular';
import { Cluster } from '../../cluster/cluster.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { Modal } from '../../dialog/modal.ts';
import { Shape } from '../../marbles/shape.ts';
import { Visible } from '../../marbles/visible.ts';
import { type MemberRow, statusOf } from '../../model/member-row.ts';
import { durationText } from '../../model/time-text.ts';
import { missingOf } from '../../model/typed-name.ts';
import { visibleText } from '../../model/visible-text.ts';

/** Asks before a member is forced to leave: what it does to all others, and for its name. */
@Component({
  selector: 'app-force-leave-dialog',
  imports: [Modal, Shape, Visible],
  templateUrl: './force-leave-dialog.html',
  styleUrls: ['../../dialog/dialog.css', './dialog.css'],
})
export class ForceLeaveDialog {
  readonly row = input.required<MemberRow>();
  readonly #cluster = inject(Cluster);
  readonly #may = injectPermissions();
  protected readonly modal = viewChild.required(Modal);
  protected readonly action = injectSerfAction((serf, name: string, prune: boolean) =>
    serf.forceLeave(name, { prune }),
  );
  protected readonly typed = signal('');
  protected readonly prune = signal(false);
  protected readonly name = computed(() => this.row().member.name);
  /** What has to be typed: the name as it is seen, since nobody can type what they do not see. */
  protected readonly asked = computed(() => visibleText(this.name(), Number.POSITIVE_INFINITY));
  protected readonly missing = computed(() => missingOf(this.asked(), this.typed()));
  protected readonly status = computed(() => statusOf(this.row().member));
  protected readonly mayPrune = computed(() => this.#may().prune);
  protected readonly blocked = computed(() => this.#cluster.lost() !== undefined);
  protected readonly since = computed(() => {
    const last = this.row().marks.findLast(({ kind }) => kind !== 'update');
    return last ? ` for ${durationText(this.#cluster.now() - last.at)}` : '';
  });
  /** Whether there is a result to be shown. */
  protected readonly asking = signal(true);

  open(): void {
    this.typed.set('');
    this.prune.set(false);
    this.asking.set(true);
    this.modal().open();
  }

  protected close(): void {
    this.modal().close();
  }

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.missing() || this.blocked() || this.action.pending()) return;
    this.asking.set(false);
    this.action.run(this.name(), this.prune());
  }
}
