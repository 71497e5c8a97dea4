import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Give up after so many milliseconds. */
  within?: number;
  /** Milliseconds between two tries. */
  every?: number;
}

/** Tries `check` until it does not throw and returns its value; past the deadline throws its last error. */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  { within = 20_000, every = 50 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (Date.now() >= deadline)
        throw new Error(`${what}: not within ${within} ms: ${String(cause)}`, { cause });
    }
    await delay(every);
  }
}
