// Type-checks every ```ts block of the documents and of the comments in src, against the built package imported by
// its name. Each block is a module of its own: what a reader copies must compile. Needs dist (`npm run build`).
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// Not below node_modules: there, a package does not find itself by its name.
const cache = join(root, '.cache/docs');
rmSync(cache, { recursive: true, force: true });
mkdirSync(cache, { recursive: true });

const sources = globSync(['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'src/**/*.ts'], {
  cwd: root,
}).sort();
/** Where each extracted file came from. @type {Map<string, string>} */
const origins = new Map();
for (const source of sources) {
  for (const { line, code } of blocks(readFileSync(join(root, source), 'utf8'))) {
    const name = `${source.split(sep).join('__')}__${line}.ts`;
    // Empty lines in front: the compiler's line numbers are then those of the document.
    writeFileSync(join(cache, name), `${'\n'.repeat(line)}${code}\nexport {};\n`);
    origins.set(name, source);
  }
}
if (origins.size === 0) {
  console.log('no ts block found in the documents');
  process.exit(0);
}

writeFileSync(
  join(cache, 'tsconfig.json'),
  JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      // Examples are for Node and for browsers.
      lib: ['es2023', 'dom', 'esnext.disposable'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      // Angular's.
      experimentalDecorators: true,
    },
    include: ['*.ts'],
  }),
);

try {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', cache, '--pretty', 'false'], { cwd: cache, encoding: 'utf8' });
  console.log(`${origins.size} ts blocks compile`);
} catch (error) {
  const output = String(/** @type {{stdout?: string}} */ (error).stdout ?? error);
  // `README.md__12.ts(14,3): error …` becomes `README.md:14: error …`.
  console.log(
    output.replace(/^(\S+?\.ts)\((\d+),\d+\)/gm, (all, name, line) => {
      const source = origins.get(name);
      return source ? `${source}:${line}` : all;
    }),
  );
  process.exitCode = 1;
}

/**
 * The ```ts blocks of a Markdown text, or of the comments in a TypeScript file.
 * @param {string} text
 * @returns {{line: number, code: string}[]} `line` is that of the opening fence, from 1
 */
function blocks(text) {
  const found = [];
  /** @type {{line: number, prefix: string, fence: string, wanted: boolean, code: string[]} | undefined} */
  let open;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open) {
      // Inside a comment each line has the ` * ` of its fence.
      const inner = line.startsWith(open.prefix)
        ? line.slice(open.prefix.length)
        : line.replace(/^\s*\* ?/, '');
      if (inner.trim() !== open.fence) open.code.push(inner);
      else {
        if (open.wanted) found.push({ line: open.line, code: open.code.join('\n') });
        open = undefined;
      }
      continue;
    }
    const fence = /^(\s*(?:\*\s+|\/\/\s+|>\s+)?)(`{3,}|~{3,})\s*([^\s`]*)/.exec(line);
    if (!fence) continue;
    const [, prefix = '', marks = '', language = ''] = fence;
    const wanted = language === 'ts' || language === 'typescript';
    open = { line: index + 1, prefix, fence: marks, wanted, code: [] };
  }
  if (open) throw new Error(`the fence opened at line ${open.line} is never closed`);
  return found;
}
