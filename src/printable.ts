const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text from the cluster, safe to print: any member can put escape sequences into a name, so control characters,
 * lone surrogates and marks that turn the writing direction are shown as `\u…`. Within JSON this is an escape, and
 * means the same.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
