import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Whether a text is a time as Go writes it: `15s`, `500ms`, `1m30s`. */
export function isGoDuration(text: string): boolean {
  return /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text);
}

/** Such a time, in ms. */
export function goDuration(text: string): number {
  if (!isGoDuration(text)) throw new InvalidArgumentError('Write a time such as 500ms, 15s or 1m30s.');
  let time = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g))
    time += Number(amount) * (UNITS[unit as string] as number);
  return time;
}

/** One more `key=value` for a table. */
export function keyValue(text: string, table: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Write it as key=value.');
  return { ...table, [key]: value };
}

/** One more text for a list. */
export function collect(text: string, list: readonly string[] = []): string[] {
  return [...list, text];
}

/** A reader of integers from `least` to `most`. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It should be a whole number from ${least} to ${most}.`);
    return value;
  };
}
