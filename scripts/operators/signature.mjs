// A function's signature as a reader wants it: no body, no patterns in place of parameters, no values in place of `?`.
import ts from 'typescript';

/** @typedef {{ readonly name: string, readonly type: string, readonly byDefault: string }} Parameter */

const WIDEST = 100;

/**
 * @param {ts.FunctionDeclaration} node
 * @returns {{ text: string, parameters: readonly Parameter[] }}
 */
export function signature(node) {
  const name = node.name?.text ?? '';
  const typeParameters = node.typeParameters?.map((each) => oneLine(each.getText())).join(', ');
  const returns = node.type ? `: ${oneLine(node.type.getText())}` : '';
  const parameters = node.parameters.map(parameter);
  const written = node.parameters.map((each, index) => {
    const optional = each.questionToken || each.initializer ? '?' : '';
    const { name, type } = /** @type {Parameter} */ (parameters[index]);
    return `${each.dotDotDotToken ? '...' : ''}${name}${optional}: ${type}`;
  });
  const head = `function ${name}${typeParameters ? `<${typeParameters}>` : ''}`;
  const line = `${head}(${written.join(', ')})${returns};`;
  const text =
    line.length <= WIDEST || written.length === 0
      ? line
      : `${head}(\n${written.map((each) => `  ${each},\n`).join('')})${returns};`;
  return { text, parameters };
}

/**
 * @param {ts.ParameterDeclaration} node
 * @returns {Parameter}
 */
function parameter({ name, type, initializer }) {
  // `{ capacity = 1 }: Options` is a matter of the implementation, and so is `= {}`.
  const byDefault = initializer?.getText() ?? '';
  return {
    name: ts.isIdentifier(name) ? name.text : 'options',
    type: type ? oneLine(type.getText()) : literalType(initializer),
    byDefault: byDefault === '{}' ? '' : byDefault,
  };
}

/**
 * The type of a parameter that leaves it to its default.
 * @param {ts.Expression | undefined} node
 */
function literalType(node) {
  if (node?.kind === ts.SyntaxKind.TrueKeyword || node?.kind === ts.SyntaxKind.FalseKeyword) return 'boolean';
  if (node && ts.isNumericLiteral(node)) return 'number';
  return node && ts.isStringLiteral(node) ? 'string' : 'unknown';
}

/**
 * A type that was broken over lines, on one.
 * @param {string} text
 */
export function oneLine(text) {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/([([<]) /g, '$1')
    .replace(/,? ([)\]>])/g, '$1')
    .replace(/^\| /, '');
}
