import { SerfTestError } from '../serf-test-error.ts';

type Method = (...given: unknown[]) => void;

/** What a story expects. Each expectation is told once what to be: it would pass untold, and of two the first is lost. */
export class Expectations {
  readonly #untold = new Set<SerfTestError>();

  /**
   * An expectation that has to be told.
   *
   * @param what the helper that made it
   * @param methods those that tell it
   */
  add<M extends object>(what: string, methods: M): M {
    // Made here, so that its stack leads to the test's own line.
    const untold = new SerfTestError(
      `${what} was not told what to be: call ${Object.keys(methods).join(' or ')} on what it returns`,
    );
    this.#untold.add(untold);
    const telling =
      (method: Method) =>
      (...given: unknown[]) => {
        if (!this.#untold.delete(untold))
          throw new SerfTestError(
            `${what} was told twice what to be: call ${what} again to expect something else, too`,
          );
        method(...given);
      };
    const once = Object.entries(methods).map(([name, method]) => [name, telling(method as Method)]);
    return Object.fromEntries(once) as M;
  }

  /** @throws {@link SerfTestError} where one was never told */
  verify(): void {
    const [untold] = this.#untold;
    if (untold) throw untold;
  }
}
