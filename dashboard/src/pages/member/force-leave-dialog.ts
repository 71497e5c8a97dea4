import { Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { injectSerfAction } from 'rxserf/angular';
import { Cluster } from '../../cluster/cluster.ts';
import { injectPermissions } from '../../cluster/permissions.ts';
import { ConfirmDialog } from '../../dialog/confirm-dialog.ts';
import { Visible } from '../../marbles/visible.ts';
import { type MemberRow, statusOf } from '../../model/member-row.ts';
import { durationText } from '../../model/time-text.ts';
import { visibleText } from '../../model/visible-text.ts';

/** So much of a name stands in the question; all of it is below. */
const SHORT = 40;

/** A member's line, up to where something has happened to it, and on from there. */
interface Line {
  readonly when: string;
  readonly turn: string;
  readonly mark?: 'cross' | 'stop';
  /** Nothing has happened without it. */
  readonly rest?: 'leaving' | 'gone';
  /** Where it ends for good. */
  readonly end?: string;
}

/** Asks before a member is forced to leave: what it does to all others, and for its name. */
@Component({
  selector: 'app-force-leave-dialog',
  imports: [ConfirmDialog, Visible],
  template: `
    <app-confirm-dialog #confirm [kind]="status()" [question]="question()" [asked]="asked()" verb="Force leave" [action]="action" done="The agent has told the cluster; members hear of it one after the other."
      (confirmed)="action.run(name(), prune())">
      @if (confirm.asking()) {
        @switch (status()) {
          @case ('failed') { <p>All members will count <b><app-visible [text]="name()" /></b> as left and stop trying to reach it. It has been failed{{ since() }}. If its process still runs, it will join again by itself.</p> }
          @case ('left') { <p><b><app-visible [text]="name()" /></b> has left already. {{ mayPrune() ? 'Unless it is pruned, nothing changes.' : 'Nothing changes.' }}</p> }
          @case ('leaving') { <p><b><app-visible [text]="name()" /></b> is leaving already, and nothing changes. This is for a member that has failed.</p> }
          @default { <p><b><app-visible [text]="name()" /></b> is alive, and says so itself: it refutes this, and nothing changes. This is for a member that has failed.</p> }
        }
        <div class="lines" aria-hidden="true">
          @for (line of lines(); track line.when) {
            <span>{{ line.when }}</span>
            <svg width="100%" height="20">
              <line class="stretch" x1="0" [attr.x2]="line.turn" y1="10" y2="10" />
              @if (line.rest) { <line class="stretch" [class]="line.rest" [attr.x1]="line.turn" [attr.x2]="line.end ?? '100%'" y1="10" y2="10" /> }
              @if (line.mark) { <svg [attr.x]="line.turn" y="10" overflow="visible"><path [class]="line.mark" [attr.d]="line.mark === 'cross' ? cross : stop" /></svg> }
              @if (line.end; as end) { <svg [attr.x]="end" y="10" overflow="visible"><path class="stop" [attr.d]="stop" /></svg> }
              @if (!line.rest) { <svg x="99%" y="10" overflow="visible"><path class="arrow" d="M-6-4.5 1 0-6 4.5" /></svg> }
            </svg>
          }
        </div>
        @if (mayPrune()) {
          <label><input type="checkbox" [checked]="prune()" (change)="prune.set($any($event.target).checked)" /> Prune: forget it altogether, at once</label>
        }
        @if (status() === 'failed' || status() === 'left') { <p class="note">{{ prune() ? 'With prune, the name is gone from the list.' : 'Without prune, the name stays in the list until it is reaped.' }}</p> }
      }
    </app-confirm-dialog>
  `,
  styles: `
    p { margin: 0 0 12px; color: var(--ink-2) } b { font-weight: 600; color: var(--ink) }
    .note { color: var(--ink-3); font-size: var(--t12); line-height: 16px } label { display: flex; align-items: center; gap: 8px; min-height: 28px }
    .lines { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 24px; margin-bottom: 16px; padding: 12px 16px; border: 1px solid var(--line); border-radius: 6px; background: var(--bg); color: var(--ink-2); font-size: var(--t12) }
    .cross { stroke: var(--failed); stroke-width: 2.5 } .stop { fill: none; stroke: var(--left); stroke-width: 2 }
    @media (max-width: 639px) { label { min-height: 44px } }
  `,
})
export class ForceLeaveDialog {
  readonly row = input.required<MemberRow>();
  readonly #cluster = inject(Cluster);
  readonly #may = injectPermissions();
  protected readonly confirmRef = viewChild.required(ConfirmDialog);
  protected readonly action = injectSerfAction((serf, name: string, prune: boolean) =>
    serf.forceLeave(name, { prune }),
  );
  protected readonly prune = signal(false);
  protected readonly name = computed(() => this.row().member.name);
  protected readonly question = computed(() => `Force ${visibleText(this.name(), SHORT)} to leave?`);
  /** What has to be typed: the name as it is seen, since nobody can type what they do not see. */
  protected readonly asked = computed(() => visibleText(this.name(), Number.POSITIVE_INFINITY));
  protected readonly status = computed(() => statusOf(this.row().member));
  protected readonly mayPrune = computed(() => this.#may().prune);
  protected readonly since = computed(() => {
    const last = this.row().marks.findLast(({ kind }) => kind !== 'update');
    return last ? ` for ${durationText(this.#cluster.now() - last.at)}` : '';
  });
  protected readonly cross = 'M-4-4 4 4M4-4-4 4';
  protected readonly stop = 'M-4 0H3.5M3.5-4.75v9.5';
  /** Only one that has failed has another line afterwards. */
  protected readonly lines = computed<readonly Line[]>(() => {
    const status = this.status();
    if (status === 'alive') return [{ when: 'now and after', turn: '100%' }];
    if (status === 'leaving') return [{ when: 'now and after', turn: '46%', rest: 'leaving' }];
    if (status === 'left') return [{ when: 'now and after', turn: '46%', mark: 'stop', rest: 'gone' }];
    const failed = { turn: '46%', mark: 'cross', rest: 'gone' } as const;
    return [
      { ...failed, when: 'now' },
      { ...failed, when: 'after', end: '76%' },
    ];
  });

  open(): void {
    this.prune.set(false);
    this.confirmRef().open();
  }
}
