const PATIENCE = 15_000;

/** Something to wait for: conditions are looked at again whenever something has changed. */
export class Changes {
  readonly #looks = new Set<() => void>();

  notify(): void {
    for (const look of [...this.#looks]) look();
  }

  /** The first value that is not `undefined`; rejects when it does not come at all. */
  until<T>(what: string, check: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#looks.delete(look);
        reject(new Error(`not within ${PATIENCE} ms: ${what}`));
      }, PATIENCE);
      const look = (): void => {
        const value = check();
        if (value === undefined) return;
        clearTimeout(late);
        this.#looks.delete(look);
        resolve(value);
      };
      this.#looks.add(look);
      look();
    });
  }
}
