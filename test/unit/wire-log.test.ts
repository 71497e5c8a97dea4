import { decodeMulti } from '@msgpack/msgpack';
import type { Socket } from 'rxserf/socket';
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
  expect(lines).toEqual([
    `${PREFIX}>  1 auth {"AuthKey":"(hidden)"}`,
    `${PREFIX}>  2 install-key {"Key":"(hidden)"}`,
    `${PREFIX}>  2 use-key {"Key":"(hidden)"}`,
    `${PREFIX}>  2 remove-key {"Key":"(hidden)"}`,
    `${PREFIX}>  3 list-keys`,
    `${PREFIX}<  3 list-keys {"Messages":{},"Keys":"(1 hidden)","NumNodes":3}`,
  ]);
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

test('a line is 400 characters, and one more says that there was more', () => {
  const { log, lines } = logOf();
  const room = 400 - PREFIX.length;
  for (const length of [room, room + 1]) log.tell('x'.repeat(length));

  expect(lines).toEqual([`${PREFIX}${'x'.repeat(room)}`, `${PREFIX}${'x'.repeat(room)}…`]);
});

test('of a list there are eight and how many more; of bytes, how many', () => {
  const { log, lines } = logOf();
  log.sent(encodeRequest('join', 1, { Existing: [...'abcdefgh'], Replay: false }));
  log.sent(encodeRequest('join', 2, { Existing: [...'abcdefghij'], Replay: false }));
  log.received({ seq: 2, text: '', body: { Addr: new Uint8Array(4) } });

  expect(lines).toEqual([
    `${PREFIX}>  1 join {"Existing":["a","b","c","d","e","f","g","h"],"Replay":false}`,
    `${PREFIX}>  2 join {"Existing":["a","b","c","d","e","f","g","h","(and 2 more)"],"Replay":false}`,
    `${PREFIX}<  2 join {"Addr":"(4 bytes)"}`,
  ]);
});

test('an answer without a body is ok, and a payload that is none is nothing', () => {
  const { log, lines } = logOf();
  log.sent(encodeRequest('event', 1, { Name: 'deploy', Payload: new Uint8Array(0), Coalesce: false }));
  log.received({ seq: 1, text: '', body: undefined });
  log.sent(encodeRequest('stream', 2, { Type: 'user' }));
  log.received({ seq: 2, text: '', body: { Event: 'user', Payload: null } });

  expect(lines[1]).toBe(`${PREFIX}<  1 event ok`);
  expect(lines[3]).toBe(`${PREFIX}<  2 stream {"Event":"user","Payload":"(nothing)"}`);
});

test('looks on: what goes out arrives as it is, and so does the end', () => {
  const { log, lines } = logOf();
  const arrived: unknown[] = [];
  const socket: Partial<Socket> = {
    localAddress: '10.0.0.1:50001',
    next: (bytes) => arrived.push(...decodeMulti(bytes)),
    complete: () => arrived.push('the end'),
  };
  const outgoing = log.outgoing(socket as Socket);
  outgoing.next(encodeRequest('stop', 8, { Stop: 7 }));
  outgoing.complete();

  expect(outgoing.localAddress).toBe('10.0.0.1:50001');
  expect(lines).toEqual([`${PREFIX}>  8 stop {"Stop":7}`]);
  expect(arrived).toEqual([{ Command: 'stop', Seq: 8 }, { Stop: 7 }, 'the end']);
});

test('the time is that of the machine, where nobody says another', () => {
  const lines: string[] = [];
  new TextWireLog('agent', 'all', (line) => lines.push(line)).tell('connecting');

  expect(lines[0]).toMatch(/^rxserf \d\d:\d\d:\d\d\.\d{3} agent connecting$/);
});
