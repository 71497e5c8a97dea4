/** What no shell takes for anything else. */
const PLAIN = /^[\w%+,./:@=-]+$/;
/** What would not survive a terminal, or would not be seen in one. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}/u;

/** A command as it is pasted into bash, zsh or ksh: each word is one, whatever is in it. What nobody would see in it is written out. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

function shellWord(word: string): string {
  if (PLAIN.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const parts = [...word].map((character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    return UNSEEN.test(character) ? bytesOf(character).map(octal).join('') : character;
  });
  return `$'${parts.join('')}'`;
}

/** Bytes that are not UTF-8 came as lone surrogates, U+DC80 to U+DCFF, and go as they came. */
function bytesOf(character: string): number[] {
  const code = character.charCodeAt(0);
  return code >= 0xdc80 && code <= 0xdcff ? [code & 0xff] : [...new TextEncoder().encode(character)];
}

/** Octal: of hex digits some shells take as many as follow. */
function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}
