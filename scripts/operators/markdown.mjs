// Markdown: tables, links, and TSDoc's inline tags as such.

/**
 * A table; a column that is empty in all rows is left out.
 * @param {readonly string[]} heads
 * @param {readonly (readonly string[])[]} rows
 */
export function table(heads, rows) {
  const used = heads.map((_, column) => rows.some((row) => row[column] !== ''));
  const written = [heads, heads.map(() => '---'), ...rows].map(
    (row) =>
      `| ${row
        .filter((_, column) => used[column])
        .map(cell)
        .join(' | ')} |`,
  );
  return written.join('\n');
}

/**
 * A text as it may be in a table: a `|` would end the cell, in code too.
 * @param {string} text
 */
export function cell(text) {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\\?\|/g, '\\|')
    .trim();
}

/** @param {string} text */
export function code(text) {
  return text === '' ? '' : `\`${text}\``;
}

/**
 * @param {string} language
 * @param {string} text
 */
export function fence(language, text) {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/**
 * `{@link X}` becomes a link where X is on the page, or else code; `{@link X | text}` has a text of its own.
 * @param {string} text
 * @param {ReadonlyMap<string, string>} places by the name of what is on the page
 */
export function resolveLinks(text, places) {
  return text.replace(
    /\{@link(code|plain)?\s+([^\s}|]+)\s*(?:\|\s*)?([^}]*)\}/g,
    (_, _kind, target, label) => {
      const shown = label.trim() || (target.includes('://') ? target : code(target));
      const to = target.includes('://') ? target : places.get(target.split('.')[0] ?? '');
      return to ? `[${shown}](${to})` : shown;
    },
  );
}

/**
 * A default as it is told: numbers in one way, names and texts as code, whatever is said of it as it is.
 * @param {string} text
 */
export function value(text) {
  return text
    .replace(/^\d+(?:[_,]\d+)*(?![\w.])/, (digits) =>
      Number(digits.replace(/[_,]/g, '')).toLocaleString('en'),
    )
    .replace(/^('[^']*'|true\b|false\b|undefined\b|[a-z]+[A-Z]\w*(\(\))?)/, (literal) => code(literal));
}
