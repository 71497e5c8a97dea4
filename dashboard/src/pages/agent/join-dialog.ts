import { Component, computed, signal } from '@angular/core';
import { injectSerfAction } from 'rxserf/angular';
import { Modal, ModalDialog } from '../../dialog/modal.ts';
import { Outcome } from '../../dialog/outcome.ts';
import { addressesOf } from '../../model/agent-view.ts';

/** Has the agent join others: it dials whatever address it is told. */
@Component({
  selector: 'app-join-dialog',
  imports: [Modal, Outcome],
  template: `
    <dialog aria-labelledby="join-title">
      <form class="body" (submit)="submit($event)">
        <h2 id="join-title">Join other members</h2>
        <p>The agent connects to these addresses. If somebody answers, <b>both clusters become one</b>, for all of their members.</p>
        <div class="field">
          <label for="join-addresses">Gossip addresses, host:port</label>
          <textarea id="join-addresses" data-first spellcheck="false" placeholder="10.0.0.7:7946" [value]="text()" (input)="text.set($any($event.target).value)"></textarea>
        </div>
        <label class="check"><input type="checkbox" [checked]="replay()" (change)="replay.set($any($event.target).checked)" /> Replay: old user events of theirs are delivered here, too</label>
        <app-outcome [action]="join" [done]="(join.result() ?? 0) + ' of ' + sent() + ' answered.'" />
        <div class="bottom">
          <button type="button" (click)="close()">Close</button>
          <button class="primary" [disabled]="addresses().length === 0 || blocked() || join.pending()">Join {{ addresses().length }} {{ addresses().length === 1 ? 'address' : 'addresses' }}</button>
        </div>
      </form>
    </dialog>
  `,
  styleUrls: ['../form.css', '../../dialog/dialog.css'],
})
export class JoinDialog extends ModalDialog {
  protected readonly join = injectSerfAction((serf, addresses: readonly string[], replay: boolean) =>
    serf.join(addresses, { replay }),
  );
  protected readonly text = signal('');
  protected readonly replay = signal(false);
  protected readonly sent = signal(0);
  protected readonly addresses = computed(() => addressesOf(this.text()));

  protected submit(event: Event): void {
    event.preventDefault();
    if (this.addresses().length === 0 || this.blocked() || this.join.pending()) return;
    this.sent.set(this.addresses().length);
    this.join.run(this.addresses(), this.replay());
  }
}
