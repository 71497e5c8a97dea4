/** What is missing of a name that has to be typed, in words; empty once it is there. */
export function missingOf(asked: string, typed: string): string {
  if (typed === asked) return '';
  if (!asked.startsWith(typed)) return 'This is something else.';
  const count = asked.length - typed.length;
  return `${count} ${count === 1 ? 'character' : 'characters'} missing.`;
}
