// Reads the operators: index.ts, the files it names, their marble files. Whatever does not fit together is a problem, with
// the file's name in front.
import ts from 'typescript';
import { parseDiagram } from './diagram.mjs';
import { readSource } from './source.mjs';
import { firstStory, TITLE } from './story.mjs';

/** @typedef {import('./source.mjs').FunctionDeclaration} FunctionDeclaration */
/** @typedef {import('./source.mjs').TypeDeclaration} TypeDeclaration */

/**
 * A file by its name without folder and extension: `buffer-bounded`. Without an operator it is one of shared types.
 * @typedef {object} OperatorFile
 * @property {string} stem
 * @property {FunctionDeclaration | undefined} operator
 * @property {import('./diagram.mjs').Diagram | undefined} diagram
 * @property {readonly TypeDeclaration[]} types those that are exported
 * @property {readonly TypeDeclaration[]} local the others
 */

/**
 * The texts of all files; those of `src/operators` and `marbles/operators` by their names without extension.
 * @typedef {object} Texts
 * @property {string} index
 * @property {ReadonlyMap<string, string>} sources
 * @property {ReadonlyMap<string, string>} stories
 */

/**
 * @param {Texts} texts
 * @returns {{ files: OperatorFile[], exported: ReadonlySet<string>, problems: string[] }}
 */
export function readOperators({ index, sources, stories }) {
  /** @type {string[]} */
  const problems = [];
  /** @type {OperatorFile[]} */
  const files = [];
  const attempt = (/** @type {string} */ where, /** @type {() => void} */ what) => {
    try {
      what();
    } catch (error) {
      problems.push(`${where}: ${/** @type {Error} */ (error).message}`);
    }
  };
  const exported = exportsOf(index);
  for (const [stem, names] of exported) {
    const source = `src/operators/${stem}.ts`;
    attempt(source, () => {
      const file = readFile(stem, names, sources.get(stem));
      files.push(file);
      if (!file.operator) return;
      attempt(source, () => {
        file.diagram = diagramOf(file);
      });
      attempt(`marbles/operators/${stem}.test.ts`, () => compareStory(file, stories.get(stem)));
    });
  }
  return { files, exported: new Set([...exported.values()].flat()), problems };
}

/**
 * The names that each file exports through the index.
 * @param {string} index
 * @returns {Map<string, string[]>}
 */
function exportsOf(index) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const node of ts.createSourceFile('index.ts', index, ts.ScriptTarget.Latest, true).statements) {
    if (!ts.isExportDeclaration(node) || !node.moduleSpecifier || !node.exportClause) continue;
    const stem = node.moduleSpecifier.getText().replace(/^['"]\.\/|\.ts['"]$/g, '');
    const names = ts.isNamedExports(node.exportClause)
      ? node.exportClause.elements.map(({ name }) => name.text)
      : [];
    found.set(stem, [...(found.get(stem) ?? []), ...names]);
  }
  return found;
}

/**
 * @param {string} stem
 * @param {readonly string[]} names
 * @param {string | undefined} text
 * @returns {OperatorFile}
 */
function readFile(stem, names, text) {
  if (text === undefined) throw new Error('index.ts exports from it, and it is not there');
  const { functions, types } = readSource(text);
  const exported = functions.filter(({ name }) => names.includes(name));
  const [operator, ...others] = exported;
  if (others.length > 0)
    throw new Error(`one operator a file, not ${exported.map(({ name }) => name).join(', ')}`);
  const known = [...exported.map(({ name }) => name), ...types.map(({ id }) => id)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`the page shows functions, interfaces and types, not ${unknown.join(', ')}`);
  // Not exactly: `sinceLTime` is in since-ltime.ts.
  if (operator && operator.name.toLowerCase() !== stem.replaceAll('-', ''))
    throw new Error(`${operator.name} belongs into a file of its name`);
  return {
    stem,
    operator,
    diagram: undefined,
    types: types.filter(({ id }) => names.includes(id)),
    local: types.filter(({ id }) => !names.includes(id)),
  };
}

/** @param {OperatorFile} file */
function diagramOf({ operator }) {
  const text = operator?.doc.diagram ?? '';
  if (text === '') throw new Error(`the TSDoc of ${operator?.name} has no diagram`);
  try {
    return parseDiagram(text);
  } catch (error) {
    throw new Error(`the diagram of ${operator?.name}: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {OperatorFile} file
 * @param {string | undefined} story
 */
function compareStory({ stem, diagram }, story) {
  if (story === undefined) throw new Error(`src/operators/${stem}.ts has no such marble file`);
  const lines = firstStory(story);
  if (!diagram) return;
  const wanted = diagram.rows;
  for (const [index, { label, marbles }] of wanted.entries()) {
    const line = lines[index];
    const told = line ? `has ${line.name} = '${line.text}'` : 'has no further text';
    if (line?.text !== marbles)
      throw new Error(`'${TITLE}' ${told}, the diagram has "${label}" = '${marbles}'`);
  }
  const more = lines[wanted.length];
  if (more) throw new Error(`'${TITLE}' has ${more.name} = '${more.text}', the diagram no such row`);
}
