import { NEVER, Subject } from 'rxjs';
import { ConnectError, type ConnectionStatus } from 'rxserf';
import { fakeSerf, member, queryEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

describe('by hand', () => {
  test('a query of another connection: its answer is not sent', () => {
    const fake = fakeSerf();
    const query = queryEvent('load');
    fake.stream('query').subscribe();
    fake.emit(query);
    const response$ = query.respond();
    fake.lose();
    fake.reconnect();
    const errors: unknown[] = [];
    response$.subscribe({ error: (error) => errors.push(error) });

    expect(errors).toEqual([expect.objectContaining({ code: 'connection-lost', outcome: 'not-sent' })]);
    expect(fake.requests.map(({ command }) => command)).toEqual(['stream', 'stream']);
  });

  test('lose, reconnect, give up: with the errors given', () => {
    const fake = fakeSerf({ address: 'n1:7373', replies: { members: NEVER } });
    const seen: ConnectionStatus[] = [];
    const errors: unknown[] = [];
    const error = new ConnectError('connect-failed', 'no route');
    fake.status$.subscribe((status) => seen.push(status));
    fake.members().subscribe({ error: (reason) => errors.push(reason) });

    fake.lose({ error, retryIn: 100 });
    fake.lose();
    fake.reconnect();
    fake.reconnect();
    fake.giveUp(error);

    expect(seen.map(({ state }) => state)).toEqual([
      'idle',
      'connecting',
      'connected',
      'waiting',
      'connecting',
      'connected',
      'idle',
    ]);
    expect(seen[3]).toMatchObject({ error, address: 'n1:7373' });
    expect(errors).toEqual([error]);
    fake.verify();
  });

  test('whoever is told of the loss may ask again, and have the connection back', () => {
    const fake = fakeSerf({ replies: { event: NEVER, members: [] } });
    const seen: unknown[] = [];
    fake.status$.subscribe(({ state }) => seen.push(state));
    fake.event('deploy').subscribe({
      error: () => {
        fake.members().subscribe((members) => seen.push(members));
        fake.reconnect();
      },
    });
    fake.lose();

    expect(seen).toEqual(['idle', 'connecting', 'connected', 'connecting', 'connected', []]);
    fake.verify();
  });

  test('close ends everything, and refuses what comes then', async () => {
    const fake = fakeSerf({ replies: { members: NEVER } });
    const seen: unknown[] = [];
    fake.stream('user').subscribe({ complete: () => seen.push('|') });
    fake.members().subscribe({ error: ({ code }) => seen.push(code) });

    await fake.close();
    fake.stats().subscribe({ error: ({ code }) => seen.push(code) });

    expect(seen).toEqual(['|', 'closed', 'closed']);
    fake.verify();
  });

  test('close completes a membership that the test has set, too', async () => {
    const fake = fakeSerf({ replies: { membership: [member('n1')] } });
    const seen: unknown[] = [];
    fake.membership().subscribe({ next: ({ size }) => seen.push(size), complete: () => seen.push('|') });
    await fake.close();
    fake.membership().subscribe({ error: ({ code }) => seen.push(code) });

    expect(seen).toEqual([1, '|', 'closed']);
    fake.verify();
  });

  test('drain ends where the connection does', async () => {
    const fake = fakeSerf({ replies: { join: NEVER } });
    const seen: unknown[] = [];
    fake.join('a').subscribe({ error: ({ code }) => seen.push(code) });
    const drained = fake.drain();
    fake.giveUp();
    await drained;

    expect(seen).toEqual(['connect-failed']);
  });

  test('drain waits for what is under way', async () => {
    const answer = new Subject<number>();
    const fake = fakeSerf({ replies: { join: answer } });
    const seen: unknown[] = [];
    fake.stream('user').subscribe({ complete: () => seen.push('|') });
    fake.join('a').subscribe((joined) => seen.push(joined));
    const drained = fake.drain().then(() => seen.push('drained'));
    fake.event('late').subscribe({ error: ({ code }) => seen.push(code) });

    answer.next(1);
    await drained;

    expect(seen).toEqual(['|', 'closed', 1, 'drained']);
  });

  test('a request that waits for the answer has a timer, and a short time to live', async () => {
    const fake = fakeSerf({ replies: { stats: NEVER } });
    const error = await new Promise((resolve) => fake.stats({ timeout: 1 }).subscribe({ error: resolve }));

    expect(error).toMatchObject({ code: 'request-timeout', command: 'stats', timeout: 1 });
    fake.verify();
  });
});
