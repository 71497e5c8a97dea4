import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The bytes in buffers, and on the heap, that are still in use once all that can go has gone. */
export async function retained(): Promise<{ readonly buffers: number; readonly heap: number }> {
  // Once is not enough: buffers are freed on another thread, and those of the last moment are spared.
  for (let i = 0; i < 3; i++) {
    collect();
    await setImmediate();
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return { buffers: arrayBuffers, heap: heapUsed };
}
