import { of } from 'rxjs';
import { fakeSerf, type SerfMarbles, SerfTestError, serfMarbles, userEvent } from 'rxserf/testing';
import { expect, test } from 'vitest';

// A slip of the pen in a test is told, and never passes for something else.

type Misuse = Record<string, [(kit: SerfMarbles) => unknown, string]>;
const misuse: Misuse = {
  'a letter of events': [
    ({ events }) => events('-a-b', { a: userEvent('x') }),
    'events: nothing says what the letter b stands for in "-a-b"',
  ],
  'a letter of an answer': [({ on }) => on('members', '-m'), 'on("members"): nothing says what the letter m'],
  'a letter of acts': [({ acts }) => acts('-a', {}), 'acts: nothing says what the letter a'],
  'a letter of logs': [({ logs }) => logs('-a', {}), 'logs: nothing says what the letter a'],
  'a letter of commands': [({ expectCommands }) => expectCommands('a'), 'expectCommands: nothing says what'],
  'a letter of the connection': [
    ({ connection }) => connection('c-a'),
    'connection: a should be c (connects) or x (is lost), in "c-a"',
  ],
  'two answers': [({ on }) => on('event', '-k-k'), 'on("event"): it has one answer, not "-k-k"'],
  'an end without an answer': [({ on }) => on('event', '-|'), 'on("event"): it has one answer, not "-|"'],
  'an end of commands': [
    ({ expectCommands }) => expectCommands('a|', { a: { command: 'stats' } }),
    'expectCommands: commands have no end ("a|")',
  ],
  'commands twice': [
    ({ expectCommands }) => [expectCommands(''), expectCommands('')],
    'expectCommands was called twice: one diagram has all commands',
  ],
  'a letter of what is expected': [
    ({ expectObservable }) => expectObservable(of(undefined)).toBe('(b|)', { a: 1 }),
    'toBe: nothing says what the letter b stands for in "(b|)"',
  ],
  'a letter of cold': [({ cold }) => cold('-b', { a: 1 }), 'cold: nothing says what the letter b'],
  'a letter of hot': [({ hot }) => hot('-b', { a: 1 }), 'hot: nothing says what the letter b'],
  'a command that is none': [
    ({ on }) => on('member' as 'members', '-m', { m: [] }),
    'on: "member" should be a command that is answered',
  ],
  'a command that is never answered': [
    ({ on }) => on('stream' as 'event', '-k'),
    'on: "stream" should be a command that is answered',
  ],
  'an async act': [
    ({ acts }) => acts('-a', { a: async () => {} }),
    'acts: a is async, and virtual time waits for no promise',
  ],
  'an async story': [async () => {}, 'a story is told at once: it should not be async'],
};

test.each(Object.entries(misuse))('%s', (_, [tell, message]) => {
  expect(() => serfMarbles(tell as () => void)).toThrow(message);
});

test('a key that is none is named by a fake, too', () => {
  const wrong = 'member' as 'members';
  const message =
    /^reply: "member" should be a command that is answered \("members", "event", …\), "query:NAME" or/;

  expect(() => fakeSerf().reply(wrong, [])).toThrow(SerfTestError);
  expect(() => fakeSerf().reply(wrong, [])).toThrow(message);
  expect(() => fakeSerf({ replies: { [wrong]: [] } })).toThrow(message);
  expect(() => fakeSerf().reply('stop' as 'event')).toThrow('"stop"');
  expect(() => fakeSerf().reply('toString' as 'event')).toThrow('"toString"');
});
