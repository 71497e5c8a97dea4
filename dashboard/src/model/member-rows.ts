import type { Member } from 'rxserf';
import type { Mark } from './mark.ts';
import { type MemberRow, rowOf } from './member-row.ts';

/** The rows of all members. A row is the same object for as long as there is nothing new in it. */
export class MemberRows {
  readonly #rows = new Map<string, MemberRow>();

  /** @param marksOf gives a new list when there is a new mark */
  update(
    members: ReadonlyMap<string, Member>,
    marksOf: (name: string) => readonly Mark[],
    now: number,
  ): readonly MemberRow[] {
    const rows: MemberRow[] = [];
    for (const [name, member] of members) {
      const marks = marksOf(name);
      let row = this.#rows.get(name);
      // Changes are too old to count some time.
      if (row?.member !== member || row.marks !== marks || row.changes > 0) {
        row = rowOf(member, marks, now);
        this.#rows.set(name, row);
      }
      rows.push(row);
    }
    if (this.#rows.size > rows.length)
      for (const name of this.#rows.keys()) if (!members.has(name)) this.#rows.delete(name);
    return rows;
  }
}
