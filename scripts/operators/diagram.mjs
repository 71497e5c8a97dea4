// Reads an ASCII diagram as it is in the TSDoc: rows of a label, marbles and a legend, with two blanks or more between.
import { parseMarbles } from './marbles.mjs';

/**
 * @typedef {object} DiagramRow
 * @property {string} label
 * @property {string} marbles the text, as it has to be in the story
 * @property {import('./marbles.mjs').Row} row
 */

/**
 * What letters stand for; or something said beside a row that is about no letter.
 * @typedef {{ readonly marks: readonly string[], readonly meaning: string }} Entry
 */

/**
 * @typedef {object} Diagram
 * @property {readonly DiagramRow[]} rows
 * @property {readonly (readonly Entry[])[]} legend what is said beside each row
 */

/** `a = ` or `a, b = ` at the start of an entry. */
const ENTRY = /(?:^|, )([A-Za-z0-9|#](?:, [A-Za-z0-9|#])*) = /;

/**
 * @param {string} text
 * @returns {Diagram}
 */
export function parseDiagram(text) {
  /** @type {DiagramRow[]} */
  const rows = [];
  /** @type {string[]} One for each row. */
  const legends = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [label = '', marbles, ...legend] = line.trimEnd().split(/ {2,}/);
    if (label === '' && legends.length > 0) {
      // A line that begins with blanks goes on with the legend of the line before.
      legends.push(`${legends.pop()} ${line.trim()}`.trim());
      continue;
    }
    if (label === '' || marbles === undefined) {
      throw new Error(`a row is a label, two blanks or more, and marbles; this is not: "${line.trim()}"`);
    }
    rows.push({ label, marbles, row: parseMarbles(marbles) });
    legends.push(legend.join(' '));
  }
  if (rows.length === 0) throw new Error('a diagram without a row');
  const drawn = new Set(rows.flatMap(({ row }) => row.marks.map(({ mark }) => mark)));
  return { rows, legend: readLegends(legends, drawn) };
}

/**
 * @param {readonly string[]} legends
 * @param {ReadonlySet<string>} drawn the marks there are
 */
function readLegends(legends, drawn) {
  /** @type {Set<string>} */
  const explained = new Set();
  return legends.map((legend) => {
    const [note = '', ...parts] = legend.split(ENTRY);
    /** @type {Entry[]} */
    const entries = note.trim() === '' ? [] : [{ marks: [], meaning: note.trim() }];
    for (let index = 0; index + 1 < parts.length; index += 2) {
      const marks = parts[index]?.split(', ') ?? [];
      for (const mark of marks) {
        if (!drawn.has(mark)) throw new Error(`the legend explains "${mark}", which is in no row`);
        if (explained.has(mark)) throw new Error(`the legend explains "${mark}" twice`);
        explained.add(mark);
      }
      entries.push({ marks, meaning: (parts[index + 1] ?? '').trim() });
    }
    return entries;
  });
}
