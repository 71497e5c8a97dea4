/** Whether it is a promise, or as good as one: something that is not done yet. */
export function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
