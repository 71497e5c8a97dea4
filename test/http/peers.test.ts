import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Arrivals } from '../../src/http/arrivals.ts';
import { bearerToken, cookieValue } from '../../src/http/credential.ts';
import { AuthFailures } from '../../src/http/failures.ts';
import { TrustedProxies } from '../../src/http/forwarded.ts';
import { type Place, type PlaceLimits, Places } from '../../src/http/places.ts';
import { networkOf } from '../../src/ip.ts';

const LIMITS: PlaceLimits = {
  peers: 4,
  peersPerAddress: 3,
  peersPerName: 2,
  unauthenticated: 3,
  unauthenticatedPerAddress: 2,
};

/** Places whose takers give theirs back when they are evicted, and tell. */
function scene(limits: Partial<PlaceLimits> = {}) {
  const places = new Places({ ...LIMITS, ...limits });
  const evicted: string[] = [];
  const take = (address: string, label = address) => {
    const place: Place | keyof PlaceLimits = places.take(address, () => {
      evicted.push(label);
      if (typeof place !== 'string') place.free();
    });
    return place;
  };
  return { places, evicted, take };
}

const placeOf = (place: Place | keyof PlaceLimits): Place => {
  if (typeof place === 'string') throw new Error(`no place: ${place}`);
  return place;
};

describe('places', () => {
  test('are counted in all and by address, and given back once', () => {
    const { places, take } = scene();
    const first = placeOf(take('10.0.0.1'));
    first.authenticated(undefined);
    for (let i = 0; i < 2; i++) placeOf(take('10.0.0.1')).authenticated(undefined);

    expect(take('10.0.0.1')).toBe('peersPerAddress');
    placeOf(take('10.0.0.2')).authenticated(undefined);
    expect(take('10.0.0.3')).toBe('peers');
    first.free();
    first.free();
    expect(places.count).toBe(3);
    placeOf(take('10.0.0.3'));
    expect(places.count).toBe(4);
  });

  test('of strangers go to who comes last, and never from those who are known', () => {
    const { places, evicted, take } = scene();
    placeOf(take('10.0.0.1', 'known')).authenticated('ann');
    take('10.0.0.2', 'a');
    take('10.0.0.3', 'b');
    take('10.0.0.4', 'c');
    take('10.0.0.5', 'd');

    expect(evicted).toEqual(['a']);
    expect(places.unauthenticated).toBe(3);
    expect(places.count).toBe(4);
  });

  test('of strangers at one address go to who comes last from there', () => {
    const { evicted, take } = scene();
    take('10.0.0.2', 'elsewhere');
    take('10.0.0.1', 'a');
    take('10.0.0.1', 'b');
    take('10.0.0.1', 'c');

    expect(evicted).toEqual(['a']);
  });

  test('of one name are limited, and those without a name are not one name', () => {
    const { take } = scene();
    const places = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => placeOf(take(address)));

    expect(places.map((place) => place.authenticated('ann'))).toEqual([true, true, false]);
    places[0]?.free();
    expect(places[2]?.authenticated('ann')).toBe(true);
  });

  test('of IPv6 are counted by /64', () => {
    const { take } = scene({ unauthenticatedPerAddress: 9, peersPerAddress: 1 });
    placeOf(take('2001:db8::1'));

    expect(take('2001:db8::2')).toBe('peersPerAddress');
    placeOf(take('2001:db8:0:1::1'));
    expect(networkOf('::ffff:10.0.0.1')).toBe('10.0.0.1');
  });
});

describe('keys that were wrong', () => {
  const at = (scheduler: VirtualTimeScheduler, time: number) => {
    scheduler.frame = time;
  };

  test('cost nothing five times in a minute, and a second each beyond', () => {
    const scheduler = new VirtualTimeScheduler();
    const failures = new AuthFailures(scheduler);
    for (let i = 0; i < 5; i++) {
      expect(failures.delay('10.0.0.1')).toBe(0);
      failures.add('10.0.0.1');
    }

    expect(failures.delay('10.0.0.1')).toBe(1_000);
    expect(failures.delay('10.0.0.2')).toBe(0);
    at(scheduler, 59_999);
    expect(failures.delay('10.0.0.1')).toBe(1_000);
    at(scheduler, 60_000);
    expect(failures.delay('10.0.0.1')).toBe(0);
  });

  test('are remembered of so many addresses', () => {
    const failures = new AuthFailures(new VirtualTimeScheduler());
    for (let i = 0; i < 5; i++) failures.add('10.0.0.1');
    for (let i = 0; i < 10_000; i++) failures.add(`10.1.${i >> 8}.${i & 255}`);

    expect(failures.delay('10.0.0.1')).toBe(0);
    expect(failures.delay('10.1.0.5')).toBe(0);
  });
});

test('arrivals of an address are counted for 10 s, of so many addresses', () => {
  const scheduler = new VirtualTimeScheduler();
  const arrivals = new Arrivals(2, scheduler);
  const add = (address: string) => arrivals.add(address);

  expect(['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map(add)).toEqual([false, false, true, false]);
  expect(['2001:db8::1', '2001:db8::2', '2001:db8::3'].map(add)).toEqual([false, false, true]);
  scheduler.frame = 9_999;
  expect(add('10.0.0.1')).toBe(true);
  scheduler.frame = 10_000;
  expect(add('10.0.0.1')).toBe(false);
  add('10.0.0.1');
  for (let i = 0; i < 10_000; i++) add(`10.1.${i >> 8}.${i & 255}`);
  expect(add('10.0.0.1')).toBe(false);
});

describe('proxies', () => {
  const proxies = new TrustedProxies(['10.0.0.1', '192.168.0.0/16', 'fd00::/8']);
  const client = (remote: string, forwarded?: string) =>
    proxies.clientAddress(remote, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded });

  test.each([
    ['nobody who is not trusted is believed', '203.0.113.9', '1.1.1.1', '203.0.113.9'],
    ['the address before the proxy', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['mapped into IPv6', '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['what the client made up is before its own', '10.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['a chain of proxies', '10.0.0.1', '203.0.113.9, 192.168.3.4', '203.0.113.9'],
    ['a proxy that says nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['nonsense', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['nonsense before a proxy', '10.0.0.1', '<script>, 192.168.3.4', '192.168.3.4'],
    ['IPv6', 'fd00::5', '2001:db8::9', '2001:db8::9'],
  ])('%s', (_, remote, forwarded, expected) => {
    expect(client(remote, forwarded)).toBe(expected);
  });

  test('tell the host that was asked for, the last one if it was said twice', () => {
    const host = (remote: string) =>
      proxies.clientHost(remote, { 'x-forwarded-host': 'evil.example, serf.example.org' });

    expect(host('10.0.0.1')).toBe('serf.example.org');
    expect(host('203.0.113.9')).toBeUndefined();
  });

  test.each(['proxy', '10.0.0.1/33', '10.0.0.0/x', '*', ''])('%s is none', (text) => {
    expect(() => new TrustedProxies([text])).toThrow(/trustProxy takes addresses and subnets/);
  });
});

describe('credentials', () => {
  test.each([
    ['Bearer abc.def-_~+/==', 'abc.def-_~+/=='],
    ['bearer  abc ', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    [undefined, undefined],
  ])('%s', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });

  test.each([
    ['__Host-serf=abc', 'abc'],
    ['a=b; __Host-serf=abc; c=d', 'abc'],
    ['__Host-serf="a=b"', 'a=b'],
    ['x__Host-serf=abc', undefined],
    ['__Host-serf=abc; __Host-serf=evil', undefined],
    ['__Host-serf=', undefined],
    ['__Host-serf', undefined],
    [undefined, undefined],
  ])('cookie %s', (header, value) => {
    expect(cookieValue(header, '__Host-serf')).toBe(value);
  });
});
