import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import type { Codec } from '../../codec.ts';
import type { SerfEvent } from '../../model.ts';
import type { AssertDeepEqual } from '../equality/assert-equal.ts';
import { FakeAgent } from '../fake/fake-agent.ts';
import { FakeSerf, type FakeSerfOptions } from '../fake/fake-serf.ts';
import type { FakeAnswer, FakeReplyKey } from '../fake/replies.ts';
import { SerfTestError } from '../serf-test-error.ts';
import { lastFrame, requireLetters } from './diagram-letters.ts';
import { ExpectedCommands, type ExpectedRequest } from './expected-commands.ts';
import { scriptConnection } from './scripted-connection.ts';
import { scriptReplies } from './scripted-replies.ts';
import { StoryTime } from './story-time.ts';

/** Options of {@link serfMarbles}. */
export interface SerfMarblesOptions<P = Uint8Array> extends Omit<FakeSerfOptions<P>, 'scheduler'> {
  /** Throws when its arguments are not equal. @defaultValue one that shows both diagrams, for any test runner */
  readonly assertDeepEqual?: AssertDeepEqual;
  /**
   * How long time goes on after the longest diagram, in ms. What is due later never happens; its timer is left, and the story
   * fails. @defaultValue 600,000
   */
  readonly horizon?: number;
}

/** What a story is told with: RxJS's helpers, a fake client, and what happens to it. A frame is a millisecond. */
export interface SerfMarbles<P = Uint8Array> extends RunHelpers {
  /** The client, for the code under test. Connected, unless {@link SerfMarbles.connection} says otherwise. */
  readonly serf: FakeSerf<P>;
  readonly scheduler: TestScheduler;
  /**
   * Events happen, in the story's time: every open stream whose filter lets them through emits them. `#` and `|` end all
   * streams and monitors.
   */
  events(marbles: string, events: Readonly<Record<string, SerfEvent<P>>>, error?: unknown): void;
  /** The agent logs lines; without a table, each letter is a line. */
  logs(marbles: string, lines?: Readonly<Record<string, string>>): void;
  /**
   * How a command is answered, from when it is sent: one letter answers all but a query, `#` refuses. Of several diagrams, each
   * is for one request and the last for all further ones.
   *
   * ```
   * on('members', '  --m')
   * serf.members()   --(m|)
   * on('query:load', '-a-r-r-----|')
   * ```
   *
   * @param values what letters stand for; not needed where the answer is just "ok"
   */
  on<K extends FakeReplyKey>(
    key: K,
    marbles: string | readonly string[],
    values?: Readonly<Record<string, FakeAnswer<K, P>>>,
    error?: unknown,
  ): void;
  /**
   * When the connection comes (`c`), is lost (`x`), is closed for good by the application (`|`), or given up (`#`, with a
   * `ConnectError` or the error given). Before a first `c`, there is none.
   *
   * ```
   * connection              --c----x---c--
   * serf.stream('user')     ---a-------g-b     g: a gap, with `gaps: true`
   * serf.event('deploy')    --s----#           sent, not answered yet, lost
   * ```
   */
  connection(marbles: string, error?: unknown): void;
  /** Things that the test does, by letter, in the story's time. None is async: virtual time waits for no promise. */
  acts(marbles: string, acts: Readonly<Record<string, () => unknown>>): void;
  /**
   * All that the code under test sends, and when. What a request here does not name may be anything; a stream that is
   * unsubscribed is a `stop`. Streams that are still open at the end of the story are stopped by it, and these stops are not
   * compared; anything else that is sent then is. The end is where the longest diagram (but this one) ends, or later if
   * something went on.
   *
   * ```
   * expectCommands('--s-- 99ms e', { s: { command: 'stream', filter: 'user' }, e: { command: 'event', name: 'deploy' } })
   * ```
   */
  expectCommands(marbles: string, requests?: Readonly<Record<string, ExpectedRequest>>): void;
}

/**
 * A test in virtual time, of code that takes a Serf client, in any test runner: tells a story in marbles, lets it happen, and
 * checks what was expected. Whatever the story was about, it fails if anything is left open at its end (streams, requests,
 * timers), if something was asked that it does not answer, or if an expectation was not told what to be. What
 * `expectObservable` subscribes to without a `!` ends with the story. Where a table is given, it needs every letter of its
 * diagram; and when the story is over, its helpers throw, as nothing would check what is expected then.
 *
 * What happens in one frame happens in the order: what the test subscribes to, the story's diagrams as they were written,
 * answers to requests.
 *
 * @throws {@link SerfTestError} with both diagrams where something is not as expected (or what `assertDeepEqual` throws)
 * @example
 * ```ts
 * import { debounceTime } from 'rxjs';
 * import { utf8 } from 'rxserf';
 * import { serfMarbles, userEvent } from 'rxserf/testing';
 *
 * serfMarbles(
 *   ({ serf, events, expectObservable, expectCommands }) => {
 *     const a = userEvent('deploy', 'v1');
 *     const b = userEvent('deploy', 'v2');
 *     events('          -a--b-------', { a, b });
 *     const unsub = '   ^----------!';
 *     const expected = '--------b---';
 *     const sent = '    s----------t';
 *
 *     expectObservable(serf.stream('user:deploy').pipe(debounceTime(4)), unsub).toBe(expected, { b });
 *     expectCommands(sent, { s: { command: 'stream', filter: 'user:deploy' }, t: { command: 'stop' } });
 *   },
 *   { codec: utf8() },
 * );
 * ```
 */
export function serfMarbles<P>(
  story: (kit: SerfMarbles<P>) => void,
  options: SerfMarblesOptions<P> & { readonly codec: Codec<P> },
): void;
export function serfMarbles(story: (kit: SerfMarbles) => void, options?: SerfMarblesOptions): void;
export function serfMarbles<P>(
  story: (kit: SerfMarbles<P>) => void,
  { assertDeepEqual, horizon = 600_000, ...options }: SerfMarblesOptions<P> = {},
): void {
  const time = new StoryTime(assertDeepEqual, horizon);
  const { scheduler } = time;
  const agent = new FakeAgent(scheduler, options.address ?? '127.0.0.1:7373');
  const serf = new FakeSerf<P>(agent, options);
  const commands = new ExpectedCommands(agent.ledger.sent$, () => scheduler.frame);
  let over = false;
  scheduler.run((unwatched) => {
    const helpers = time.watch(unwatched);
    const { hot, cold, flush } = helpers;
    const kit: SerfMarbles<P> = {
      ...helpers,
      serf,
      scheduler,
      events(marbles, events, error) {
        requireLetters('events', marbles, events);
        hot(marbles, { ...events }, error).subscribe({
          next: (event) => serf.emit(event),
          error: (reason) => agent.endStreams((call) => call.fail(reason)),
          complete: () => agent.endStreams((call) => call.complete()),
        });
      },
      logs(marbles, lines) {
        if (lines) requireLetters('logs', marbles, lines);
        hot(marbles, lines && { ...lines }).subscribe((line) => serf.log(line));
      },
      on(key, marbles, values, error) {
        const all = typeof marbles === 'string' ? [marbles] : marbles;
        agent.replies.set(key, scriptReplies(key, all, values, error, cold));
      },
      connection: (marbles, error) => scriptConnection(marbles, error, agent, hot),
      acts(marbles, acts) {
        requireLetters('acts', marbles, acts);
        hot(marbles).subscribe((letter) => {
          if (isThenable(acts[letter]?.()))
            throw new SerfTestError(`acts: ${letter} is async, and virtual time waits for no promise`);
        });
      },
      expectCommands(marbles, requests = {}) {
        commands.expect(marbles, requests);
        time.expectSent(lastFrame(marbles));
      },
    };
    try {
      const returned: unknown = story(guardHelpers(kit, () => over));
      if (isThenable(returned)) throw new SerfTestError('a story is told at once: it should not be async');
      flush();
      time.verify();
      commands.ending();
      time.end();
      commands.verify(assertDeepEqual);
      serf.verify();
      requireNoTimers(scheduler);
    } finally {
      over = true;
    }
  });
}

function requireNoTimers({ actions: { length } }: TestScheduler): void {
  if (length === 0) return;
  throw new SerfTestError(
    `${length === 1 ? '1 timer is' : `${length} timers are`} left at the end of the story`,
  );
}

type Helper = (...given: unknown[]) => unknown;

/** Wraps helpers so that they throw once the story is over: nothing would happen then, and no expectation be checked. */
function guardHelpers<T extends object>(helpers: T, isOver: () => boolean): T {
  const guarded = Object.entries(helpers).map(([name, helper]) => [
    name,
    typeof helper === 'function' ? guard(name, helper as Helper, isOver) : helper,
  ]);
  return Object.fromEntries(guarded) as T;
}

function guard(name: string, helper: Helper, isOver: () => boolean): Helper {
  return (...given) => {
    if (isOver())
      throw new SerfTestError(
        `the story is over: ${name} should be called before serfMarbles returns, not in a promise or a real timer. What should happen later in the story is for acts`,
      );
    const made = helper(...given);
    return isExpectation(made) ? guardHelpers(made, isOver) : made;
  };
}

/** What `expectObservable(…)` returns. */
function isExpectation(made: unknown): made is object {
  return typeof made === 'object' && made !== null && 'toBe' in made;
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
