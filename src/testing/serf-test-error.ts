/**
 * What a test got wrong, or found out. `actual` and `expected` are texts, for a runner that shows the difference; the
 * message has both.
 */
export class SerfTestError extends Error {
  override name = 'SerfTestError';
  declare actual?: string;
  declare expected?: string;

  constructor(message: string, difference?: { readonly actual: string; readonly expected: string }) {
    if (!difference) {
      super(message);
      return;
    }
    const { actual, expected } = difference;
    super(`${message}\n\nactual:\n${actual}\n\nexpected:\n${expected}`);
    // Not enumerable: a runner that prints fields as well as the message would say it all twice. Some write to them.
    const hidden = { writable: true, configurable: true };
    Object.defineProperties(this, {
      actual: { value: actual, ...hidden },
      expected: { value: expected, ...hidden },
    });
  }
}
