import { concat, map, mergeMap, type Observable, tap, timer } from 'rxjs';
import type { Member, QueryReply, Serf } from 'rxserf';
import { ack, type FakeSerf, fakeSerf, queryEvent, response, userEvent } from 'rxserf/testing';

/**
 * A fake that is told to answer as a node without a network does: it hears its own events, and asks itself its own
 * queries, whose responses all come at their deadline.
 */
export function toldNode(node: string, members: readonly Member[]): Serf {
  const fake = fakeSerf();
  let ltime = 0;
  let id = 0;
  fake.reply('stats', () => later({ agent: { name: node } }));
  fake.reply('members', () => later(members));
  fake.reply('coordinate', () => later(null));
  fake.reply('event', ({ name, payload, coalesce = false }) =>
    timer(0).pipe(tap(() => fake.emit({ ...userEvent(name, bytes(payload)), coalesce, ltime: ++ltime }))),
  );
  fake.reply('query', ({ name, payload, requestAck, timeout = 1_000 }) => {
    const asked = ++id;
    const ask = () => fake.emit(queryEvent(name, bytes(payload), { id: asked, ltime: ++ltime }));
    const acks: QueryReply[] = requestAck ? [ack(node)] : [];
    return concat(
      later(acks).pipe(
        tap(ask),
        mergeMap((each) => each),
      ),
      timer(timeout).pipe(mergeMap(() => answers(fake, asked).map((answer) => response(node, answer)))),
    );
  });
  return fake;
}

function later<T>(answer: T): Observable<T> {
  return timer(0).pipe(map(() => answer));
}

/** What was answered to a query; the fake took the first answer and refused the others. */
function answers(fake: FakeSerf, id: number): Uint8Array[] {
  const given = fake.requests.flatMap((request) =>
    request.command === 'respond' && request.id === id ? [bytes(request.payload)] : [],
  );
  return given.slice(0, 1);
}

/** A fake has payloads as they were given to it: here bytes, texts, and what is sent as JSON. */
function bytes(payload: unknown): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return new TextEncoder().encode(text ?? '');
}
