// What the page says of one operator, and of one type.
import { cell, code, fence, resolveLinks, table, value } from './markdown.mjs';
import { oneLine } from './signature.mjs';
import { parameterDocs, TAGS } from './tsdoc.mjs';

// Not `ts`: what says `ts` is compiled by scripts/check-docs.mjs, and a signature does not compile by itself.
const DECLARATION = 'tsx';

/** @typedef {ReadonlyMap<string, string>} Places Where on the page something is, by its name. */

/**
 * @param {import('./read.mjs').OperatorFile & { operator: import('./source.mjs').FunctionDeclaration }} file
 * @param {Places} places
 */
export function operatorSection({ stem, operator, diagram, types, local }, places) {
  const { name, doc, signatures } = operator;
  const unknown = doc.tags.find((tag) => !TAGS.includes(tag.name));
  if (unknown) throw new Error(`the page does not know @${unknown.name}`);
  const texts = (/** @type {string} */ tag) =>
    doc.tags.filter((each) => each.name === tag).map(({ text }) => text);
  const titled = diagram?.rows.find(({ label }) => label.includes(name))?.label ?? name;
  const throwing = texts('throws').map((text) => `- ${text.replace(/\s*\n\s*/g, ' ')}`);
  const parts = [
    `### ${name}`,
    ...texts('deprecated').map((text) => `**Deprecated**: ${text}`),
    doc.summary,
    diagram ? `![Marble diagram of ${alternative(titled)}; as text below](operators/${name}.svg)` : '',
    diagram ? fence('text', doc.diagram) : '',
    doc.prose,
    ...texts('remarks'),
    fence(DECLARATION, [...used(local, signatures.join()), ...signatures].join('\n\n')),
    parameters(operator, places),
    ...texts('returns').map((text) => `Returns ${text}`),
    ...types.map((type) => typeSection(`**${code(type.name)}**: ${type.doc.summary}`, type, places)),
    throwing.length > 0 ? `**Throws**\n\n${throwing.join('\n')}` : '',
    ...texts('example').map((text, index) => (index === 0 ? `**Example**\n\n${text}` : text)),
    ...texts('see').map((text) => `See ${text}`),
    `Source: [src/operators/${stem}.ts](../src/operators/${stem}.ts) · ` +
      `its diagrams, executed: [marbles/operators/${stem}.test.ts](../marbles/operators/${stem}.test.ts)`,
  ];
  return joined(parts, places);
}

/**
 * An interface as a table where each field is documented, everything else as it is declared.
 * @param {string} heading with the type's summary
 * @param {import('./source.mjs').TypeDeclaration} type
 * @param {Places} places
 */
export function typeSection(heading, { doc, code: declaration, fields, bases }, places) {
  const rows = fields.map((field) => [
    code(field.name),
    code(oneLine(field.type)),
    byDefault(field.doc),
    sentence(field.doc),
  ]);
  const told = rows.length > 0 && rows.every(([, , , meaning]) => meaning !== '');
  const more =
    told && bases.length > 0
      ? `Also has the fields of ${bases.map((base) => reference(base, places)).join(' and ')}.`
      : '';
  const body = told ? table(['field', 'type', 'default', 'meaning'], rows) : fence(DECLARATION, declaration);
  return joined([heading, doc.prose, more, body], places);
}

/**
 * @param {import('./source.mjs').FunctionDeclaration} operator
 * @param {Places} places
 */
function parameters({ name, parameters, doc }, places) {
  const docs = parameterDocs(doc);
  const unknown = [...docs.keys()].find((each) => parameters.every((parameter) => parameter.name !== each));
  if (unknown !== undefined) throw new Error(`@param ${unknown} is no parameter of ${name}`);
  const rows = parameters.map(({ name, type, byDefault }) => {
    const { text = '', byDefault: told = '' } = docs.get(name) ?? {};
    const options = type.match(/\w+/g)?.find((word) => /Options$/.test(word) && places.has(word));
    if (text === '' && options === undefined) throw new Error(`the parameter ${name} has no @param`);
    const meaning = text || `see ${reference(options ?? '', places)}`;
    return [code(name), code(type), told ? value(told) : literal(byDefault), meaning];
  });
  return rows.length === 0 ? '' : table(['parameter', 'type', 'default', 'meaning'], rows);
}

/**
 * The types of the file that are not exported, and that a signature speaks of.
 * @param {readonly import('./source.mjs').TypeDeclaration[]} local
 * @param {string} text
 */
function used(local, text) {
  return local
    .filter(({ id }) => new RegExp(`\\b${id}\\b`).test(text))
    .map(({ code: declaration }) => declaration);
}

/** A default as the source has it. @param {string} text */
function literal(text) {
  const told = value(text);
  return told === text && !/^\d/.test(text) ? code(text) : told;
}

/** @param {import('./source.mjs').Doc} doc */
function byDefault({ tags }) {
  return value(tags.find(({ name }) => name === 'defaultValue')?.text ?? '');
}

/** @param {import('./source.mjs').Doc} doc */
function sentence({ summary, prose }) {
  return cell([summary, prose].join(' '));
}

/**
 * A type, with a link to it where it is on the page.
 * @param {string} type
 * @param {Places} places
 */
function reference(type, places) {
  const to = places.get(/^\w+/.exec(type)?.[0] ?? '');
  return to ? `[${code(type)}](${to})` : code(type);
}

/** In a picture's text, brackets would end it. @param {string} text */
function alternative(text) {
  return text.replace(/[[\]]/g, '\\$&');
}

/**
 * @param {readonly string[]} parts
 * @param {Places} places
 */
function joined(parts, places) {
  return resolveLinks(parts.filter((part) => part !== '').join('\n\n'), places);
}
