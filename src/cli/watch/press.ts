import { roomOf } from './layout.ts';
import { ORDER_NAMES } from './members-list.ts';
import { firstListed, shapeOf } from './members-page.ts';
import { listOf, type ScreenState } from './screen-state.ts';

/** As long as a line may be that is typed, in characters. */
const LONGEST_LINE = 200;

/** No page is longer, in rows. */
const LONGEST_PAGE = 20_000;

/** The state after a key; `now` is the date, in ms. */
export function press(state: ScreenState, key: string, now: number): ScreenState {
  if (key === 'ctrl-c') return { ...state, ended: true };
  if (state.prompt) return typed(state, state.prompt, key, now);
  const doing = KEYS[key];
  if (Object.hasOwn(KEYS, key) && doing) return doing(state, now);
  return MOVES.includes(key) ? moved(state, key) : state;
}

type Doing = (state: ScreenState, now: number) => ScreenState;

const KEYS: Readonly<Record<string, Doing>> = {
  q: (state) => ({ ...state, ended: true }),
  '/': (state) => ({ ...state, page: 'members', prompt: { for: 'filter', text: state.filter } }),
  a: (state) => ({ ...state, prompt: { for: 'query', text: '' } }),
  s: (state) => ({ ...state, order: next(ORDER_NAMES, state.order), first: 0 }),
  g: (state) => ({ ...state, table: !state.table, first: 0 }),
  ' ': (state, at) => ({ ...state, paused: state.paused ? undefined : { facts: state.facts, at } }),
  '?': (state) => ({ ...state, page: state.page === 'help' ? 'members' : 'help', first: 0 }),
  enter: (state) => (state.page === 'members' && chosenOf(state) ? opened(state) : state),
  escape: (state) => (state.page === 'members' ? { ...state, filter: '', first: 0 } : back(state)),
};

const MOVES: readonly string[] = [
  'up',
  'down',
  'left',
  'right',
  'page-up',
  'page-down',
  'home',
  'end',
  'j',
  'k',
];

function opened(state: ScreenState): ScreenState {
  return { ...state, chosen: chosenOf(state), page: 'member', first: 0 };
}

function back(state: ScreenState): ScreenState {
  return { ...state, page: 'members', first: 0 };
}

function typed(
  state: ScreenState,
  prompt: NonNullable<ScreenState['prompt']>,
  key: string,
  now: number,
): ScreenState {
  const { for: purpose, text } = prompt;
  const becomes = (text: string): ScreenState => ({
    ...state,
    prompt: { for: purpose, text },
    // The list is filtered as one types.
    ...(purpose === 'filter' && { filter: text, first: 0 }),
  });
  if (key === 'escape') return { ...becomes(''), prompt: undefined };
  if (key === 'enter') {
    const done = { ...state, prompt: undefined };
    return purpose === 'query' && text.trim() !== '' ? asked(done, text.trim(), now) : done;
  }
  if (key === 'backspace') return becomes([...text].slice(0, -1).join(''));
  if (key === 'ctrl-u') return becomes('');
  const isCharacter = [...key].length === 1;
  return isCharacter && text.length < LONGEST_LINE ? becomes(text + key) : state;
}

/** The first word is the name; what comes behind it the payload. */
function asked(state: ScreenState, line: string, at: number): ScreenState {
  const [, name = '', payload] = /^(\S+)(?:\s+(.*))?$/s.exec(line) ?? [];
  const members = [...(state.facts.members?.values() ?? [])];
  const alive = members.filter(({ status }) => status === 'alive').map((member) => member.name);
  return { ...state, page: 'query', first: 0, question: { name, payload, asked: alive, at } };
}

/** The chosen member, as long as it is listed, else the first one. */
function chosenOf(state: ScreenState): string | undefined {
  const list = listOf(state);
  return (list.find(({ name }) => name === state.chosen) ?? list[0])?.name;
}

function moved(state: ScreenState, key: string): ScreenState {
  if (state.page !== 'members') return scrolled(state, key);
  const list = listOf(state);
  if (list.length === 0) return state;
  const { rows, columns } = shapeOf(state, list, roomOf(state));
  const at = Math.max(
    0,
    list.findIndex(({ name }) => name === state.chosen),
  );
  const to = Math.min(Math.max(0, at + stepOf(key, rows * columns, rows, list.length)), list.length - 1);
  return {
    ...state,
    chosen: list[to]?.name,
    first: firstListed(state.first, to, { rows, columns }, list.length),
  };
}

/** What is longer than the screen: the layout keeps the end in sight. */
function scrolled(state: ScreenState, key: string): ScreenState {
  const room = Math.max(1, roomOf(state) - 2);
  return { ...state, first: Math.max(0, state.first + stepOf(key, room, 0, LONGEST_PAGE)) };
}

/** How far a key leads, by what fits onto a page, the rows to the next column, and how many there are. */
function stepOf(key: string, page: number, column: number, count: number): number {
  switch (key) {
    case 'up':
    case 'k':
      return -1;
    case 'down':
    case 'j':
      return 1;
    case 'left':
      return -column;
    case 'right':
      return column;
    case 'page-up':
      return -page;
    case 'page-down':
      return page;
    case 'home':
      return -count;
    default:
      return count;
  }
}

function next<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] as T;
}
