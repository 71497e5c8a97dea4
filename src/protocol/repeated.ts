/** The most bytes that are compared: the fields of a member take 70. */
const LONGEST = 96;

/**
 * Fields, one behind the other, that mostly have the values they had in the record before. To compare all of their bytes, names and
 * all, takes a fraction of reading them.
 */
export class Repeated<T> {
  /** The bytes, four at a time; the last four overlap with those before them. */
  readonly #words = new Int32Array(LONGEST / 4);
  /** How many bytes they are, with nothing remembered 0. */
  #length = 0;
  /** Those last remembered. */
  values: T | undefined;

  /** How many bytes they take, where all of them come next, before `end`; else 0. */
  lengthAt(view: DataView, at: number, end: number): number {
    const length = this.#length;
    const last = at + length - 4;
    if (length === 0 || last + 4 > end) return 0;
    const words = this.#words;
    let word = 0;
    for (let offset = at; offset < last; offset += 4) if (view.getInt32(offset) !== words[word++]) return 0;
    return view.getInt32(last) === words[word] ? length : 0;
  }

  /** Remembers what the bytes from `at` to `end` mean, unless these are too many. */
  remember(values: T, view: DataView, at: number, end: number): void {
    const length = end - at;
    if (length < 4 || length > LONGEST) return;
    const last = end - 4;
    let word = 0;
    for (let offset = at; offset < last; offset += 4) this.#words[word++] = view.getInt32(offset);
    this.#words[word] = view.getInt32(last);
    this.#length = length;
    this.values = values;
  }
}
