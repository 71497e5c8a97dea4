import type { LogLevel } from '../../serf.ts';

/** As many old lines as an agent keeps for a new monitor. */
const OLD_LINES = 512;
/** The longest line, in characters: a line shows what a client sends, and what is refused can be of any size. */
const LONGEST = 8_192;
const RANK: Readonly<Record<LogLevel, number>> = { trace: 0, debug: 1, info: 2, warn: 3, err: 4 };

interface LogLine {
  /** In ms since the epoch. */
  readonly at: number;
  readonly level: LogLevel;
  readonly text: string;
}

/** The log of an agent: the last 512 lines of all levels, and its monitors. Lines are formatted when they are read. */
export class Log {
  readonly #date: () => number;
  readonly #monitors = new Set<(line: LogLine) => void>();
  #lines: LogLine[] = [];
  #next = 0;

  /** @param date in ms since the epoch */
  constructor(date: () => number) {
    this.#date = date;
  }

  write(level: LogLevel, text: string): void {
    const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    // As the agent's: one line end is the line's own, a second one shows.
    const line = { at: this.#date(), level, text: cut.replace(/\n$/, '') };
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % OLD_LINES;
    for (const monitor of [...this.#monitors]) monitor(line);
  }

  /** Emits the old lines of `level` and above, then the new ones, until the function that it returns is called. */
  monitor(level: LogLevel, next: (line: string) => void): () => void {
    const emit = (line: LogLine) => {
      if (RANK[line.level] >= RANK[level]) next(format(line));
    };
    const old = [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
    this.#monitors.add(emit);
    for (const line of old) if (this.#monitors.has(emit)) emit(line);
    return () => this.#monitors.delete(emit);
  }

  /** Drops all lines: a new process has a new log. */
  clear(): void {
    this.#lines = [];
    this.#next = 0;
  }
}

function format({ at, level, text }: LogLine): string {
  return `${date(at)} [${level.toUpperCase()}] ${text}`;
}

/** `2026/11/21 08:43:29`, in UTC. By hand: no platform's calendar is asked. */
function date(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [year, month, day] = civil(Math.floor(seconds / 86_400));
  const rest = ((seconds % 86_400) + 86_400) % 86_400;
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  const days = [String(year).padStart(4, '0'), twoDigits(month), twoDigits(day)];
  return `${days.join('/')} ${time.map(twoDigits).join(':')}`;
}

/** The Gregorian date of a day since the epoch: counted from the first of March of year 0, so leap days come last. */
function civil(days: number): [year: number, month: number, day: number] {
  const since = days + 719_468;
  const era = Math.floor(since / 146_097);
  const dayOfEra = since - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
