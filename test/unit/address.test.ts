import { decodeMulti, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { catchError, firstValueFrom, of } from 'rxjs';
import { type Address, binary, type ConnectOptions, connect, InvalidArgumentError } from 'rxserf';
import { pipe } from 'rxserf/socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseAddresses } from '../../src/address.ts';
import { shown, thrownBy } from './shown.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An address in one line, its key too. */
const spell = ({ scheme, host, port, path, authKey }: Address) =>
  `${scheme} ${host} ${port}${path && ` ${path}`}${authKey === undefined ? '' : ` key:${authKey}`}`;

describe('an address', () => {
  test.each([
    // host and port
    ['10.0.0.1', 'tcp 10.0.0.1 7373'],
    ['10.0.0.1:7374', 'tcp 10.0.0.1 7374'],
    ['agent', 'tcp agent 7373'],
    ['agent-1.dc_2.example.com.:1', 'tcp agent-1.dc_2.example.com. 1'],
    ['bücher.example:65535', 'tcp bücher.example 65535'],
    ['  agent:7373\t', 'tcp agent 7373'],
    // IPv6
    ['[::1]', 'tcp ::1 7373'],
    ['[::1]:7374', 'tcp ::1 7374'],
    ['[2001:db8::A]', 'tcp 2001:db8::A 7373'],
    ['[::ffff:10.0.0.1]', 'tcp ::ffff:10.0.0.1 7373'],
    ['serf://[fe80::1%eth0]:7373', 'tcp fe80::1%eth0 7373'],
    // schemes
    ['serf://agent', 'tcp agent 7373'],
    ['tcp://agent:9', 'tcp agent 9'],
    ['serfs://agent', 'tls agent 7373'],
    ['tls://agent', 'tls agent 7373'],
    ['ws://agent', 'ws agent 80 /serf'],
    ['wss://agent', 'wss agent 443 /serf'],
    ['wss://agent/', 'wss agent 443 /'],
    ['unix:/run/serf.sock', 'unix  0 /run/serf.sock'],
    ['unix:///run/se rf.sock?AuthKey=k', 'unix  0 /run/se rf.sock key:k'],
    ['wss://agent:8443/serf/rpc?AuthKey=k', 'wss agent 8443 /serf/rpc key:k'],
    ['SERF://agent', 'tcp agent 7373'],
    ['serf://agent/', 'tcp agent 7373'],
    // keys
    ['agent?AuthKey=s3cret', 'tcp agent 7373 key:s3cret'],
    ['serf://agent:9?AuthKey=s3cret', 'tcp agent 9 key:s3cret'],
    ['serf://agent/?AuthKey=s3cret', 'tcp agent 7373 key:s3cret'],
    ['agent?authkey=Case', 'tcp agent 7373 key:Case'],
    ['agent?AUTHKEY=Case', 'tcp agent 7373 key:Case'],
    ['agent?AuthKey=', 'tcp agent 7373 key:'],
    ['agent?', 'tcp agent 7373'],
    ['agent?AuthKey=a%20b%26c%3Dd%2Ce%23f%C3%BC', 'tcp agent 7373 key:a b&c=d,e#fü'],
    ['agent?AuthKey=k+Z/0==', 'tcp agent 7373 key:k+Z/0=='],
    ['agent?AuthKey=a?b@c:d', 'tcp agent 7373 key:a?b@c:d'],
  ])('%j', (text, expected) => {
    expect(parseAddresses(text).map(spell)).toEqual([expected]);
  });

  test.each<[string | string[], string[]]>([
    ['a,b:1', ['tcp a 7373', 'tcp b 1']],
    [' a , b ', ['tcp a 7373', 'tcp b 7373']],
    [
      ['a', 'b'],
      ['tcp a 7373', 'tcp b 7373'],
    ],
    [
      ['a,b', ' c '],
      ['tcp a 7373', 'tcp b 7373', 'tcp c 7373'],
    ],
    ['serf://a?AuthKey=k%2Cl,tls://[::1]:9,c', ['tcp a 7373 key:k,l', 'tls ::1 9', 'tcp c 7373']],
    ['a,a', ['tcp a 7373', 'tcp a 7373']],
  ])('a list: %j', (input, expected) => {
    expect(parseAddresses(input).map(spell)).toEqual(expected);
  });

  test.each([
    ['https:', 'serf.example.org', '/serf', 'wss serf.example.org 443 /serf'],
    ['https:', 'serf.example.org:8443', '/ops/serf?AuthKey=k', 'wss serf.example.org 8443 /ops/serf key:k'],
    ['http:', '[::1]:7380', '/', 'ws ::1 7380 /'],
  ])('a path alone, in a page of %s//%s: %s', (protocol, host, path, expected) => {
    expect(parseAddresses(path, { protocol, host }).map(spell)).toEqual([expected]);
    expect(parseAddresses(`wss://a,${path}`, { protocol, host })).toHaveLength(2);
  });

  test.each([{ protocol: 'file:', host: '' }, { protocol: 'chrome-extension:', host: 'abc' }, undefined])(
    'a path alone is refused in a page of %j',
    (page) => {
      expect(shown(thrownBy(() => parseAddresses('/serf', page)))).toContain('write wss://host/serf');
    },
  );

  test.each([
    ['agent', 'agent:7373'],
    ['serfs://[::1]:9', '[::1]:9'],
    ['unix:/run/serf.sock?AuthKey=k', 'unix:/run/serf.sock'],
    ['ws://agent', 'ws://agent/serf'],
    ['wss://agent:443/a/b?AuthKey=k', 'wss://agent/a/b'],
    ['ws://[::1]:443', 'ws://[::1]:443/serf'],
  ])('%s is shown as %s', (text, expected) => {
    expect(parseAddresses(text).map(String)).toEqual([expected]);
  });

  test('agents and gateways are not in one list', () => {
    expect(thrownBy(() => parseAddresses(['wss://a', 'b:7373']))).toMatchObject({ code: 'invalid-address' });
  });

  test.each<[string | string[], string]>([
    ['', 'not an address: "" (the host is missing)'],
    [' ', 'not an address: "" (the host is missing)'],
    [[], 'the list of addresses is empty'],
    ['a,,b', 'not an address: "" (the host is missing)'],
    ['a,', 'not an address: "" (the host is missing)'],
    [':7373', 'not an address: ":7373" (the host is missing)'],
    ['serf://', 'not an address: "serf://" (the host is missing)'],
    ['serf://?AuthKey=s3cret', 'not an address: "serf://…" (the host is missing)'],
    ['a:', 'not an address: "a…" (the port should be a number from 1 to 65535)'],
    ['a:0', 'not an address: "a:0" (the port should be a number from 1 to 65535)'],
    ['a:65536', 'not an address: "a:65536" (the port should be a number from 1 to 65535)'],
    ['a:http', 'not an address: "a…" (the port should be a number from 1 to 65535)'],
    ['a:-1', 'not an address: "a…" (the port should be a number from 1 to 65535)'],
    ['a:7_3', 'not an address: "a:7…" (the port should be a number from 1 to 65535)'],
    ['http://a', 'not an address: "http://a" (a gateway is wss://host/path?AuthKey=…, or /path in a page)'],
    [
      'HTTPS://a/b',
      'not an address: "HTTPS://a…" (a gateway is wss://host/path?AuthKey=…, or /path in a page)',
    ],
    ['ftp://a', 'not an address: "ftp://a" (use one of serf, tcp, serfs, tls, unix, ws, wss as the scheme)'],
    [
      'wss://user:s3cret@a/serf',
      'not an address: "wss://…" (a gateway is wss://host/path?AuthKey=…, or /path in a page)',
    ],
    ['//a/serf', 'not an address: "…" (a gateway is wss://host/path?AuthKey=…, or /path in a page)'],
    [
      'constructor://a',
      'not an address: "constructor://a" (use one of serf, tcp, serfs, tls, unix, ws, wss as the scheme)',
    ],
    ['unix:serf.sock', 'not an address: "unix…" (a Unix domain socket is unix:/path, from the root on)'],
    ['unix:', 'not an address: "unix…" (a Unix domain socket is unix:/path, from the root on)'],
    ['unix://a', 'not an address: "unix://a" (a Unix domain socket is unix:/path, from the root on)'],
    [
      '/serf',
      'not an address: "…" (a path alone is of the origin of a page that came by http: write wss://host/serf)',
    ],
    ['serf:/a', 'not an address: "serf…" (an agent has no paths)'],
    ['serf://a/rpc', 'not an address: "serf://a…" (an agent has no paths)'],
    ...['[1:2]', '[:]', '[::1::2]', '[1:2:3:4:5:6:7:8:9]'].map((text): [string, string] => [
      text,
      `not an address: "${text}" (the host should be a name, an IPv4 address, or an IPv6 address in [brackets])`,
    ]),
    ['::1', 'not an address: "::1" (write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets])'],
    [
      '2001:db8::1:7373',
      'not an address: "2001:db8::1:7373" (write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets])',
    ],
    [
      '[::1',
      'not an address: "[::1" (write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets])',
    ],
    [
      'user:s3cret@a',
      'not an address: "…" (write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets])',
    ],
    [
      'serf://s3cret@a:7373',
      'not an address: "serf://…" (write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets])',
    ],
    [
      '[agent]:7373',
      'not an address: "[a…" (the host should be a name, an IPv4 address, or an IPv6 address in [brackets])',
    ],
    [
      'a b',
      'not an address: "a…" (the host should be a name, an IPv4 address, or an IPv6 address in [brackets])',
    ],
    [
      'a&AuthKey=s3cret',
      'not an address: "a…" (the host should be a name, an IPv4 address, or an IPv6 address in [brackets])',
    ],
    ['a:7373&AuthKey=s3cret', 'not an address: "a:7373…" (the port should be a number from 1 to 65535)'],
    ['a/AuthKey=s3cret', 'not an address: "a…" (an agent has no paths)'],
    ['a?s3cret', 'not an address: "a…" (the only parameter is AuthKey=…, with & as %26)'],
    ['a?AuthKeys3cret', 'not an address: "a…" (the only parameter is AuthKey=…, with & as %26)'],
    ['a?Key=s3cret', 'not an address: "a…" (the only parameter is AuthKey=…, with & as %26)'],
    ['a?AuthKey=s3c&ret', 'not an address: "a…" (the only parameter is AuthKey=…, with & as %26)'],
    ['a?AuthKey=s3cret%', 'not an address: "a…" (AuthKey is not valid percent-encoding: write % as %25)'],
    ['a?AuthKey=s3cret%ff', 'not an address: "a…" (AuthKey is not valid percent-encoding: write % as %25)'],
    [
      'a?AuthKey=s3cret#x',
      'not an address: "a…" (write host:port or serf://host:port?AuthKey=…, with IPv6 in [brackets])',
    ],
    ['a,b:c', 'not an address: "b…" (the port should be a number from 1 to 65535)'],
    [
      'a?AuthKey=s3,cret=',
      'not an address: item 2 of the list, or part of a key with a bare comma (there it is %2C) (the host should be a name, an IPv4 address, or an IPv6 address in [brackets])',
    ],
    [7373 as never, 'an address should be a text, or a list of texts'],
    [null as never, 'an address should be a text, or a list of texts'],
    [['a', undefined] as never, 'an address should be a text, or a list of texts'],
    [new URL('tcp://a') as never, 'an address should be a text, or a list of texts'],
  ])('refused: %j', (input, message) => {
    const error = thrownBy(() => parseAddresses(input));

    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ code: 'invalid-address', message });
  });

  test.each([
    ['10.0.0.1', '10.0.0.1:7373'],
    ['tls://agent:1?AuthKey=k', 'agent:1'],
    ['[::1]:9', '[::1]:9'],
  ])('%s prints as %s', (text, expected) => {
    expect(parseAddresses(text).map(String)).toEqual([expected]);
  });
});

describe('a key is never shown', () => {
  // Parts that no error text has by chance, between characters that mean something in an address.
  const part = fc.stringMatching(/^[a-zA-Z0-9]{8,12}$/).filter((text) => /\d/.test(text));
  const separator = fc.constantFrom(
    '',
    ' ',
    ',',
    '&',
    '=',
    '?',
    '#',
    '@',
    ':',
    '/',
    '//',
    '%',
    '%ff',
    '+',
    '[',
    ']',
    '\n',
    '"',
  );
  const key = fc.array(fc.tuple(part, separator), { minLength: 1, maxLength: 4 });
  const textOf = (parts: [string, string][]) => parts.flat().join('');

  test('by an address that has one', () => {
    fc.assert(
      fc.property(key, (parts) => {
        const text = textOf(parts);
        const [address] = parseAddresses(`tls://agent:1?AuthKey=${encodeURIComponent(text)}`);

        expect(address?.authKey).toBe(text);
        for (const [secret] of parts) expect(shown(address)).not.toContain(secret);
        expect(shown({ nested: [address] })).not.toContain(parts[0]?.[0]);
        expect(Object.keys({ ...address })).not.toContain('authKey');
      }),
    );
  });

  test.each([
    ['in its place', (secret: string) => `agent:7373?AuthKey=${secret}`],
    ['in its place, in a list', (secret: string) => `one,serf://agent?AuthKey=${secret},b:c`],
    ['twice', (secret: string) => `agent?AuthKey=${secret}?AuthKey=${secret}`],
    ['without a name', (secret: string) => `agent:7373?${secret}`],
    ['without a ?', (secret: string) => `agent:7373&AuthKey=${secret}`],
    ['behind a name', (secret: string) => `agent AuthKey=${secret}`],
    ['behind a ;', (secret: string) => `agent;AuthKey=${secret}`],
    ['as a path', (secret: string) => `serf://agent:7373/AuthKey=${secret}`],
    ['as a fragment', (secret: string) => `serf://agent:7373#${secret}`],
    ['as a user', (secret: string) => `serf://${secret}@agent:7373`],
    ['as a password', (secret: string) => `serf://user:${secret}@agent:7373`],
    ['as a password without a scheme', (secret: string) => `user:${secret}@agent`],
    ['behind IPv6', (secret: string) => `[::1]:7373 ${secret}`],
    ['in brackets', (secret: string) => `[::1:x${secret}]`],
    ['with an unknown scheme', (secret: string) => `https://agent?AuthKey=${secret}`],
    ['with a bad port', (secret: string) => `serf://agent:70000?AuthKey=${secret}`],
    ['with a port that it runs into', (secret: string) => `serf://agent:7373${secret}`],
    ['without a host', (secret: string) => `?AuthKey=${secret}`],
  ])('by an error, where it was given %s', (_, addressWith) => {
    fc.assert(
      fc.property(key, (parts) => {
        let error: unknown;
        try {
          parseAddresses(addressWith(textOf(parts)));
        } catch (thrown) {
          error = thrown;
        }
        for (const [secret] of error ? parts : []) expect(shown(error)).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });

  test('by connect, nor by the client', () => {
    const client = connect('agent?AuthKey=s3cret-9', { authKey: 's3cret-8' });
    expect(shown(client)).not.toContain('s3cret');
    expect(
      shown(thrownBy(() => connect('ws://agent,agent?AuthKey=s3cret-9', { authKey: 's3cret-8' }))),
    ).not.toContain('s3cret');
    expect(
      shown(thrownBy(() => connect('agent?AuthKey=s3cret-9', { authKey: 's3cret-8', linger: -1 }))),
    ).not.toContain('s3cret');
  });

  test('by what comes of a refused key', async () => {
    const agents = fakeAgents('Invalid authentication token');
    const client = connect('a?AuthKey=s3cret-9', { socket: agents.socket });
    const seen: unknown[] = [];
    client.status$.subscribe((status) => seen.push(status));
    seen.push(await firstValueFrom(client.stats().pipe(catchError((error) => of(error)))));
    await client.close();

    expect(agents.keys).toEqual(['a:7373 s3cret-9']);
    expect(seen.at(-2)).toMatchObject({ code: 'auth-invalid' });
    for (const value of seen) expect(shown(value)).not.toContain('s3cret');
  });
});

/**
 * Agents in memory, at any address: they take the handshake, then refuse what comes next with `refusal`. `keys` has who
 * was asked and with which key, where one was sent.
 */
function fakeAgents(refusal = 'nothing here') {
  const keys: string[] = [];
  const socket = (address: Address) => {
    const [client, agent] = pipe();
    agent.subscribe((bytes) => {
      const values = [...decodeMulti(bytes)] as Record<string, unknown>[];
      for (const { Command, Seq, AuthKey } of values) {
        if (AuthKey !== undefined) keys.push(`${address} ${AuthKey}`);
        if (Command === undefined) continue;
        agent.next(encode({ Seq, Error: Command === 'handshake' ? '' : refusal }));
        if (Command !== 'handshake') agent.complete();
        if (Command !== 'handshake' && Command !== 'auth') keys.push(`${address} -`);
      }
    });
    return client;
  };
  return { keys, socket };
}

describe('the key for an address', () => {
  type Addresses = Parameters<typeof connect>[0];

  /** Who was asked, in order, and with which key; `-` without one. Every agent refuses, so every address is tried. */
  async function keysOf(address: Addresses, options: ConnectOptions = {}): Promise<string[]> {
    const { keys, socket } = fakeAgents();
    const client = connect(address, { ...options, socket, codec: binary() });
    await firstValueFrom(client.event('x').pipe(catchError((error) => of(error))));
    await client.close();
    return keys;
  }

  test.each<[string, Addresses, ConnectOptions, string[]]>([
    ['is its own', 'a?AuthKey=k', {}, ['a:7373 k']],
    ['is none without any', 'a', {}, ['a:7373 -']],
    ['is the first key in the list', 'a,b?AuthKey=k,c?AuthKey=l', {}, ['a:7373 k', 'b:7373 k', 'c:7373 l']],
    ['is the first key in an array', ['a', 'b?AuthKey=k'], {}, ['a:7373 k', 'b:7373 k']],
    ['is options.authKey', 'a', { authKey: 'o' }, ['a:7373 o']],
    [
      'is options.authKey rather than the first in the list',
      'a?AuthKey=k,b',
      { authKey: 'o' },
      ['a:7373 k', 'b:7373 o'],
    ],
    ['is none with an empty one', 'a?AuthKey=', { authKey: 'o' }, ['a:7373 -']],
    ['is none with an empty one, also in a list', 'a?AuthKey=,b?AuthKey=k,c', {}, ['a:7373 -']],
    ['is none with an empty options.authKey', 'a', { authKey: '' }, ['a:7373 -']],
    ['is decoded', 'a?AuthKey=k%2Cl+%C3%BC', {}, ['a:7373 k,l+ü']],
  ])('%s', async (_, address, options, expected) => {
    expect(await keysOf(address, options)).toEqual(expected);
  });

  test.each<[string, Record<string, string>, Addresses, ConnectOptions, string[]]>([
    ['both variables', { SERF_RPC_ADDR: 'e:1', SERF_RPC_AUTH: 'env' }, undefined, {}, ['e:1 env']],
    ['the key alone', { SERF_RPC_AUTH: 'env' }, undefined, {}, ['127.0.0.1:7373 env']],
    ['neither', {}, undefined, {}, ['127.0.0.1:7373 -']],
    ['empty ones', { SERF_RPC_ADDR: '', SERF_RPC_AUTH: '' }, undefined, {}, ['127.0.0.1:7373 -']],
    ['an option too', { SERF_RPC_AUTH: 'env' }, undefined, { authKey: 'o' }, ['127.0.0.1:7373 o']],
    ['an empty option too', { SERF_RPC_AUTH: 'env' }, undefined, { authKey: '' }, ['127.0.0.1:7373 -']],
    [
      'a key in the address',
      { SERF_RPC_ADDR: 'e?AuthKey=k', SERF_RPC_AUTH: 'env' },
      undefined,
      {},
      ['e:7373 k'],
    ],
    ['a list', { SERF_RPC_ADDR: 'e,f' }, undefined, {}, ['e:7373 -']],
    ['an address given', { SERF_RPC_ADDR: 'e', SERF_RPC_AUTH: 'env' }, 'a', {}, ['a:7373 -']],
    ['an address with a key given', { SERF_RPC_AUTH: 'env' }, 'a?AuthKey=k', {}, ['a:7373 k']],
  ])('with the environment: %s', async (_, variables, address, options, expected) => {
    vi.stubEnv('SERF_RPC_ADDR', undefined);
    vi.stubEnv('SERF_RPC_AUTH', undefined);
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);

    expect(await keysOf(address, options)).toEqual(expected);
  });

  test('a bad SERF_RPC_ADDR is refused like any other', () => {
    vi.stubEnv('SERF_RPC_ADDR', 'e:none');

    expect(() => connect()).toThrow('not an address: "e…" (the port should be a number from 1 to 65535)');
  });
});
