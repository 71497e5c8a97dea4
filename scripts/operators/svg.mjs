// SVG as text: elements, escaping, and how wide a text is without a font at hand.

/** What is safe as text and in an attribute. @param {string} text */
export function escapeText(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/**
 * One element. Its text is escaped; its elements are as they are.
 * @param {string} name
 * @param {Record<string, string | number>} attributes numbers to a tenth
 * @param {string | readonly string[]} [content] a text, or elements
 */
export function element(name, attributes, content) {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`)
    .join('');
  if (content === undefined) return `<${name}${written}/>`;
  if (typeof content === 'string') return `<${name}${written}>${escapeText(content)}</${name}>`;
  return `<${name}${written}>\n${content.join('\n')}\n</${name}>`;
}

/** @param {number} value */
export function round(value) {
  return String(Math.round(value * 10) / 10);
}

export const FONTS = {
  sans: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
  mono: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
};

/**
 * At most how wide a text is, for the widest of the fonts it may be shown in.
 * @param {string} text
 * @param {number} size of the font
 * @param {keyof typeof FONTS} font
 */
export function textWidth(text, size, font) {
  if (font === 'mono') return text.length * size * 0.605;
  let width = 0;
  for (const char of text) {
    if (/[ijlftIr.,:;'!|()[\]{} ]/.test(char)) width += 0.4;
    else if (/[mwMW]/.test(char)) width += 0.96;
    else width += /[A-Z]/.test(char) ? 0.74 : 0.63;
  }
  return width * size;
}
