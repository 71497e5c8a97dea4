import { filter, firstValueFrom } from 'rxjs';
import { jugglerConnect } from 'rxserf/juggler';

// What a page of ours does: a document each way, a message, a call.
const juggler = jugglerConnect<{ count: number }>('/ws', {
  autoflush: 0,
  reconnect: { minDelay: 10, maxDelay: 10 },
  actions: { double: (value: number) => 2 * value },
});

Object.assign(globalThis, {
  juggler,
  /** The first remote document with this count. */
  counted: (count: number) =>
    firstValueFrom(juggler.remoteData$.pipe(filter((data) => data?.count === count))),
  call: (action: string, ...args: unknown[]) => firstValueFrom(juggler.call(action, ...args)),
});
