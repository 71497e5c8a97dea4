/** What a terminal sends for keys that are no characters; the rest of a sequence, behind the escape character. */
const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'up',
  OA: 'up',
  '[B': 'down',
  OB: 'down',
  '[C': 'right',
  OC: 'right',
  '[D': 'left',
  OD: 'left',
  '[H': 'home',
  OH: 'home',
  '[1~': 'home',
  '[F': 'end',
  OF: 'end',
  '[4~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
};
const CHARACTERS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x15': 'ctrl-u',
};
const ESCAPE = '\x1b';
const ONE_KEY = new RegExp(`${ESCAPE}(?:\\[[\\d;]*[A-Za-z~]|O[A-Za-z]|)|[^${ESCAPE}]`, 'gsu');

/** Typed text as keys: names of those that are none (`up`, `escape`), characters as they are. Unknown sequences are left out. */
export function keysOf(typed: string): string[] {
  return (typed.match(ONE_KEY) ?? []).flatMap((key) => {
    if (key === ESCAPE) return ['escape'];
    if (key.startsWith(ESCAPE)) return known(SEQUENCES, key.slice(1));
    return known(CHARACTERS, key, /\P{Cc}/u.test(key) ? [key] : []);
  });
}

function known(names: Readonly<Record<string, string>>, key: string, otherwise: string[] = []): string[] {
  return Object.hasOwn(names, key) ? [names[key] as string] : otherwise;
}
