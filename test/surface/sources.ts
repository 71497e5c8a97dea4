import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One `import`, `export … from`, `import()` or `import('…')` type. */
export interface Import {
  /** As written: `rxjs`, `#platform`, `./errors.ts`. */
  readonly specifier: string;
  /** The files of src it leads to; none for packages. */
  readonly files: readonly string[];
  /** Gone from the JavaScript. (`import { type A }` is not: `verbatimModuleSyntax` keeps its `import {}`.) */
  readonly typeOnly: boolean;
}

/** One file of src. */
export interface Source {
  /** Below src: `client/session.ts`. */
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** What each `#` may be; package.json's `imports` chooses by condition. */
const INTERNAL: Readonly<Record<string, readonly string[]>> = {
  '#platform': ['platform/node.ts', 'platform/browser.ts'],
  '#re2': ['embedded/queries/re2.ts', 'embedded/queries/re2.browser.ts'],
};

export function readSources(): Source[] {
  const src = join(root, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8');
      const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      return { path, text, ast, imports: importsOf(ast) };
    });
}

/** Every node below, in order. */
export function* nodes(node: ts.Node): Generator<ts.Node> {
  for (const child of node.getChildren()) {
    yield child;
    yield* nodes(child);
  }
}

function importsOf(ast: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    imports.push({ specifier: specifier.text, files: resolve(ast.fileName, specifier.text), typeOnly });
  };
  for (const node of nodes(ast)) {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
  }
  return imports;
}

function resolve(from: string, specifier: string): readonly string[] {
  if (Object.hasOwn(INTERNAL, specifier)) return INTERNAL[specifier] ?? [];
  if (!specifier.startsWith('.')) return [];
  return [relative('.', join(dirname(from), specifier)).replaceAll('\\', '/')];
}

/** What a module of src exports, as `value NAME` or `type NAME`, sorted by name. */
export function exportsOf(...paths: string[]): string[][] {
  const files = paths.map((path) => join(root, 'src', path));
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  return files.map((file) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
    return checker
      .getExportsOfModule(module)
      .map((symbol) => `${isValue(symbol, checker) ? 'value' : 'type'} ${symbol.name}`)
      .sort((a, b) => compare(a.split(' ')[1] as string, b.split(' ')[1] as string));
  });
}

/** A class that is exported with `export type` is no value there. */
function isValue(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (!(symbol.flags & ts.SymbolFlags.Alias)) return (symbol.flags & ts.SymbolFlags.Value) !== 0;
  const typeOnly = symbol.declarations?.some(
    (node) => ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly),
  );
  return !typeOnly && (checker.getAliasedSymbol(symbol).flags & ts.SymbolFlags.Value) !== 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
