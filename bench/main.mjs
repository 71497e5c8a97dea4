// npm run bench -- [options] [WORKLOAD…]: see README.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopAgents } from './agent.mjs';
import { judge } from './budgets.mjs';
import { correct } from './correct.mjs';
import { load, machineFacts } from './machine.mjs';
import { measure } from './measure.mjs';
import { report } from './report.mjs';
import { setup } from './setup.mjs';
import { workloads } from './workloads.mjs';

const USAGE = `usage: npm run bench -- [options] [WORKLOAD…]

  --rounds N   how often each is measured (default 5)
  --minutes N  fail when it is not done by then (default 30)
  --check      fail when a budget of budgets.json is missed
  --write      write RESULTS.md; a full run of 3 rounds and more does so anyway
  --quick      small numbers, one round: does it all run? The figures mean nothing
  --correct    measure nothing; does everything arrive right, however it is cut?
  --list       name the workloads

A WORKLOAD can be the beginning of a name.`;

/** More than this, and something else is running. */
const QUIET = 0.5;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  stopAgents();
}

/** @returns {Promise<number>} the exit status */
async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      minutes: { type: 'string', default: '30' },
      check: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      correct: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds should be a positive integer, not ${values.rounds}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes should be a positive number, not ${values.minutes}`);
  if (quick && (values.check || values.write))
    throw new Error('the figures of --quick are not to be checked or written');
  const chosen = choose(positionals);
  if (values.help || values.list) {
    console.log(values.help ? USAGE : chosen.map(({ name, what }) => `${name}: ${what}`).join('\n'));
    return 0;
  }

  setup();
  if (values.correct) return (await correct()) ? 0 : 1;
  if (load() > QUIET) console.error(`bench: the machine is not idle (load average ${load().toFixed(2)})`);
  const facts = machineFacts();
  const results = await measure(chosen, { rounds, quick, minutes });
  const verdicts = quick ? [] : judge(results);
  const text = report(results, chosen, verdicts);
  console.log(text);
  save('.cache/results.json', JSON.stringify({ facts, runs: results.runs }, undefined, 1));
  const full = chosen.length === workloads.length && rounds >= 3 && !quick;
  if (full || values.write) save('RESULTS.md', page(facts, rounds, text));

  const missed = verdicts.filter(({ met }) => !met);
  for (const { budget, value } of missed)
    console.error(
      `missed: ${budget.what}: ${value === undefined ? 'a run failed' : Number(value.toPrecision(4))}`,
    );
  const failed = results.runs.filter(({ measured }) => 'failed' in measured);
  return (values.check && missed.length > 0) || failed.length > 0 ? 1 : 0;
}

/** @param {string[]} names */
function choose(names) {
  for (const name of names)
    if (!workloads.some((workload) => workload.name.startsWith(name)))
      throw new Error(`no such workload: ${name} (--list names them)`);
  return names.length === 0
    ? workloads
    : workloads.filter((workload) => names.some((name) => workload.name.startsWith(name)));
}

/**
 * @param {string[]} facts
 * @param {number} rounds
 * @param {string} text
 */
function page(facts, rounds, text) {
  const head = [
    '# Results',
    `Written by \`npm run bench\`, ${rounds} rounds; [README.md](README.md) says what is measured, and how.`,
    facts.map((fact) => `- ${fact}`).join('\n'),
  ];
  return `${head.join('\n\n')}\n\n${text}`;
}

/**
 * @param {string} path
 * @param {string} text
 */
function save(path, text) {
  mkdirSync(join(import.meta.dirname, '.cache'), { recursive: true });
  writeFileSync(join(import.meta.dirname, path), text);
}
