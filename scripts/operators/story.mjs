// Reads the first story of a marble file: its title, and the marbles in it.
import ts from 'typescript';

/** The title of the story that executes an operator's diagram. */
export const TITLE = 'as in its diagram';

/** @typedef {{ readonly name: string, readonly text: string }} Line A const with a text, without the blanks around. */

/**
 * @param {string} text
 * @returns {readonly Line[]} the lines of its first test
 */
export function firstStory(text) {
  const file = ts.createSourceFile('marbles.test.ts', text, ts.ScriptTarget.Latest, true);
  const test = firstTest(file);
  if (!test) throw new Error('there is no test in it');
  const [title, story] = test.arguments;
  if (!title || !ts.isStringLiteralLike(title) || title.text !== TITLE) {
    throw new Error(`its first test is not marbles('${TITLE}', …), but ${title?.getText() ?? 'none'}`);
  }
  if (!/^marbles/.test(test.expression.getText()))
    throw new Error(`'${TITLE}' is told with ${test.expression.getText()}, not with marbles`);
  if (!story || !(ts.isArrowFunction(story) || ts.isFunctionExpression(story)) || !ts.isBlock(story.body)) {
    throw new Error(`'${TITLE}' has no story`);
  }
  return story.body.statements.flatMap(textsIn);
}

/**
 * @param {ts.Node} node
 * @returns {ts.CallExpression | undefined}
 */
function firstTest(node) {
  if (ts.isCallExpression(node) && /^(marbles|it|test)\b/.test(node.expression.getText())) {
    // `marblesWith(options)` only makes what tells stories.
    if (node.arguments.length > 1) return node;
  }
  // Helpers in front of the tests may have calls of their own, but no tests.
  return ts.forEachChild(node, firstTest);
}

/**
 * @param {ts.Statement} statement
 * @returns {Line[]}
 */
function textsIn(statement) {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer && ts.isStringLiteralLike(initializer)
      ? [{ name: name.getText(), text: initializer.text.trim() }]
      : [],
  );
}
