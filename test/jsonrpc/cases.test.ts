import { readFileSync } from 'node:fs';
import { TestScheduler } from 'rxjs/testing';
import { type JsonRpcSession, jsonRpc } from 'rxserf/jsonrpc';
import { pipe } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { bytesOf, type Case, captured, cases } from './support/cases.ts';
import { probeHandlers } from './support/probe-handlers.ts';

/** What a peer gets that sends a case, cut at these offsets, in virtual time. */
function answersTo(each: Case, protocol: 'v1' | 'v2' | 'loose' | 'auto', cuts: readonly number[] = []) {
  const scheduler = new TestScheduler(() => true);
  const received: Uint8Array[] = [];
  let end = 'open';
  scheduler.run(({ flush }) => {
    const [ours, peer] = pipe(scheduler);
    const session: JsonRpcSession = jsonRpc(ours, {
      protocol,
      scheduler,
      handlers: probeHandlers(() => session),
    });
    session.status$.subscribe();
    peer.allowHalfOpen = true;
    peer.subscribe({
      next: (bytes) => received.push(bytes),
      complete: () => {
        end = 'EOF';
      },
    });
    const bytes = bytesOf(each);
    const edges = [0, ...cuts, bytes.length];
    for (let i = 1; i < edges.length; i++) peer.next(bytes.slice(edges[i - 1], edges[i]));
    if (each.halfClose) peer.complete();
    flush();
  });
  const text = new TextDecoder().decode(Uint8Array.from(received.flatMap((bytes) => [...bytes])));
  return { lines: text.split('\n').slice(0, -1), end };
}

/**
 * Where ours is not as aiorpcX 0.22.1's, and why:
 *
 * - `order`: answers that need nothing are there in the order of the requests; aiorpcX runs each handler in a task of its own, so
 *   that errors overtake results
 * - `text`: aiorpcX shows what it was given as Python writes it
 * - `half close`: what was asked before is answered; asyncio closes the connection with the peer's half
 */
const DIFFERENCES: Record<string, 'order' | 'text' | 'half close'> = {
  'params null': 'text',
  'params string': 'text',
  'id string / 1.5 / null / absent / true / [] / {}': 'order',
  'half close after request': 'half close',
};
/** With 1.0, these get as far as their arguments. */
const DIFFERENCES_V1: typeof DIFFERENCES = {
  ...DIFFERENCES,
  ...Object.fromEntries(
    [
      'named args',
      'no params',
      'params {}',
      'too few',
      'missing name',
      'excess name',
      'names to varargs',
      'method number',
      'crash',
      'v1 named',
    ].map((name) => [name, 'text' as const]),
  ),
};

const withoutText = (line: string) =>
  line.replace(/"message":"invalid request arguments: .*"}/, '"message":…}');

describe.each(['v2', 'v1', 'loose', 'auto'] as const)('%s, as aiorpcX 0.22.1', (protocol) => {
  const file = new URL(`captures/aiorpcx-0.22.1-server-${protocol}.txt`, import.meta.url);
  const theirs = captured(readFileSync(file, 'utf8'));
  const differences = protocol === 'v1' ? DIFFERENCES_V1 : DIFFERENCES;

  test('all cases were captured', () => {
    expect([...theirs.keys()]).toEqual(cases.map(({ name }) => name));
    expect(cases).toHaveLength(44);
  });

  test.each(cases)('$name', (each) => {
    const ours = answersTo(each, protocol);
    const their = theirs.get(each.name) as typeof ours | undefined;
    const why = differences[each.name];

    if (why === undefined) expect(ours).toEqual(their);
    else if (why === 'text') {
      expect(ours).not.toEqual(their);
      expect(ours.lines.map(withoutText)).toEqual(their?.lines.map(withoutText));
    } else if (why === 'order') {
      expect(ours).not.toEqual(their);
      expect([...ours.lines].sort()).toEqual([...(their?.lines ?? [])].sort());
    } else {
      expect(their).toEqual({ lines: [], end: 'EOF' });
      expect(ours).toEqual({ lines: [expect.stringContaining('"slept"')], end: 'EOF' });
    }
  });

  test('cut anywhere, the answers are the same', () => {
    for (const each of cases) {
      const whole = answersTo(each, protocol);
      const { length } = bytesOf(each);
      for (let cut = 1; cut < length; cut++)
        expect(answersTo(each, protocol, [cut]), each.name).toEqual(whole);
      const everywhere = Array.from({ length: length - 1 }, (_, index) => index + 1);
      expect(answersTo(each, protocol, everywhere), each.name).toEqual(whole);
    }
  }, 60_000);
});
