import type { Member } from 'rxserf';
import type { Mark } from './mark.ts';
import { type MemberRow, rowOf } from './member-row.ts';

/** The rows of all members. A row is the same object for as long as there is nothing new in it. */
export class MemberRows {
  #rows: ReadonlyMap<string, MemberRow> = new Map();

  /** @param marksOf gives a new list when there is a new mark */
  update(
    members: ReadonlyMap<string, Member>,
    marksOf: (name: string) => readonly Mark[],
    now: number,
  ): readonly MemberRow[] {
    const rows = new Map<string, MemberRow>();
    for (const [name, member] of members) {
      const marks = marksOf(name);
      const before = this.#rows.get(name);
      // Changes are too old to count some time.
      const same = before?.member === member && before.marks === marks && before.changes === 0;
      rows.set(name, same ? before : rowOf(member, marks, now));
    }
    this.#rows = rows;
    return [...rows.values()];
  }
}
