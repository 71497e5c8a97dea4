import { VirtualAction, VirtualTimeScheduler } from 'rxjs';

/** A scheduler whose time goes on when it is told to. */
export class Clock extends VirtualTimeScheduler {
  constructor() {
    super(VirtualAction, 0);
  }

  advance(ms: number): void {
    const target = this.frame + ms;
    this.schedule(() => {}, ms);
    this.maxFrames = target;
    this.flush();
  }
}
