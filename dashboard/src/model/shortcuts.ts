/** What a key may ask for. */
export type Act =
  | 'search'
  | 'members'
  | 'events'
  | 'map'
  | 'query'
  | 'logs'
  | 'agent'
  | 'keys'
  | 'help'
  | 'pause'
  | 'sort'
  | 'next'
  | 'previous';

/** Keys and what they do, as the list of them shows it; two keys are pressed one after the other. */
export const SHORTCUTS: readonly { readonly keys: string; readonly act: Act; readonly text: string }[] = [
  { keys: '/', act: 'search', text: 'Search' },
  { keys: 'g m', act: 'members', text: 'Members' },
  { keys: 'g e', act: 'events', text: 'Events' },
  { keys: 'g r', act: 'map', text: 'Map: the radar' },
  { keys: 'g q', act: 'query', text: 'Query' },
  { keys: 'g l', act: 'logs', text: 'Logs' },
  { keys: 'g a', act: 'agent', text: 'Agent' },
  { keys: 'g k', act: 'keys', text: 'Encryption keys' },
  { keys: 'j', act: 'next', text: 'Next row' },
  { keys: 'k', act: 'previous', text: 'The row before' },
  { keys: 's', act: 'sort', text: 'Sort members again' },
  { keys: 'p', act: 'pause', text: 'Pause events or lines, or go on' },
  { keys: '?', act: 'help', text: 'This list' },
];

/** What a key means after the one before: an act, or the beginning of one. */
export function press(before: string, key: string): { readonly act?: Act; readonly pending: string } {
  const keys = before ? `${before} ${key}` : key;
  const found = SHORTCUTS.find((each) => each.keys === keys) ?? SHORTCUTS.find((each) => each.keys === key);
  if (found) return { act: found.act, pending: '' };
  return { pending: SHORTCUTS.some((each) => each.keys.startsWith(`${key} `)) ? key : '' };
}
