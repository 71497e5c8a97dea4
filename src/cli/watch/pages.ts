import { byNumbers, clock, endpoint, seconds } from '../output/describe.ts';
import { type Line, span, styleOf, table } from '../output/line.ts';
import { cut, printable } from '../output/text.ts';
import { type ScreenState, shownFacts } from './screen-state.ts';

/** As much of a tag's key as is shown, in cells: what it belongs to stays in sight. */
const KEY_WIDTH = 30;
/** As much of a name as stands beside the answers, in cells: one member cannot take their room. */
const NODE_WIDTH = 24;
/** As much of an answer as is shown, in cells. */
const ANSWER_WIDTH = 200;

/** All that is known of the chosen member. */
export function memberPage(state: ScreenState): Line[] {
  const { members, feed } = shownFacts(state);
  const name = state.chosen ?? '';
  const member = members?.get(name);
  if (!member) return [[span(printable(name), 'bold'), span('  is no member any more', 'dim')]];
  const { address, port, status, tags, protocol, delegate } = member;
  const history = feed.filter(({ names }) => names.includes(name));
  const since = history.filter(({ turn }) => turn).at(-1)?.time;
  const range = ({ min, max, current }: typeof protocol) => `${current} (${min} to ${max})`;
  const facts = [
    [span('address'), span(endpoint(address, port))],
    [
      span('status'),
      span(`${printable(status)}${since === undefined ? '' : `  since ${clock(since)}`}`, styleOf(status)),
    ],
    [span('protocol'), span(`memberlist ${range(protocol)}, serf ${range(delegate)}`)],
    ...Object.keys(tags)
      .sort()
      .map((key) => [span(cut(`tag ${printable(key)}`, KEY_WIDTH)), span(printable(tags[key] ?? ''))]),
  ];
  return [
    [span(printable(name), 'bold')],
    ...table(facts),
    [],
    [
      span('WHAT HAPPENED TO IT', 'bold'),
      span(history.length === 0 ? '  nothing since this began' : '', 'dim'),
    ],
    ...history.toReversed().map(({ time, line }): Line => [span(`${clock(time)}  `, 'dim'), ...line]),
  ];
}

/** A query that was asked, and who has answered. */
export function queryPage({ inquiry }: ScreenState): Line[] {
  if (!inquiry) return [[span('nothing was asked yet; a asks', 'dim')]];
  const { name, payload, nodes, state, asked } = inquiry;
  const answers = [...nodes.values()].filter(({ response }) => response).length;
  const acks = [...nodes.values()].filter(({ ack }) => ack !== undefined).length;
  const silent = asked.filter((node) => !nodes.has(node)).sort(byNumbers);
  const rows = [...nodes]
    .sort(([a], [b]) => byNumbers(a, b))
    .map(([node, { ack, response }]) => [
      span(nodeName(node)),
      span(ack === undefined ? '–' : `${ack} ms`),
      span(response ? `${response.after} ms` : '–'),
      span(response ? cut(printable(response.text.slice(0, ANSWER_WIDTH).trimEnd()), ANSWER_WIDTH) : ''),
    ]);
  return [
    [span('query ', 'bold'), span(printable(name), 'bold'), span(`  ${printable(payload ?? '')}`, 'dim')],
    [
      span(`${acks} of ${asked.length} acknowledged, ${answers} answered`),
      state instanceof Error
        ? span(`  ${printable(state.message)}`, 'red')
        : span(state === 'asking' ? '  asking…' : '  done', state === 'asking' ? 'yellow' : 'green'),
    ],
    ...table([['NODE', 'ACK', 'ANSWER', ''].map((text) => span(text, 'bold')), ...rows]),
    ...silent.map(
      (node): Line => [span(nodeName(node), 'dim'), span('  silent', state === 'asking' ? 'dim' : 'red')],
    ),
  ];
}

function nodeName(name: string): string {
  return cut(printable(name.slice(0, NODE_WIDTH + 1)), NODE_WIDTH);
}

export function helpPage(): Line[] {
  return table(
    [
      ['/', 'filter the members as you type: words that are in a name, an address, a status or tag=value'],
      ['s', 'sort by status, name or address'],
      ['g', 'a row a member, or a grid of names where that shows more'],
      ['arrows, j, k', 'choose a member; page up and down, home, end'],
      ['enter', 'all that is known of the chosen member'],
      ['a', 'ask the cluster: the name of a query, a blank, its payload'],
      ['space', 'hold the picture; again: let it go on'],
      ['escape', 'back; of the members: without a filter'],
      ['q', 'quit'],
    ].map(([key = '', what = '']) => [span(key, 'bold'), span(what)]),
  );
}

/** How long ago, and when. */
export function asOf(time: number, now: number): string {
  return `as of ${clock(time)}, ${seconds(Math.max(0, now - time))} ago`;
}
