// Where on the page everything is: links within it.

/** The heading above the types that several operators share. */
export const SHARED = 'Shared types';

/**
 * The themes by their titles; operators and types by their names.
 * @typedef {{ readonly themes: ReadonlyMap<string, string>, readonly places: ReadonlyMap<string, string> }} Places
 */

/**
 * @param {readonly import('./page.mjs').Operator[]} operators
 * @param {readonly import('./read.mjs').OperatorFile[]} shared
 * @param {readonly import('./groups.mjs').Group[]} groups
 * @returns {Places}
 */
export function placesOf(operators, shared, groups) {
  const names = operators.map(({ operator }) => operator.name);
  /** @type {{ text: string, isTheme: boolean }[]} */
  const headings = [];
  for (const group of groups) {
    const there = group.operators.filter((name) => names.includes(name));
    if (there.length === 0) continue;
    headings.push({ text: group.title, isTheme: true });
    headings.push(...there.map((text) => ({ text, isTheme: false })));
  }
  headings.push({ text: SHARED, isTheme: true });
  headings.push(...shared.flatMap(({ types }) => types.map(({ id: text }) => ({ text, isTheme: false }))));

  const found = anchors(headings.map(({ text }) => text));
  /** @type {Map<string, string>} */
  const themes = new Map();
  /** @type {Map<string, string>} */
  const places = new Map();
  for (const [index, { text, isTheme }] of headings.entries()) {
    (isTheme ? themes : places).set(text, found[index] ?? '');
  }
  // A type is shown with the operator of its file.
  for (const { operator, types } of operators) {
    for (const { id } of types) places.set(id, places.get(operator.name) ?? '');
  }
  return { themes, places };
}

/**
 * Where headings are found, as GitHub has it: one that is there already, in whatever case, is counted on.
 * @param {readonly string[]} headings of the whole page, in their order
 * @returns {string[]}
 */
export function anchors(headings) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  return headings.map((heading) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    return count === 0 ? `#${slug}` : `#${slug}-${count}`;
  });
}
