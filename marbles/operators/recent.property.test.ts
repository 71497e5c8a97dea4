import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Recent } from '../../src/operators/recent.ts';

/** What `Recent` is, as plainly as it can be said. */
class Model {
  #entries: [key: string, value: number][] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string) {
    return this.#entries.find(([each]) => each === key)?.[1];
  }

  set(key: string, value: number) {
    const isNew = this.get(key) === undefined;
    this.#entries = [...this.#entries.filter(([each]) => each !== key), [key, value] as const].slice(
      -this.#capacity,
    ) as [string, number][];
    return isNew;
  }
}

describe('recent values', () => {
  test('are those of the keys that were set last', () => {
    const keys = fc.integer({ min: 0, max: 12 }).map(String);
    const sets = fc.array(keys, { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), sets, (capacity, history) => {
        const recent = new Recent<number>(capacity);
        const model = new Model(capacity);
        for (const [value, key] of history.entries()) {
          expect(recent.set(key, value)).toBe(model.set(key, value));
          for (let each = 0; each <= 12; each++) expect(recent.get(`${each}`)).toBe(model.get(`${each}`));
        }
      }),
    );
  });

  test('need no more memory however often the same few are set', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
    const recent = new Recent<number>(4_096);
    const feed = () => {
      for (let set = 0; set < 200_000; set++) recent.set(keys[set % keys.length] as string, set);
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = feed();

    expect(feed() - before).toBeLessThan(1_000_000);
    expect(recent.get('key 99')).toBe(199_999);
  });
});
