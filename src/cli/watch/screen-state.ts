import type { Member } from '../../model.ts';
import type { Size } from '../output/terminal.ts';
import { type Facts, NOTHING_YET } from './facts.ts';
import type { Inquiry, Question } from './inquiry.ts';
import { listed, type Order } from './members-list.ts';

export type Page = 'members' | 'member' | 'query' | 'help';

/** Everything that the picture is made of, but for the time. */
export interface ScreenState {
  readonly size: Size;
  readonly facts: Facts;
  /** As they were when it was paused. */
  readonly paused: { readonly facts: Facts; readonly at: number } | undefined;
  readonly page: Page;
  readonly filter: string;
  readonly order: Order;
  /** One member a row, also where a grid would show more. */
  readonly table: boolean;
  /** A line that is being typed. */
  readonly prompt: { readonly for: 'filter' | 'query'; readonly text: string } | undefined;
  /** The name of the chosen member. */
  readonly chosen: string | undefined;
  /** The first row of the list, or of the page. */
  readonly first: number;
  /** What is to be asked; a new object each time. */
  readonly question: Question | undefined;
  readonly inquiry: Inquiry | undefined;
  readonly about: readonly string[];
  readonly footer: string;
  readonly ended: boolean;
}

export const BEGINNING: ScreenState = {
  size: { columns: 80, rows: 24 },
  facts: NOTHING_YET,
  paused: undefined,
  page: 'members',
  filter: '',
  order: 'status',
  table: false,
  prompt: undefined,
  chosen: undefined,
  first: 0,
  question: undefined,
  inquiry: undefined,
  about: [],
  footer: '',
  ended: false,
};
/** What the page shows: as it is, or as it was when it was paused. */
export function shownFacts({ facts, paused }: ScreenState): Facts {
  return paused?.facts ?? facts;
}

/** The members as they are listed. */
export function listOf(state: ScreenState): Member[] {
  return listed(shownFacts(state).members?.values() ?? [], state.filter, state.order);
}
