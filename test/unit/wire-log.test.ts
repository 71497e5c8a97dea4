import { expect, test } from 'vitest';
import { type Shown, TextWireLog } from '../../src/client/agent/wire-log.ts';
import { encodeRequest } from '../../src/protocol/frames.ts';

/** The lines of a log, without what stands before each. */
function logOf(shown: Shown = 'no-payloads') {
  const lines: string[] = [];
  const log = new TextWireLog(
    'agent',
    shown,
    (line) => lines.push(line),
    () => new Date('2026-11-29T12:00:01.503Z'),
  );
  return { log, lines };
}
const PREFIX = 'rxserf 12:00:01.503 agent ';
const KEY = 'AQEBAQEBAQEBAQEBAQEBAQ==';

test('keys are never shown, whatever is', () => {
  const { log, lines } = logOf('all');
  log.sent(encodeRequest('auth', 1, { AuthKey: KEY }));
  for (const command of ['install-key', 'use-key', 'remove-key'] as const)
    log.sent(encodeRequest(command, 2, { Key: KEY }));
  log.sent(encodeRequest('list-keys', 3, undefined));
  log.received({ seq: 3, text: '', body: { Messages: {}, Keys: { [KEY]: 3 }, NumNodes: 3 } });

  expect(lines.join('\n')).not.toContain(KEY);
  expect(lines.at(-1)).toBe(`${PREFIX}<  3 list-keys {"Messages":{},"Keys":"(1 hidden)","NumNodes":3}`);
});

test('payloads and log lines are their size, unless they are asked for', () => {
  for (const [shown, payload, line] of [
    ['no-payloads', '(2 bytes)', '(6 characters)'],
    ['all', 'v7', 'secret'],
  ] as const) {
    const { log, lines } = logOf(shown);
    log.sent(encodeRequest('stream', 4, { Type: '*' }));
    log.received({
      seq: 4,
      text: '',
      body: { Event: 'user', Name: 'deploy', Payload: new TextEncoder().encode('v7') },
    });
    log.received({ seq: 4, text: '', body: { Log: 'secret' } });
    expect(lines.slice(1)).toEqual([
      `${PREFIX}<  4 stream {"Event":"user","Name":"deploy","Payload":"${payload}"}`,
      `${PREFIX}<  4 stream {"Log":"${line}"}`,
    ]);
  }
});

test('what a member has in its name moves no terminal, and a long message is one line', () => {
  const { log, lines } = logOf();
  log.sent(encodeRequest('members', 5, undefined));
  const members = Array.from({ length: 10_000 }, () => ({ Name: '\u001b[2J\u202e', Tags: {} }));
  log.received({ seq: 5, text: '', body: { Members: members } });
  log.received({ seq: 5, text: 'a\nb', body: undefined });
  log.received({ seq: 6, text: '', body: 2n ** 60n });

  expect(lines[1]).toMatch(/\\u001b\[2J\\u202e/);
  expect(lines[1]?.length).toBeLessThanOrEqual(401);
  expect(lines[2]).toBe(`${PREFIX}<  5 members error "a\\nb"`);
  expect(lines[3]).toBe(`${PREFIX}<  6 ? "${2n ** 60n}"`);
});

test('requests that come in pieces, or several at once, are told apart', () => {
  const { log, lines } = logOf();
  const bytes = Buffer.concat([encodeRequest('stats', 7, undefined), encodeRequest('stop', 8, { Stop: 7 })]);
  for (const byte of bytes) log.sent(Uint8Array.of(byte));

  expect(lines).toEqual([`${PREFIX}>  7 stats`, `${PREFIX}>  8 stop {"Stop":7}`]);
});
