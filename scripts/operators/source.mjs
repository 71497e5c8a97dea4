// Reads what a file declares, with its TSDoc, through the TypeScript API; no types are checked.
import ts from 'typescript';
import { signature } from './signature.mjs';
import { parseComment } from './tsdoc.mjs';

/** @typedef {import('./tsdoc.mjs').Doc} Doc */
/** @typedef {import('./signature.mjs').Parameter} Parameter */
/** @typedef {{ readonly name: string, readonly type: string, readonly doc: Doc }} Field */

/**
 * A function: one signature for each overload, the parameters of all.
 * @typedef {object} FunctionDeclaration
 * @property {string} name
 * @property {readonly string[]} signatures
 * @property {readonly Parameter[]} parameters
 * @property {Doc} doc
 */

/**
 * An interface has fields, a type alias code.
 * @typedef {object} TypeDeclaration
 * @property {string} name with its type parameters
 * @property {string} id without
 * @property {string} code
 * @property {readonly Field[]} fields
 * @property {readonly string[]} bases the interfaces it extends
 * @property {Doc} doc
 */

/**
 * @param {string} text
 * @returns {{ functions: FunctionDeclaration[], types: TypeDeclaration[] }} in their order, exported or not
 */
export function readSource(text) {
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  /** @type {Map<string, ts.FunctionDeclaration[]>} */
  const functions = new Map();
  /** @type {TypeDeclaration[]} */
  const types = [];
  for (const node of file.statements) {
    if (ts.isFunctionDeclaration(node) && node.name) {
      functions.set(node.name.text, [...(functions.get(node.name.text) ?? []), node]);
    } else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
      types.push(typeDeclaration(node));
    }
  }
  return { functions: [...functions].map(([name, nodes]) => functionDeclaration(name, nodes)), types };
}

/**
 * @param {string} name
 * @param {ts.FunctionDeclaration[]} nodes overloads, and then the implementation
 * @returns {FunctionDeclaration}
 */
function functionDeclaration(name, nodes) {
  // The implementation of overloads is not seen from outside.
  const seen = nodes.length > 1 ? nodes.filter(({ body }) => body === undefined) : nodes;
  const documented = seen.map(docOf);
  const signatures = seen.map(signature);
  /** @type {Map<string, Parameter>} */
  const parameters = new Map();
  // Where overloads differ, the last is the widest.
  for (const each of signatures.flatMap(({ parameters }) => parameters)) parameters.set(each.name, each);
  return {
    name,
    signatures: signatures.map(({ text }) => text),
    parameters: [...parameters.values()],
    doc: documented.find(({ summary }) => summary !== '') ?? parseComment(''),
  };
}

/**
 * @param {ts.InterfaceDeclaration | ts.TypeAliasDeclaration} node
 * @returns {TypeDeclaration}
 */
function typeDeclaration(node) {
  const parameters = node.typeParameters?.map((each) => each.name.text).join(', ');
  const id = node.name.text;
  const isInterface = ts.isInterfaceDeclaration(node);
  const members = isInterface ? node.members : [];
  const bases = isInterface ? (node.heritageClauses ?? []).flatMap((clause) => [...clause.types]) : [];
  return {
    id,
    name: parameters ? `${id}<${parameters}>` : id,
    code: node.getText().replace(/^(export|declare)\s+/, ''),
    fields: members.map((member) => ({
      name: member.name?.getText() ?? member.getText(),
      type: fieldType(member),
      doc: docOf(member),
    })),
    bases: bases.map((base) => base.getText()),
    doc: docOf(node),
  };
}

/** @param {ts.TypeElement} member */
function fieldType(member) {
  if (ts.isPropertySignature(member)) return member.type?.getText() ?? 'unknown';
  if (!ts.isMethodSignature(member)) return '';
  // A method reads as what it is: a function.
  const parameters = member.parameters.map((parameter) => parameter.getText()).join(', ');
  return `(${parameters}) => ${member.type?.getText() ?? 'void'}`;
}

/** @param {ts.Node} node */
function docOf(node) {
  const comments = ts.getJSDocCommentsAndTags(node).filter((each) => ts.isJSDoc(each));
  return parseComment(comments.at(-1)?.getText() ?? '');
}
