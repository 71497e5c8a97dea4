// The page: an introduction, an index, the operators by theme, the types that several of them share.
import { draw } from './draw.mjs';
import { GROUPS } from './groups.mjs';
import { cell, resolveLinks, table } from './markdown.mjs';
import { placesOf, SHARED } from './places.mjs';
import { readOperators } from './read.mjs';
import { operatorSection, typeSection } from './section.mjs';

/** @typedef {import('./read.mjs').OperatorFile} OperatorFile */
/** @typedef {OperatorFile & { operator: NonNullable<OperatorFile['operator']> }} Operator */

const INTRODUCTION = `# Operators

An operator is a function for \`pipe\`: it takes what a client emits, and gives a new Observable. These know what Serf's
events, members and replies mean; for everything else there are RxJS's own. Import them from \`rxserf\`, or from
\`rxserf/operators\`, which has nothing else. They are cold, keep their state per subscription, take time from a scheduler
only, and what they keep is bounded.

In the diagrams time goes from left to right, a frame is a millisecond, and the same letter is the same value. \`|\` is
complete, \`#\` an error, \`(ab)\` are several values at one time, \`^\` and \`!\` begin and end a subscription. Each diagram is
executed as it stands, by the first test of the operator's marble file. This page is made by \`npm run docs\`.`;

/**
 * All files that `npm run docs` makes, by their paths from `docs/`. An operator with a problem is on the page as far as it
 * goes.
 * @param {import('./read.mjs').Texts} texts
 * @param {readonly import('./groups.mjs').Group[]} [groups]
 * @returns {{ files: Map<string, string>, problems: string[] }}
 */
export function makePages(texts, groups = GROUPS) {
  const { files, exported, problems } = readOperators(texts);
  const operators = files.filter(isOperator);
  const shared = files.filter((file) => !isOperator(file));
  problems.push(...misgrouped(operators, exported, groups));
  const { themes, places } = placesOf(operators, shared, groups);
  /** @type {Map<string, string>} */
  const made = new Map();
  /** @type {(file: OperatorFile, make: () => string) => string} */
  const attempt = ({ stem }, make) => {
    try {
      return make();
    } catch (error) {
      problems.push(`src/operators/${stem}.ts: ${/** @type {Error} */ (error).message}`);
      return '';
    }
  };

  const parts = [INTRODUCTION, indexTable(operators, groups, { themes, places })];
  for (const { title, about, operators: names } of groups) {
    const members = names.flatMap((name) => operators.find((each) => each.operator.name === name) ?? []);
    if (members.length === 0) continue;
    parts.push(`## ${title}`, about);
    for (const file of members) {
      const { operator, diagram } = file;
      parts.push(attempt(file, () => operatorSection(file, places)));
      if (diagram) {
        const picture = attempt(file, () => draw(operator.name, diagram, operator.doc.diagram));
        if (picture !== '') made.set(`operators/${operator.name}.svg`, picture);
      }
    }
  }
  if (shared.length > 0) parts.push(`## ${SHARED}`);
  for (const file of shared) {
    for (const type of file.types) {
      const heading = `### ${type.id}\n\n${type.doc.summary}`;
      parts.push(attempt(file, () => typeSection(heading, type, places)));
    }
  }
  made.set('operators.md', `${parts.filter((part) => part !== '').join('\n\n')}\n`);
  return { files: made, problems };
}

/** @param {OperatorFile} file @returns {file is Operator} */
function isOperator(file) {
  return file.operator !== undefined;
}

/**
 * @param {readonly Operator[]} operators
 * @param {ReadonlySet<string>} exported
 * @param {readonly import('./groups.mjs').Group[]} groups
 */
function misgrouped(operators, exported, groups) {
  const names = operators.map(({ operator }) => operator.name);
  const grouped = groups.flatMap((group) => group.operators);
  const where = 'scripts/operators/groups.mjs';
  return [
    ...names.filter((name) => !grouped.includes(name)).map((name) => `${where}: ${name} is in no group`),
    ...grouped
      .filter((name, index) => grouped.indexOf(name) !== index)
      .map((name) => `${where}: ${name} is in it twice`),
    ...grouped
      .filter((name) => !exported.has(name))
      .map((name) => `${where}: src/operators/index.ts exports no ${name}`),
  ];
}

/**
 * @param {readonly Operator[]} operators
 * @param {readonly import('./groups.mjs').Group[]} groups
 * @param {import('./places.mjs').Places} to
 */
function indexTable(operators, groups, { themes, places }) {
  const rows = groups.flatMap(({ title, operators: names }) =>
    names
      .flatMap((name) => operators.find(({ operator }) => operator.name === name) ?? [])
      .map(({ operator: { name, doc } }, index) => [
        index === 0 ? `[${title}](${themes.get(title)})` : '',
        `[\`${name}\`](${places.get(name)})`,
        cell(resolveLinks(/^.*?[.!?…](?=\s|$)/s.exec(doc.summary)?.[0] ?? doc.summary, places)),
      ]),
  );
  return table(['theme', 'operator', 'what it does'], rows);
}
