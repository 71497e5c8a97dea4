import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOfParam, nameParam } from '../../dashboard/src/model/route-name.ts';
import { shellWords } from '../../dashboard/src/model/shell-words.ts';

/** Any text that a member may be called, lone surrogates and all. */
const anyName = fc
  .array(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x27, 0x5c, 0x0a, 0x202e, 0xdc80, 0x24)),
    {
      maxLength: 20,
    },
  )
  .map((units) => String.fromCharCode(...units));

describe('a name in an address', () => {
  test('comes out as it went in, and needs no escape', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(nameParam(name)).toMatch(/^~?[\w-]*$/);
        expect(nameOfParam(nameParam(name))).toBe(name);
      }),
    );
    expect(nameParam('web-1')).toBe('d2ViLTE');
    expect(nameParam('\ufeffa')).not.toBe(nameParam('a'));
  });

  test.each(['%', '_w', '~!'])('%j is none', (param) => {
    expect(nameOfParam(param)).toBeUndefined();
  });
});

describe('a command to be pasted', () => {
  test.each([
    [['serf', 'force-leave', 'db-1.eu'], 'serf force-leave db-1.eu'],
    [['a b'], "'a b'"],
    [["it's; rm -rf ~"], "'it'\\''s; rm -rf ~'"],
    [['web\u202e70'], "$'web\\342\\200\\25670'"],
    [['\udcff'], "$'\\377'"],
    [[''], "''"],
  ])('%j is %s', (words, command) => {
    expect(shellWords(words)).toBe(command);
  });

  test('a shell takes each word for what it is, and a terminal sees nothing else', () => {
    // What no argument of a process can be: NUL, and lone surrogates that stand for no byte.
    const name = anyName.map((text) => text.replaceAll(/[\0\ud800-\udfff]/g, ''));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (words) => {
        const command = shellWords(words);
        expect(command).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        const said = execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
        expect(said.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });
});
