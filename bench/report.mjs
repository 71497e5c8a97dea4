// The results as Markdown.
import { BARE_ENCODE, BARE_LOOP, PEERS } from './workloads.mjs';

/** A column each. */
const COLUMNS = [...PEERS, BARE_ENCODE];

/** @import { Verdict } from './budgets.mjs' */
/** @import { Results } from './results.mjs' */
/** @import { Workload } from './workloads.mjs' */

/**
 * @param {Results} results
 * @param {readonly Workload[]} workloads that were run
 * @param {readonly Verdict[]} verdicts
 */
export function report(results, workloads, verdicts) {
  const notes = new Notes();
  const parts = [
    wire(
      results,
      workloads.filter(({ script }) => !script),
      verdicts,
      notes,
    ),
    others(
      results,
      workloads.filter(({ script }) => script),
      notes,
    ),
    budgets(verdicts),
    notes.text(),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * @param {Results} results
 * @param {readonly Workload[]} workloads
 * @param {readonly Verdict[]} verdicts
 * @param {Notes} notes
 */
function wire(results, workloads, verdicts, notes) {
  if (workloads.length === 0) return '';
  const rows = workloads.map(({ name, whole }) => {
    const cells = COLUMNS.map((peer) => cell(results, name, peer, 'per_s', rate, notes));
    const own = `${name} rxserf per_s`;
    return [
      name,
      ...cells,
      ratio(results, own, `${name} ${BARE_LOOP} per_s`, verdicts),
      ratio(results, own, `${name} go per_s`, verdicts),
      whole ? ratio(results, own, `${whole} rxserf per_s`, verdicts) : '',
    ];
  });
  const costs = workloads.map(({ name }) => [
    name,
    ...COLUMNS.map((peer) => {
      const measures = ['cpu_s', 'thread_s', 'rss_mb', 'reads'].map((measure) =>
        results.median(`${name} ${peer} ${measure}`),
      );
      const [cpu, thread, rss, reads] = measures;
      const parts = [
        cpu === undefined ? '' : `${cpu.toFixed(2)} s`,
        thread === undefined ? '' : `${thread.toFixed(2)} s in JavaScript’s thread`,
        rss === undefined ? '' : `${rss.toFixed(0)} MB`,
        reads === undefined ? '' : `${rate(reads)} reads`,
      ];
      return parts.filter((part) => part !== '').join(', ');
    }),
  ]);
  const what = workloads
    .filter(({ whole }) => !whole)
    .map(({ name, what }) => `- \`${name}\`: ${what}`)
    .join('\n');
  return [
    '## On the wire',
    'A second: the median of the rounds (the least – the most), and the median of what rxserf’s is in each round of the bare loop’s (`limit-socket`), of the Go client’s, and of its own with whole writes. In `/1400` the load agent’s writes are cut to 1,400 bytes; in `/1400-read` what is read is cut, as a busy reader reads many pieces at a time. `drain` is no client: it is what the load agent can do.',
    table(['workload', ...COLUMNS, '× bare loop', '× Go', '× whole'], rows),
    what,
    halves(results, workloads),
    'CPU time and peak memory of the client; how often it read the socket:',
    table(['workload', ...COLUMNS], costs),
  ].join('\n\n');
}

/**
 * The first half of what was done, in which V8 compiles what it runs, and the second.
 * @param {Results} results
 * @param {readonly Workload[]} workloads
 */
function halves(results, workloads) {
  const peers = PEERS.filter((peer) => peer !== 'drain');
  const rows = workloads
    .filter(({ whole }) => !whole)
    .map(({ name }) => {
      /** @param {(half: string) => string} of */
      const both = (of) => ['cold_per_s', 'warm_per_s'].map(of).join(' → ');
      /** @param {string} peer */
      const ratios = (peer) =>
        both((half) => results.ratio(`${name} rxserf ${half}`, `${name} ${peer} ${half}`)?.toFixed(2) ?? '–');
      return [
        name,
        ...peers.map((peer) =>
          both((half) => {
            const value = results.median(`${name} ${peer} ${half}`);
            return value === undefined ? '–' : rate(value);
          }),
        ),
        ratios(BARE_LOOP),
        ratios('go'),
      ];
    });
  const head = ['cold → warm', ...peers, '× bare loop', '× Go'];
  return [
    'The first half of each, in which V8 compiles what it runs, and the second:',
    table(head, rows),
  ].join('\n\n');
}

/** The first of these that a run has is what it is for. @type {[string, (value: number) => string][]} */
const MEASURES = [
  ['us', (value) => `${value.toFixed(2)} µs each`],
  ['emissions', (value) => `${value} ${value === 1 ? 'emission' : 'emissions'}`],
  ['seconds', (value) => `${value.toFixed(3)} s`],
  ['cpu_s', (value) => `${value.toFixed(3)} s CPU`],
  ['rss_mb', (value) => `${value.toFixed(0)} MB`],
  ['ms', (value) => `${value.toFixed(1)} ms`],
  ['bytes', (value) => `${Math.round(value).toLocaleString('en')} bytes`],
  ['minified', (value) => `${value.toLocaleString('en')} bytes without gzip`],
  ['modules_of_client', (value) => `${value} modules of the client`],
];

/**
 * @param {Results} results
 * @param {readonly Workload[]} workloads
 * @param {Notes} notes
 */
function others(results, workloads, notes) {
  if (workloads.length === 0) return '';
  const rows = workloads.flatMap(({ name, what, peers }) =>
    peers.map((peer, i) => {
      const told = MEASURES.filter(
        ([measure]) => results.values(`${name} ${peer} ${measure}`).length > 0,
      ).map(([measure, show]) => cell(results, name, peer, measure, show, notes));
      const text = told.length > 0 ? told.join('; ') : cell(results, name, peer, 'seconds', String, notes);
      return [i === 0 ? name : '', i === 0 ? what : '', peer, text];
    }),
  );
  return ['## In the process', table(['workload', 'what', 'of', 'measured'], rows, 3)].join('\n\n');
}

/** @param {readonly Verdict[]} verdicts */
function budgets(verdicts) {
  if (verdicts.length === 0) return '';
  const rows = verdicts.map(({ budget: { what, atLeast, atMost, over, minus }, value, met }) => {
    /** @param {number | undefined} figure */
    const show = (figure) =>
      figure === undefined
        ? 'failed'
        : over || minus
          ? figure.toFixed(2)
          : Number(figure.toFixed(1)).toLocaleString('en');
    const bound = atLeast === undefined ? `≤ ${show(atMost)}` : `≥ ${show(atLeast)}`;
    return [what, show(value), bound, met ? '✓' : '**missed**'];
  });
  return ['## Budgets', table(['what', 'is', 'budget', ''], rows)].join('\n\n');
}

/**
 * A median with its spread.
 * @param {Results} results
 * @param {string} workload
 * @param {string} peer
 * @param {string} measure
 * @param {(value: number) => string} show
 * @param {Notes} notes
 */
function cell(results, workload, peer, measure, show, notes) {
  const { count, reasons } = results.failures(workload, peer);
  if (count > 0) return `failed${notes.mark(`${count} × ${reasons.join(' / ')}`)}`;
  const quantity = `${workload} ${peer} ${measure}`;
  const median = results.median(quantity);
  if (median === undefined) return '';
  const values = results.values(quantity);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? show(median) : `${show(median)} (${show(least)} – ${show(most)})`;
}

/**
 * @param {Results} results
 * @param {string} of
 * @param {string} over
 * @param {readonly Verdict[]} verdicts
 */
function ratio(results, of, over, verdicts) {
  const value = results.ratio(of, over);
  if (value === undefined) return '';
  const verdict = verdicts.find(({ budget }) => budget.of === of && budget.over === over);
  const mark = verdict ? (verdict.met ? ' ✓' : ' **missed**') : '';
  return `${value.toFixed(2)}${mark}`;
}

/** @param {number} value */
function rate(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  if (value >= 1e5) return `${(value / 1e3).toFixed(0)}k`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)}k` : value.toFixed(0);
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {number} texts how many columns, from the left on, are no numbers
 */
function table(head, rows, texts = 1) {
  const rule = head.map((_, i) => (i < texts ? '---' : '---:'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

class Notes {
  /** @type {string[]} */
  #notes = [];

  /** @param {string} note */
  mark(note) {
    const known = this.#notes.indexOf(note);
    return `<sup>${known < 0 ? this.#notes.push(note) : known + 1}</sup>`;
  }

  text() {
    return this.#notes.map((note, i) => `<sup>${i + 1}</sup> ${note}`).join('\n\n');
  }
}
