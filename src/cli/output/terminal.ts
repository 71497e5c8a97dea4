import { StringDecoder } from 'node:string_decoder';
import { fromEvent, map, Observable, type Observer, startWith } from 'rxjs';

/** What a terminal has room for, in cells. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The size now, and after each change. */
export const size$: Observable<Size> = fromEvent(process.stdout, 'resize').pipe(
  startWith(undefined),
  // Some pseudo-terminals say that they have no size.
  map(() => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 })),
);

// The alternate screen, so that what was there before comes back; no cursor, and no wrapping of lines.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[2J';

/**
 * Draws frames over one another, writing only the rows that differ; afterwards the terminal is as it was. What is typed goes to
 * `typed`, but for Ctrl-Z, which stops the process.
 */
export function onScreen(frames$: Observable<readonly string[]>, typed: Observer<string>): Observable<never> {
  return new Observable((subscriber) => {
    const { stdin, stdout } = process;
    let drawn: readonly string[] = [];
    const draw = (frame: readonly string[]) => {
      const rows = Math.max(frame.length, drawn.length);
      let changes = '';
      for (let i = 0; i < rows; i++)
        if (frame[i] !== drawn[i]) changes += `\x1b[${i + 1};1H${frame[i] ?? ''}\x1b[K`;
      drawn = frame;
      if (changes !== '') stdout.write(changes);
    };
    const decoder = new StringDecoder('utf8');
    const onKey = (key: Buffer) => {
      if (!key.includes('\x1a')) return typed.next(decoder.write(key));
      stdout.write(LEAVE);
      stdin.setRawMode(false);
      process.kill(process.pid, 'SIGSTOP');
    };
    const onContinue = () => {
      if (stdin.isTTY) stdin.setRawMode(true);
      const frame = drawn;
      drawn = [];
      stdout.write(ENTER);
      draw(frame);
    };
    // The next frame is for the new size, and comes at once: this listener was there before that of `size$`.
    const onResize = () => {
      drawn = [];
      stdout.write(CLEAR);
    };

    stdout.write(ENTER);
    stdout.on('resize', onResize);
    process.on('SIGCONT', onContinue);
    // Typed keys would be echoed into the picture.
    if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey);
    const drawing = frames$.subscribe({
      next: draw,
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    return () => {
      drawing.unsubscribe();
      process.off('SIGCONT', onContinue);
      stdout.off('resize', onResize);
      if (stdin.isTTY) stdin.off('data', onKey).setRawMode(false).pause();
      stdout.write(LEAVE);
    };
  });
}
