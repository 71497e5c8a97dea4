import { inspect } from 'node:util';

/** Every text that anybody may make of a value, in one: how it prints, logs and serializes, hidden parts included. */
export function shown(value: unknown): string {
  const texts = [String(value), JSON.stringify(value), inspect(value, { depth: null, showHidden: true })];
  if (value instanceof Error) texts.push(value.message, value.stack ?? '', shown(value.cause));
  return texts.join('\n');
}

/** What `call` throws; fails when it does not. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
