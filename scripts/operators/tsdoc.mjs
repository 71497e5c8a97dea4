// Takes a TSDoc comment apart: the sentence, the diagram, the prose, the tags.

/** @typedef {{ readonly name: string, readonly text: string }} Tag */

/**
 * @typedef {object} Doc
 * @property {string} summary what is in front of the diagram; without one, the first paragraph
 * @property {string} diagram as it is written; empty where there is none
 * @property {string} prose
 * @property {readonly Tag[]} tags in their order
 */

/** The tags that the page shows. */
export const TAGS = [
  'param',
  'typeParam',
  'returns',
  'defaultValue',
  'throws',
  'example',
  'see',
  'remarks',
  'deprecated',
];
/** Code, which is passed over, or a tag: any at the start of a line, one of the page's in it. */
const TAG_OR_CODE = new RegExp(`\`[^\`]*\`|^@\\w+|(?<=\\s)@(?:${TAGS.join('|')})\\b`, 'g');

/**
 * @param {string} comment with its delimiters
 * @returns {Doc}
 */
export function parseComment(comment) {
  const [description = '', ...tags] = sections(comment);
  return { ...describe(description), tags: tags.map(named) };
}

/**
 * The description, then each tag with its text.
 * @param {string} comment
 */
function sections(comment) {
  const lines = comment
    .replace(/^\s*\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const found = [''];
  const add = (/** @type {string} */ text) => found.push(found.pop() + text);
  let fenced = false;
  for (const line of lines) {
    const fence = /^\s*```/.test(line);
    if (fence) fenced = !fenced;
    let rest = 0;
    for (const match of fence || fenced ? [] : line.matchAll(TAG_OR_CODE)) {
      if (!match[0].startsWith('@')) continue;
      add(line.slice(rest, match.index));
      found.push('');
      rest = match.index;
    }
    add(`${line.slice(rest)}\n`);
  }
  if (fenced) throw new Error('a ``` that is never closed');
  return found.map((text) => text.trim());
}

/** @param {string} section @returns {Tag} */
function named(section) {
  const [, name = '', text = ''] = /^@(\w+)\s*([\s\S]*)$/.exec(section) ?? [];
  return { name, text };
}

/** @param {string} description */
function describe(description) {
  // The first fence, where it is in no language.
  const fence = /^```(.*)\n([\s\S]*?)\n```$/m.exec(description);
  if (fence?.[1] === '') {
    const [whole, , diagram = ''] = fence;
    const summary = description.slice(0, fence.index).trim();
    return { summary, diagram, prose: description.slice(fence.index + whole.length).trim() };
  }
  const [summary = '', ...prose] = description.split(/\n{2,}/);
  return { summary, diagram: '', prose: prose.join('\n\n') };
}

/**
 * What the tags say of each parameter: `@param name text`, with the `@defaultValue` behind it.
 * @param {Doc} doc
 * @returns {ReadonlyMap<string, { text: string, byDefault: string }>}
 */
export function parameterDocs({ tags }) {
  /** @type {Map<string, { text: string, byDefault: string }>} */
  const found = new Map();
  /** @type {{ text: string, byDefault: string } | undefined} */
  let last;
  for (const { name, text } of tags) {
    if (name === 'param') {
      const [, parameter = '', meaning = ''] = /^(\w+)\s*(?:-\s+)?([\s\S]*)$/.exec(text) ?? [];
      last = { text: meaning, byDefault: '' };
      found.set(parameter, last);
    } else if (name === 'defaultValue' && last) last.byDefault = text;
    else last = undefined;
  }
  return found;
}
