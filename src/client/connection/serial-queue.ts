/** Does one thing after the other, also what one of them leads to. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  take(turn: () => void): void {
    if (this.#waiting.push(turn) > 1) return;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      next();
      this.#waiting.shift();
    }
  }
}
