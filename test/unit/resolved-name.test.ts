import { firstValueFrom, NEVER, of } from 'rxjs';
import type { Address } from 'rxserf';
import { expect, test } from 'vitest';
import { parseAddresses } from '../../src/address.ts';
import { monotonicScheduler } from '../../src/clock.ts';
import type { Place } from '../../src/socket/place.ts';
import { resolveName } from '../../src/socket/resolved-name.ts';

/** A name that resolves to what the test says. */
function named(...addresses: string[]) {
  const answer = { addresses };
  const socket = Object.assign(() => NEVER as never, {
    resolve: () => of(parseAddresses(answer.addresses.map((address) => `${address}:7373`))),
  });
  const [name] = parseAddresses('agents.example:7373') as [Address];
  const place = resolveName(name, open, {
    socket,
    connectTimeout: 1_000,
    scheduler: monotonicScheduler,
  }) as Place<never>;
  const next = () => firstValueFrom(place.target$);
  return { place, next, answer };
}

function open(address: Address) {
  return { address: address.toString(), session$: NEVER };
}

test('of a name, one that failed is passed over until all have', async () => {
  const { place, next } = named('10.0.0.1', '10.0.0.2');
  const first = await next();
  expect(first.address).toBe('10.0.0.1:7373');
  expect(place.passOver(first)).toBe(false);
  const second = await next();
  expect(second.address).toBe('10.0.0.2:7373');
  // The whole name is passed over, and begins anew when its turn comes again.
  expect(place.passOver(second)).toBe(true);
  expect((await next()).address).toBe('10.0.0.2:7373');
});

test('one that failed, is gone from the name and comes back is as good as any', async () => {
  const { place, next, answer } = named('10.0.0.1', '10.0.0.2');
  const first = await next();
  place.passOver(first);
  answer.addresses = ['10.0.0.2'];
  await next();
  answer.addresses = ['10.0.0.1', '10.0.0.3'];
  expect((await next()).address).toBe('10.0.0.1:7373');
  // And what it was then is nobody's any more.
  expect(place.passOver(first)).toBe(false);
  expect((await next()).address).toBe('10.0.0.1:7373');
});

test('when all that a name still has have failed, they are tried again', async () => {
  const { place, next, answer } = named('10.0.0.1', '10.0.0.2');
  place.passOver(await next());
  answer.addresses = ['10.0.0.1'];
  expect((await next()).address).toBe('10.0.0.1:7373');
  expect(place.size).toBe(1);
});
