import { SerfError } from '../../errors.ts';
import type { Id } from './match.ts';
import type { Registration } from './registration.ts';

/** How many masks a notifier may use for one command: each is looked at for each id. */
const MOST_MASKS = 64;

/** Counts the masks that one notifier uses; at most as many as it has registrations. */
export class MaskCounts {
  /** By kind, object and command. */
  readonly #commands = new Map<string, Map<Id, number>>();

  /** @throws SerfError (`overflow`) for one mask too many */
  add({ kind, object, command, match: { mask } }: Registration): void {
    const key = JSON.stringify([kind, object, command]);
    const masks = this.#commands.get(key);
    if (!masks) this.#commands.set(key, new Map([[mask, 1]]));
    else {
      const count = masks.get(mask) ?? 0;
      if (count === 0 && masks.size >= MOST_MASKS)
        throw new SerfError('overflow', `more than ${MOST_MASKS} masks for one command of a notifier`);
      masks.set(mask, count + 1);
    }
  }

  delete({ kind, object, command, match: { mask } }: Registration): void {
    const key = JSON.stringify([kind, object, command]);
    const masks = this.#commands.get(key);
    const count = masks?.get(mask) ?? 0;
    if (count > 1) masks?.set(mask, count - 1);
    else masks?.delete(mask);
    if (masks?.size === 0) this.#commands.delete(key);
  }
}
