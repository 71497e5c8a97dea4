/** A stretch of a text: as it came, or one character that would not be seen, written out. */
export interface TextPart {
  readonly text: string;
  readonly escaped: boolean;
}

/** Controls, bidi controls, zero-width and other characters that draw nothing of their own, and what is no character. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{Default_Ignorable_Code_Point}/gu;

/** Whether all of a text can be seen: of nearly all it can, and they need no parts. */
export function isPlain(text: string): boolean {
  return text.search(UNSEEN) < 0;
}

/** How much of a text is shown at first, in UTF-16 units. */
export const SHOWN = 200;

/** A text of a stranger in parts, none of which can hide or turn what stands beside it. */
export function visibleParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    if (index > end) parts.push({ text: text.slice(end, index), escaped: false });
    parts.push({ text: escapeOf(character), escaped: true });
    end = index + character.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), escaped: false });
  return parts;
}

/** The same as one text, for where there are no parts: a title, a label. */
export function visibleText(text: string, limit = SHOWN): string {
  const shown = text.slice(0, limit).replace(UNSEEN, escapeOf);
  return text.length > limit ? `${shown}…` : shown;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
