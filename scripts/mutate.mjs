// Breaks the code in many small ways (Stryker), and runs the tests of each place to see whether they notice. Its toolchain is its own and
// installed where it is missing (15 s). What lives is in .cache/mutation/FOLDER: `report.html` to look at, `report.json` to count.
//
//   npm run mutation -- FOLDER [--sample 500] [--seed 1] [--concurrency 2] [--tests GLOB] [--list]
//     FOLDER      a folder or a file of src: client, protocol, membership.ts
//     --sample    so many mutants, chosen by the seed, of those with no others within them; all there are without
//     --static    also those that are there before a test begins, in tables and the like: each of them has all tests to run
//     --tests     these in place of those below: 'marbles/membership/*.test.ts'
//     --thorough  with the tests that are long; see mutation/setup.ts
//     --list      say how many there are, and end
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const toolchain = join(root, 'mutation');
process.chdir(root);

/** The tests that a folder's mutants are for: no agent, no browser, no build, and as few as could notice. */
const TESTS = {
  client: [
    'marbles/*.test.ts',
    'marbles/{connect,membership,query,reconnect}/*.test.ts',
    'test/rpc/pending-calls.test.ts',
    'test/testing/connection{,-by-hand}.test.ts',
    'test/unit/!(leaks).test.ts',
  ],
  // What a server reads is told by what it does; a reader of one's own is the notifier's.
  protocol: [
    'test/protocol/*.test.ts',
    'test/server/{commands,greeting,open-records,queries,request-fields}.test.ts',
    'test/notifier/frames.property.test.ts',
  ],
  'membership.ts': ['marbles/membership/*.test.ts'],
  'member-table.ts': ['marbles/membership/*.test.ts', 'test/unit/member-table.property.test.ts'],
};
/** Of everything else: virtual time and fakes are what the core is told by. */
const FAST = [
  'marbles/**/*.test.ts',
  'test/contract/embedded{,-pipe,-policy}.test.ts',
  'test/contract/fakes.test.ts',
  'test/{embedded,operators,protocol,rpc,server,testing,unit}/**/*.test.ts',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '2' },
    static: { type: 'boolean', default: false },
    tests: { type: 'string' },
    thorough: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const [target = ''] = positionals;
const tests = values.tests
  ? [values.tests]
  : (Object.entries(TESTS).find(([place]) => `${target}/`.startsWith(`${place}/`))?.[1] ?? FAST);
const files = statSync(join('src', target), { throwIfNoEntry: false })?.isFile()
  ? [`src/${target}`]
  : globSync(`src/${target}/**/*.ts`);
if (target === '' || files.length === 0) {
  console.error('which folder of src? npm run mutation -- client');
  process.exit(2);
}

install();
const mutants = await mutantsOf(files);
const chosen =
  values.sample === undefined ? mutants : sampleOf(mutants, Number(values.sample), Number(values.seed));
console.log(
  `${target}: ${mutants.length} mutants in ${files.length} files, ${chosen.length} of them to be tried`,
);
if (!values.list) run(chosen);

/** @typedef {{ line: number, column: number }} Place */
/** @typedef {{ fileName: string, location: { start: Place, end: Place } }} Mutant */

/**
 * What Stryker would make of these files.
 *
 * @param {readonly string[]} names
 * @returns {Promise<readonly Mutant[]>}
 */
async function mutantsOf(names) {
  const { Instrumenter } = await import(
    new URL('../mutation/node_modules/@stryker-mutator/instrumenter/dist/src/index.js', import.meta.url).href
  );
  // Whatever it is asked: nothing is logged.
  const logger = new Proxy({}, { get: () => () => false });
  const sources = names.map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }));
  const { mutants } = await new Instrumenter(logger).instrument(sources, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  });
  return mutants;
}

/**
 * A choice that the seed decides: the same tomorrow, as long as the code is. Stryker is told places, and makes all the mutants that are
 * within one; so a place is chosen only where no other is within it, with all that are made of it.
 *
 * @param {readonly Mutant[]} all
 * @param {number} size
 * @param {number} seed
 */
function sampleOf(all, size, seed) {
  const innermost = all.filter((mutant) => !all.some((other) => isWithin(other, mutant)));
  const left = [...new Set(innermost.map(placeOf))];
  let state = seed >>> 0;
  const random = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @type {Mutant[]} */
  const sample = [];
  while (sample.length < size && left.length > 0) {
    const [place] = left.splice(Math.floor(random() * left.length), 1);
    sample.push(...innermost.filter((mutant) => placeOf(mutant) === place));
  }
  return sample;
}

/** @param {Mutant} mutant  a place as Stryker's `mutate` takes it */
function placeOf({ fileName, location: { start, end } }) {
  const at = (/** @type {Place} */ { line, column }) => `${line + 1}:${column}`;
  return `${fileName}:${at(start)}-${at(end)}`;
}

/**
 * Whether one is a part of another's place.
 *
 * @param {Mutant} part
 * @param {Mutant} whole
 */
function isWithin(part, whole) {
  const [a, b] = [part.location, whole.location];
  return (
    part.fileName === whole.fileName &&
    placeOf(part) !== placeOf(whole) &&
    isBefore(b.start, a.start) &&
    isBefore(a.end, b.end)
  );
}

/**
 * @param {Place} a
 * @param {Place} b
 */
function isBefore(a, b) {
  return a.line < b.line || (a.line === b.line && a.column <= b.column);
}

/** @param {readonly Mutant[]} mutants */
function run(mutants) {
  const folder = `.cache/mutation/${target.replace(/\.ts$/, '')}`;
  mkdirSync(folder, { recursive: true });
  const config = {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    ignoreStatic: !values.static,
    mutate: values.sample === undefined ? files : [...new Set(mutants.map(placeOf))],
    ignorePatterns: [
      'dist',
      '.cache',
      '.stryker-tmp',
      'bench',
      'dashboard',
      'docs',
      'examples',
      'site',
      'mutation/node_modules',
    ],
    tempDirName: `${folder}/sandbox`,
    reporters: ['clear-text', 'progress-append-only', 'html', 'json', 'event-recorder'],
    eventReporter: { baseDir: `${folder}/events` },
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: `${folder}/report.html` },
    jsonReporter: { fileName: `${folder}/report.json` },
    concurrency: Number(values.concurrency),
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 60,
    disableTypeChecks: false,
    checkers: [],
  };
  writeFileSync(`${folder}/stryker.config.json`, JSON.stringify(config, undefined, 2));
  const stryker = join(toolchain, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  execFileSync(process.execPath, [stryker, 'run', `${folder}/stryker.config.json`], {
    stdio: 'inherit',
    env: {
      ...process.env,
      MUTATION_TESTS: JSON.stringify(tests),
      ...(values.thorough && { MUTATION_THOROUGH: '1' }),
    },
  });
}

function install() {
  const stamp = join(toolchain, 'node_modules/.package-lock.json');
  const lock = statSync(join(toolchain, 'package-lock.json')).mtimeMs;
  if (!existsSync(stamp) || statSync(stamp).mtimeMs < lock)
    execFileSync(
      'npm',
      ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'],
      { cwd: toolchain, stdio: 'inherit' },
    );
  // The tests' own Vitest: with a second copy, none of them would be in the run.
  const link = join(toolchain, 'node_modules/vitest');
  rmSync(link, { recursive: true, force: true });
  symlinkSync('../../node_modules/vitest', link);
}
