import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:tls';
import { firstValueFrom, toArray } from 'rxjs';
import { connect, SocksError } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { listen } from 'rxserf/server';
import { detectSocks, socksSocket } from 'rxserf/socket';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePorts } from '../../agent/harness/ports.ts';
import { rxserf, start } from '../../cli/harness.ts';
import { DANTED, describeWith, MICROSOCKS, PERL_SOCKS } from '../../peers/programs.ts';
import { dante, microsocks, perlSocks } from '../../peers/proxies.ts';
import { echo, listening, talk } from './support.ts';

const SECRET = 's3cret-of-alice';

/** An agent of an embedded cluster; resolves with its address. */
function agent(): Promise<string> {
  return new Promise((resolve, reject) => {
    const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2'] });
    const subscription = listen(cluster.node('n1'), { port: 0 }).subscribe({
      next: (event) => event.type === 'listening' && resolve(event.address),
      error: reject,
    });
    onTestFinished(() => subscription.unsubscribe());
  });
}

/** Everything that an error would show. */
function shown(error: unknown): string {
  const parts: string[] = [];
  for (let each = error as Error | undefined; each; each = each.cause as Error | undefined)
    parts.push(String(each), JSON.stringify(each), each.stack ?? '', JSON.stringify(Object.entries(each)));
  return parts.join('\n');
}

describeWith(MICROSOCKS, 'microsocks', 'through microsocks', () => {
  test('to an address; nothing that comes right behind the reply is lost', async () => {
    const proxy = `socks5://127.0.0.1:${await microsocks()}`;
    expect(await talk(socksSocket(proxy), '127.0.0.1', await echo())).toEqual({ text: 'hello ping' });
  });

  test('to a name, which the proxy looks up and nobody here', async () => {
    const lookup = vi.spyOn(dns, 'lookup');
    const proxy = `socks5://127.0.0.1:${await microsocks()}`;
    expect(await talk(socksSocket(proxy), 'localhost', await echo())).toEqual({ text: 'hello ping' });
    expect(lookup.mock.calls.map(([name]) => name)).not.toContain('localhost');
    lookup.mockRestore();
  });

  test('to a name that is looked up here', async () => {
    const proxy = `socks5://127.0.0.1:${await microsocks()}`;
    const socket = socksSocket({ proxy, resolve: 'local' });
    expect(await talk(socket, 'localhost', await echo())).toEqual({ text: 'hello ping' });
    expect(socket.resolve).toBeDefined();
  });

  test('with TLS to the target in the tunnel, by the name of the target', async () => {
    const fixture = (name: string) =>
      readFileSync(new URL(`../fixtures/${name}.pem`, import.meta.url), 'utf8');
    const names: unknown[] = [];
    const server = createTlsServer({ key: fixture('key'), cert: fixture('cert') }, (socket) => {
      names.push(socket.servername);
      socket.pipe(socket);
    });
    const port = await listening(server);
    const proxy = `socks5://127.0.0.1:${await microsocks()}`;

    const tls = { ca: fixture('cert') };
    expect(await talk(socksSocket({ proxy, tls }), 'localhost', port, 'tls')).toEqual({ text: 'ping' });
    expect(names).toEqual(['localhost']);
    const { error } = await talk(socksSocket(proxy), 'localhost', port, 'tls');
    expect(error?.code).toMatch(/CERT/);
  });

  test('nobody at the target', async () => {
    const proxy = `socks5://127.0.0.1:${await microsocks()}`;
    const { rpc: closed } = await freePorts();
    const { error } = await talk(socksSocket(proxy), '127.0.0.1', closed);
    expect(error).toBeInstanceOf(SocksError);
    expect(error).toMatchObject({ code: 'socks-refused', reply: 'connection-refused' });
  });

  test('a user and a password: right, wrong, none, and in no error', async () => {
    const port = await microsocks({ name: 'alice', password: SECRET });
    const target = await echo();
    const as = (userinfo: string) =>
      talk(socksSocket(`socks5://${userinfo}127.0.0.1:${port}`), '127.0.0.1', target);

    expect(await as(`alice:${SECRET}@`)).toEqual({ text: 'hello ping' });
    const wrong = await as(`alice:${SECRET}x@`);
    expect(wrong.error).toMatchObject({ code: 'socks-auth' });
    expect(shown(wrong.error)).not.toMatch(/s3cret|alice/);
    expect((await as('')).error).toMatchObject({
      code: 'socks-auth',
      message: `the proxy 127.0.0.1:${port} wants a user and a password`,
    });
  });

  test('detectSocks', async () => {
    const open = await microsocks();
    const locked = await microsocks({ name: 'alice', password: SECRET });
    const { rpc: closed } = await freePorts();
    const found = (addresses: string[]) => firstValueFrom(detectSocks(addresses).pipe(toArray()));

    expect(await found([`127.0.0.1:${closed}`, `127.0.0.1:${open}`, `127.0.0.1:${locked}`])).toEqual([
      { address: `127.0.0.1:${open}`, protocol: 'socks5', url: `socks5://127.0.0.1:${open}` },
    ]);
    expect(await found([`127.0.0.1:${locked}`])).toMatchObject([{ protocol: 'socks5' }]);
    expect(await found([`127.0.0.1:${await echo()}`, `127.0.0.1:${closed}`])).toEqual([]);
  });

  test('a client of an agent; a wrong password is the cause of its error', async () => {
    const port = await microsocks({ name: 'alice', password: SECRET });
    const address = await agent();
    await using client = connect(address, {
      socket: socksSocket(`socks5://alice:${SECRET}@127.0.0.1:${port}`),
    });
    const members = await firstValueFrom(client.members());
    expect(members.map(({ name }) => name)).toEqual(['n1', 'n2']);

    await using wrong = connect(address, {
      socket: socksSocket(`socks5://alice:${SECRET}x@127.0.0.1:${port}`),
      reconnect: false,
    });
    const error = await firstValueFrom(wrong.members()).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'connect-failed', cause: { code: 'socks-auth' } });
    expect(shown(error)).not.toMatch(/s3cret/);
  });

  test('rxserf members --proxy, and SERF_RPC_PROXY', async () => {
    const proxy = `socks5://alice:${SECRET}@127.0.0.1:${await microsocks({ name: 'alice', password: SECRET })}`;
    const at = ['members', '--rpc-addr', await agent()];
    const flag = await rxserf(...at, '--proxy', proxy);
    expect(flag).toMatchObject({ code: 0, stdout: expect.stringMatching(/n1[\s\S]*n2/) });
    const variable = await start(at, { SERF_RPC_PROXY: proxy }).ended;
    expect(variable).toMatchObject({ code: 0, stdout: flag.stdout });

    const { rpc: closed } = await freePorts();
    const none = await rxserf(...at, '--proxy', `socks5://alice:${SECRET}@127.0.0.1:${closed}`);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(new RegExp(`127.0.0.1:${closed}`));
    expect(none.stderr + none.stdout).not.toMatch(/s3cret/);
    const help = await start(['members', '--help'], { SERF_RPC_PROXY: proxy }).ended;
    expect(help.stdout).toMatch(/--proxy/);
    expect(help.stdout).not.toMatch(/s3cret/);
  });
});

describeWith(DANTED, 'dante-server', 'through Dante', () => {
  test('5 by address and name, 4 by address, and what it does not allow', async () => {
    const { rpc: blocked } = await freePorts();
    const port = await dante(blocked);
    const target = await echo();

    for (const [proxy, host] of [
      [`socks5://127.0.0.1:${port}`, '127.0.0.1'],
      [`socks5://127.0.0.1:${port}`, 'localhost'],
      [`socks4://127.0.0.1:${port}`, '127.0.0.1'],
      [`socks4://somebody@127.0.0.1:${port}`, '127.0.0.1'],
    ] as const)
      expect(await talk(socksSocket(proxy), host, target), proxy).toEqual({ text: 'hello ping' });
    const local = socksSocket({ proxy: `socks4://127.0.0.1:${port}`, resolve: 'local' });
    expect(await talk(local, 'localhost', target)).toEqual({ text: 'hello ping' });
    expect((await talk(socksSocket(`socks5://127.0.0.1:${port}`), '127.0.0.1', blocked)).error).toMatchObject(
      {
        code: 'socks-refused',
        reply: 'not-allowed',
      },
    );
    expect((await talk(socksSocket(`socks4://127.0.0.1:${port}`), '127.0.0.1', blocked)).error).toMatchObject(
      {
        code: 'socks-refused',
      },
    );
  });

  test('detectSocks, and a client', async () => {
    const port = await dante(1);
    expect(await firstValueFrom(detectSocks(`127.0.0.1:${port}`))).toMatchObject({ protocol: 'socks5' });
    await using client = connect(await agent(), { socket: socksSocket(`socks5://127.0.0.1:${port}`) });
    expect(await firstValueFrom(client.members())).toHaveLength(2);
  });

  test('accounts of its machine', async () => {
    const port = await dante(1, 'username');
    const proxy = `socks5://nobody-here:${SECRET}@127.0.0.1:${port}`;
    const { error } = await talk(socksSocket(proxy), '127.0.0.1', await echo());
    expect(error).toMatchObject({ code: 'socks-auth' });
    expect(shown(error)).not.toMatch(/s3cret|nobody-here/);
  });
});

describeWith(PERL_SOCKS, 'libio-socket-socks-perl', 'through a proxy of SOCKS 4a', () => {
  /** Only the proxy knows where that is. */
  const name = 'agent.rxserf.invalid';

  test.each(['socks4a', 'socks5'])('%s: to a name that only the proxy knows', async (protocol) => {
    const proxy = `${protocol}://127.0.0.1:${await perlSocks(name)}`;
    expect(await talk(socksSocket(proxy), name, await echo())).toEqual({ text: 'hello ping' });
    await expect(dns.promises.lookup(name)).rejects.toThrow();
    expect((await talk(socksSocket({ proxy, resolve: 'local' }), name, 1)).error).toMatchObject({
      code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('socks4a: to an address, with a user, and nobody at the target', async () => {
    const port = await perlSocks(name, 'somebody');
    const target = await echo();
    const as = (user: string) => socksSocket(`socks4a://${user}127.0.0.1:${port}`);
    expect(await talk(as('somebody@'), name, target)).toEqual({ text: 'hello ping' });
    expect(await talk(as('somebody@'), '127.0.0.1', target)).toEqual({ text: 'hello ping' });
    const { error } = await talk(as('else@'), name, target);
    expect(error).toMatchObject({ code: 'socks-refused', reply: 'identity' });
    const { rpc: closed } = await freePorts();
    expect((await talk(as('somebody@'), name, closed)).error).toMatchObject({ code: 'socks-refused' });
  });
});
