// What is on disk and what it should be.

const RUN = 'run `npm run docs`';

/**
 * @param {ReadonlyMap<string, string>} wanted by path from `docs/`
 * @param {ReadonlyMap<string, string>} there
 * @returns {string[]} a problem for each file
 */
export function differences(wanted, there) {
  const stray = [...there.keys()].filter((path) => !wanted.has(path));
  return [
    ...[...wanted].flatMap(([path, text]) => difference(path, text, there.get(path)) ?? []),
    ...stray.map((path) => `docs/${path}: no operator has this file: ${RUN}`),
  ];
}

/**
 * @param {string} path
 * @param {string} wanted
 * @param {string | undefined} there
 */
function difference(path, wanted, there) {
  if (there === wanted) return undefined;
  if (there === undefined) return `docs/${path}: is not there: ${RUN}`;
  const [lines, others] = [wanted.split('\n'), there.split('\n')];
  const index = lines.findIndex((line, index) => line !== others[index]);
  const at = index === -1 ? lines.length : index;
  const shown = (/** @type {string | undefined} */ line) => (line === undefined ? 'nothing' : `"${line}"`);
  return `docs/${path}:${at + 1}: is ${shown(others[at])}, should be ${shown(lines[at])}: ${RUN}`;
}
