/** What was not the same, as texts. */
export interface Difference {
  readonly actual: string;
  readonly expected: string;
  /** What the two do not show. */
  readonly note?: string | undefined;
}

/**
 * What a test got wrong, or found out. `actual` and `expected` are texts, for a runner that shows the difference; the
 * message has both.
 */
export class SerfTestError extends Error {
  override name = 'SerfTestError';
  declare actual?: string;
  declare expected?: string;

  constructor(message: string, difference?: Difference) {
    if (!difference) {
      super(message);
      return;
    }
    const { actual, expected, note } = difference;
    const texts = [message, `actual:\n${actual}`, `expected:\n${expected}`, note];
    super(texts.filter((text) => text !== undefined).join('\n\n'));
    // Not enumerable: a runner that prints fields as well as the message would say it all twice. Some write to them.
    const hidden = { writable: true, configurable: true };
    Object.defineProperties(this, {
      actual: { value: actual, ...hidden },
      expected: { value: expected, ...hidden },
    });
  }
}
