import type { LogEntry } from './event-log.ts';
import type { Mark } from './mark.ts';
import { durationText } from './time-text.ts';

/** Something that happened to a member, with what it ended. */
export interface Happening {
  readonly at: number;
  readonly kind: Mark['kind'];
  readonly text: string;
}

/** What this page knows of a member, newest first. @param entries the feed; of a change of tags it has the words */
export function memberStory(marks: readonly Mark[], entries: readonly LogEntry[]): Happening[] {
  const [first] = marks;
  if (!first) return [];
  const what = new Map<number, string>();
  for (const { at, kind, subject, what: text } of entries)
    if (kind === 'update' && subject === first.subject) what.set(at, text);
  const story: Happening[] = [];
  let since: number | undefined;
  let up: boolean | undefined;
  for (const { at, kind } of marks) {
    const lasted = since === undefined || at - since < 1_000 ? 'less than 1 s' : durationText(at - since);
    if (kind === 'update') {
      story.push({ at, kind, text: what.get(at) ?? 'its tags changed' });
      continue;
    }
    const joins = kind === 'join';
    const text = since === undefined || up === joins ? '' : `was ${joins ? 'down' : 'up'} for ${lasted}`;
    story.push({ at, kind, text });
    if (up !== joins) since = at;
    up = joins;
  }
  return story.reverse();
}
