import { NEVER, type Observable, of, throwError } from 'rxjs';
import type { Address, SocketFactory } from 'rxserf';
import { describe, expect } from 'vitest';
import type { Kit } from '../kit/index.ts';
import { failure, manual, marbles, members, reply, soon } from '../kit/index.ts';

// A name can resolve to several agents. Each of its addresses is a target of its own, tried as the addresses of a list
// are, and further connections go where the main one is.

type Resolve = NonNullable<SocketFactory['resolve']>;

/** What a name resolves to: the first answer first; the last one from then on. */
function answers(...texts: (string | Error | 'never')[]): Resolve {
  let turn = 0;
  return (address: Address): Observable<Address[]> => {
    const answer = texts[Math.min(turn++, texts.length - 1)];
    if (answer instanceof Error) return throwError(() => answer);
    if (answer === 'never') return NEVER;
    return of((answer ?? '').split(' ').map((ip) => address.at(ip)));
  };
}
const ROUND_ROBIN = ['10.0.0.1 10.0.0.2', '10.0.0.2 10.0.0.1'];
const connected = (kit: Kit, resolve: Resolve, address = 'serf.test', options = {}) =>
  kit.connect({ socket: Object.assign(kit.socket, { resolve }), ...options }, address);
/** Where the client has connected to by then, in order. */
function expectDialed(kit: Kit, diagram: string, ...addresses: string[]): void {
  kit.acts(diagram, {
    x: () => expect(addresses.map((_, index) => kit.connection(index).address)).toEqual(addresses),
  });
}
const accepted = { h: reply('handshake'), m: reply('members', members()) };

describe('the addresses of a name', () => {
  marbles('further connections have that of the main one', (kit) => {
    const client = connected(kit, answers(...ROUND_ROBIN));
    const sub2 = '    -----^      ';
    const says1 = '   --m         ';
    const says2 = '   -------p    ';
    const looks = '   -------x    ';
    const expected1 = '--(v|)     ';
    const expected2 = '-------(v|)';

    kit.expectObservable(client.members()).toBe(expected1, { v: [] });
    kit.expectObservable(client.members({ name: 'n.*' }), sub2).toBe(expected2, { v: [] });
    kit.connection(0).says(says1, accepted);
    kit.connection(1).says(says2, { p: reply('members-filtered', members()) });
    expectDialed(kit, looks, '10.0.0.1:7373', '10.0.0.1:7373');
  });

  marbles('without a main one, all have the same', (kit) => {
    const client = connected(kit, answers(...ROUND_ROBIN));
    const says1 = '   --p    ';
    const says2 = '   --j    ';
    const looks = '   --x    ';
    const expected = '--(v|) ';

    kit.expectObservable(client.members({ name: 'n.*' })).toBe(expected, { v: [] });
    kit.expectObservable(client.join('10.0.0.9')).toBe(expected, { v: 1 });
    kit.connection(0).says(says1, { p: reply('members-filtered', members()) });
    kit.connection(1).says(says2, { j: reply('join', { Num: 1 }) });
    expectDialed(kit, looks, '10.0.0.1:7373', '10.0.0.1:7373');
  });

  manual('one that fails is passed over at once', (kit) => {
    const client = connected(kit, answers('10.0.0.1 fe80::1'));
    const says1 = '   --#         ';
    const says2 = '   ----hm      ';
    const looks = '   -----x      ';
    const expected = '-----(v|)   ';
    const seen: unknown[] = [];
    client.status$.subscribe((each) => seen.push(each));

    kit.expectObservable(client.members()).toBe(expected, { v: [] });
    kit.connection(0).says(says1);
    kit.connection(1).says(says2, accepted);
    expectDialed(kit, looks, '10.0.0.1:7373', '[fe80::1]:7373');
    kit.acts('------x', {
      x: () =>
        expect(seen).toEqual([
          { state: 'idle' },
          { state: 'connecting', address: 'serf.test:7373', attempt: 1 },
          { state: 'connecting', address: 'serf.test:7373', attempt: 2 },
          { state: 'connected', address: '[fe80::1]:7373' },
        ]),
    });
  });

  manual('one that says nothing is passed over in time', (kit) => {
    const client = connected(kit, answers('10.0.0.1 10.0.0.2'), 'serf.test', { connectTimeout: 20 });
    const says2 = '   20ms -hm   ';
    const expected = '20ms --(v|)';

    kit.expectObservable(client.members()).toBe(expected, { v: [] });
    kit.connection(0).says('');
    kit.connection(1).says(says2, accepted);
    expectDialed(kit, '22ms x', '10.0.0.1:7373', '10.0.0.2:7373');
  });

  manual('one that accepts and drops is passed over, then the name in its list', (kit) => {
    const client = connected(kit, answers(...ROUND_ROBIN), 'serf.test,10.0.0.3', soon);
    const says1 = '   -h#                     ';
    const says2 = '   --------h#              ';
    const says3 = '   --------------------hm  ';
    const expected = '---------------------(v|)';

    // After 5 ms, then 10: half of the bound, which doubles.
    kit.expectObservable(client.members()).toBe(expected, { v: [] });
    kit.connection(0).says(says1, accepted);
    kit.connection(1).says(says2, accepted);
    kit.connection(2).says(says3, accepted);
    expectDialed(kit, '---------------------x', '10.0.0.1:7373', '10.0.0.2:7373', '10.0.0.3:7373');
  });

  manual('the error names each, and the name', (kit) => {
    const client = connected(kit, answers('10.0.0.1 10.0.0.2'));
    const message =
      'no agent could be reached: could not connect to 10.0.0.1:7373 (serf.test): broken; could not connect to 10.0.0.2:7373 (serf.test): broken';

    kit
      .expectObservable(client.members())
      .toBe('--#', undefined, failure('ConnectError', 'connect-failed', { message }));
    kit.connection(0).says('-#');
    kit.connection(1).says('--#');
  });

  marbles('are asked for anew at each connection', (kit) => {
    const client = connected(kit, answers('10.0.0.1', '10.0.0.7', '10.0.0.8'), 'serf.test', {
      reconnect: { minDelay: 10, healthyAfter: 0, random: () => 0.5 },
    });
    const sub2 = '    ----------^      ';
    const says1 = '   --m--#           ';
    const says2 = '   ------------m    ';
    const expected1 = '--(v|)          ';
    const expected2 = '------------(v|)';

    kit.expectObservable(client.members()).toBe(expected1, { v: [] });
    kit.expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    kit.connection(0).says(says1, accepted);
    kit.connection(1).says(says2, accepted);
    expectDialed(kit, '------------x', '10.0.0.1:7373', '10.0.0.7:7373');
  });

  marbles('beyond 64 are not used', (kit) => {
    const many = Array.from({ length: 1_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    const client = connected(kit, answers(many.join(' ')));
    let failed: unknown;
    client.members().subscribe({
      error: (error) => {
        failed = error;
      },
    });
    // Each is tried once, as there has never been a connection; the kit has no more than 20.
    for (let index = 0; index < 20; index++) kit.connection(index).says('#');
    kit.acts('--x', {
      x: () => expect((failed as Error).message.match(/could not connect/g)).toHaveLength(64),
    });
  });
});

describe('a further connection to a name', () => {
  manual('waits for the main one, which tries address by address', (kit) => {
    const client = connected(kit, answers('10.0.0.1 10.0.0.2'));
    const says1 = '   --#         ';
    const says2 = '   ---hm       ';
    const says3 = '   ----hp      ';
    const expected1 = '----(v|)   ';
    const expected2 = '-----(v|)  ';

    kit.expectObservable(client.members()).toBe(expected1, { v: [] });
    kit.expectObservable(client.members({ name: 'n.*' })).toBe(expected2, { v: [] });
    kit.connection(0).says(says1);
    kit.connection(1).says(says2, accepted);
    kit.connection(2).says(says3, { ...accepted, p: reply('members-filtered', members()) });
    expectDialed(kit, '-----x', '10.0.0.1:7373', '10.0.0.2:7373', '10.0.0.2:7373');
  });
});

describe('a name that has fewer addresses than before', () => {
  manual('is tried at what is left, though that has failed', (kit) => {
    const client = connected(kit, answers('10.0.0.1 10.0.0.2', '10.0.0.1'), 'serf.test', {
      reconnect: { ...soon.reconnect, firstConnect: 'keep-trying' },
    });
    const says2 = '   --------hm   ';
    const expected = '---------(v|)';

    kit.expectObservable(client.members()).toBe(expected, { v: [] });
    kit.connection(0).says('--#');
    kit.connection(1).says(says2, accepted);
    expectDialed(kit, '---------x', '10.0.0.1:7373', '10.0.0.1:7373');
  });
});

describe('a name that does not resolve', () => {
  const refused = new Error('getaddrinfo ENOTFOUND serf.test');

  marbles('fails, and says so', (kit) => {
    const client = connected(kit, answers(refused));
    const message = 'could not resolve serf.test:7373: getaddrinfo ENOTFOUND serf.test';
    const error = failure('ConnectError', 'connect-failed', {
      message,
      address: 'serf.test:7373',
      cause: refused,
    });
    kit.expectObservable(client.members()).toBe('#', undefined, error);
  });

  marbles('fails without any address, too', (kit) => {
    const client = connected(kit, () => of([]));
    const message = 'could not resolve serf.test:7373: it has no addresses';
    kit
      .expectObservable(client.members())
      .toBe('#', undefined, failure('ConnectError', 'connect-failed', { message }));
  });

  marbles('fails in the time that a connection may take', (kit) => {
    const client = connected(kit, answers('never'), 'serf.test', { connectTimeout: 20 });
    const message = 'could not resolve serf.test:7373: no answer in 20 ms';
    kit
      .expectObservable(client.members())
      .toBe('20ms #', undefined, failure('ConnectError', 'connect-failed', { message }));
  });

  marbles('is passed over in a list', (kit) => {
    const client = connected(kit, answers(refused), 'serf.test,10.0.0.3');
    kit.expectObservable(client.members()).toBe('--(v|)', { v: [] });
    kit.connection(0).says('--m', accepted);
    expectDialed(kit, '--x', '10.0.0.3:7373');
  });

  marbles('any more has the addresses that it had', (kit) => {
    const client = connected(kit, answers('10.0.0.1', refused), 'serf.test', {
      reconnect: { minDelay: 10, healthyAfter: 0, random: () => 0.5 },
    });
    const sub2 = '    ----------^      ';
    const expected2 = '------------(v|)';

    kit.expectObservable(client.members()).toBe('--(v|)', { v: [] });
    kit.expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    kit.connection(0).says('--m--#', accepted);
    kit.connection(1).says('------------m', accepted);
    expectDialed(kit, '------------x', '10.0.0.1:7373', '10.0.0.1:7373');
  });

  marbles('while further connections wait: they go where the main one goes', (kit) => {
    const late = (address: Address) => kit.cold<Address[]>('---(x|)', { x: [address.at('10.0.0.1')] });
    const client = connected(kit, late);
    const says1 = '   -----m    ';
    const says2 = '   ------p   ';
    const expected1 = '-----(v|) ';
    const expected2 = '------(v|)';

    kit.expectObservable(client.members()).toBe(expected1, { v: [] });
    kit.expectObservable(client.members({ name: 'n.*' })).toBe(expected2, { v: [] });
    kit.connection(0).says(says1, accepted);
    kit.connection(1).says(says2, { p: reply('members-filtered', members()) });
    expectDialed(kit, '------x', '10.0.0.1:7373', '10.0.0.1:7373');
  });
});
