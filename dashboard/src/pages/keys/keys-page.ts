import { Component, computed, effect, inject, signal, untracked, viewChild } from '@angular/core';
import { AgentError } from 'rxserf';
import { injectSerfAction } from 'rxserf/angular';
import { Cluster } from '../../cluster/cluster.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { ConfirmDialog } from '../../dialog/confirm-dialog.ts';
import { NodeReport } from '../../dialog/node-report.ts';
import { Outcome } from '../../dialog/outcome.ts';
import { type KeyRow, keyRows, newKey, rotationStep, wrongWithKey } from '../../model/key-view.ts';
import { Refused } from '../../shell/refused.ts';

/** The encryption keys of the cluster, by their fingerprints, and the way from one to another. */
@Component({
  selector: 'app-keys-page',
  imports: [ConfirmDialog, NodeReport, Outcome, Refused],
  templateUrl: './keys-page.html',
  styleUrls: ['../../table/table.css', '../empty.css', '../form.css', './keys-page.css'],
})
export class KeysPage {
  readonly #cluster = inject(Cluster);
  protected readonly may = injectPermissions();
  protected readonly known = computed(() => this.#cluster.role() !== '');
  protected readonly mayManage = computed(() => this.may().may('install-key'));
  protected readonly encrypted = computed(() => {
    const said = this.#cluster.stats()['serf']?.['encrypted'];
    return said === undefined ? undefined : said === 'true';
  });
  protected readonly useRef = viewChild<ConfirmDialog>('useDialog');
  protected readonly removeRef = viewChild<ConfirmDialog>('removeDialog');

  protected readonly list = injectSerfAction((serf) => serf.listKeys());
  protected readonly install = injectSerfAction((serf, key: string) => serf.installKey(key));
  protected readonly use = injectSerfAction((serf, key: string) => serf.useKey(key));
  protected readonly remove = injectSerfAction((serf, key: string) => serf.removeKey(key));

  /** Of nodes that have answered, even if others have not. */
  protected readonly report = computed(() => {
    const error = this.list.error();
    if (error instanceof AgentError && error.report) return error.report;
    return error ? undefined : this.list.result();
  });
  protected readonly rows = computed(() => {
    const report = this.report();
    return report ? keyRows(report) : [];
  });
  protected readonly step = computed(() => rotationStep(this.rows()));
  protected readonly missing = computed(() => {
    const partly = this.rows().filter(({ everywhere }) => !everywhere);
    const nodes = this.report()?.nodes ?? 0;
    return partly
      .slice(0, 3)
      .map(
        ({ short, nodes: some }) =>
          `${nodes - some} ${nodes - some === 1 ? 'member does' : 'members do'} not have ${short}: install it again.`,
      )
      .join(' ');
  });
  protected readonly chosen = signal<KeyRow | undefined>(undefined);
  protected readonly fresh = signal('');
  protected readonly wrong = computed(() => wrongWithKey(this.fresh()));
  protected readonly blocked = computed(() => this.#cluster.lost() !== undefined);

  constructor() {
    const may = computed(() => this.may().may('list-keys') && this.encrypted() !== false);
    const changes = [this.install, this.use, this.remove];
    const settled = computed(() => changes.every(({ pending }) => !pending()));
    // At first, and after each change, however it has ended.
    effect(() => {
      if (may() && settled()) untracked(() => this.list.run());
    });
  }

  protected generate(): void {
    this.fresh.set(newKey());
  }

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.fresh() === '' || this.wrong() || this.blocked() || this.install.pending()) return;
    this.install.run(this.fresh());
  }

  protected act({ run }: { run(key: string): void }): void {
    const key = this.chosen();
    if (key) run(key.id);
  }
}
