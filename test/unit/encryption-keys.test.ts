import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { any, bytes, exactly, expectThrown, KEY, offline } from './calls.ts';
import { shown } from './shown.ts';

describe('encryption keys', () => {
  const commands = ['installKey', 'useKey', 'removeKey'] as const;
  const wire = { installKey: 'install-key', useKey: 'use-key', removeKey: 'remove-key' };
  const hint = 'a key is 16, 24 or 32 bytes in base64 (`serf keygen` makes one)';
  const base64 = (length: number) => Buffer.alloc(length, 0xfb).toString('base64');

  test.each(commands)('%s takes 16, 24 and 32 bytes', (command) => {
    for (const length of [16, 24, 32]) offline().client[command](base64(length));
  });

  describe.each(commands)('%s refuses', (command) => {
    test.each([
      ['the empty text', ''],
      ['15 bytes', base64(15)],
      ['17 bytes', base64(17)],
      ['33 bytes', base64(33)],
      ['16 bytes without padding', base64(16).replace(/=+$/, '')],
      ['32 bytes of URL-safe base64', Buffer.alloc(32, 0xfb).toString('base64url')],
      ['32 bytes in hex', Buffer.alloc(32, 0xfb).toString('hex').slice(0, 62)],
      ['a blank in front', ` ${base64(32)}`],
      ['a line end', `${base64(32)}\n`],
      ['a pass phrase', 'correct horse battery staple'],
    ])('%s', (_, key) => {
      expectThrown(
        (client) => client[command](key),
        'invalid-argument',
        exactly(`${wire[command]}: ${hint}`),
      );
    });

    test.each([undefined, null, 7, bytes(...Array(16).keys())])('%s', (key) => {
      const message = /^[a-z]+-key: the key should be a text, not \w+$/;
      expectThrown((client) => client[command](any(key)), 'invalid-argument', message);
    });
  });

  test('are never shown', () => {
    /** All that can be seen of a call with a key, and of its client. */
    const seen = (text: string, command: (typeof commands)[number]) => {
      const { client } = offline();
      let result: unknown;
      try {
        result = client[command](text);
      } catch (error) {
        result = error;
      }
      return shown(result) + shown(client);
    };
    const without = seen(KEY, 'useKey') + seen('', 'useKey');
    const key = fc.oneof(
      fc.base64String({ minLength: 8 }),
      fc.string({ minLength: 8 }),
      fc.uint8Array({ minLength: 8, maxLength: 64 }).map((some) => Buffer.from(some).toString('hex')),
    );
    fc.assert(
      fc.property(
        // Blanks are everywhere.
        key.filter((text) => text.trim().length >= 8 && !without.includes(text)),
        fc.constantFrom(...commands),
        (text, command) => {
          const all = seen(text, command);
          // Not as it is, nor as a literal has it.
          expect(all).not.toContain(text);
          expect(all).not.toContain(JSON.stringify(text).slice(1, -1));
        },
      ),
    );
  });
});
