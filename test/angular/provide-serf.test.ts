// @vitest-environment happy-dom
import './testbed.ts';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  InjectionToken,
  inject,
  PLATFORM_ID,
  runInInjectionContext,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { firstValueFrom, Subscription } from 'rxjs';
import { connect, type Serf, type SerfClient, type SocketFactory, utf8 } from 'rxserf';
import {
  injectConnection,
  injectEvents,
  injectLogLines,
  injectMembers,
  injectSerf,
  injectSerfAction,
  injectSerfQuery,
  provideSerf,
  SERF,
  serfToken,
} from 'rxserf/angular';
import { provideFakeSerf } from 'rxserf/angular/testing';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { fakeSerf, member, memberEvent, userEvent } from 'rxserf/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { inContext, provide } from './kit.ts';

/** A client's sockets to a node, as a gateway would give them. */
function servedBy(serf: Serf): { socket: SocketFactory; lose: () => void; opened: () => number } {
  let served = new Subscription();
  let opened = 0;
  return {
    socket: () => {
      opened++;
      const [ours, theirs] = pipe();
      served.add(serve(serf, theirs).subscribe({ error: () => {} }));
      return ours;
    },
    lose: () => {
      served.unsubscribe();
      served = new Subscription();
    },
    opened: () => opened,
  };
}

function cluster(): EmbeddedCluster {
  const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2'] });
  onTestFinished(() => cluster.close());
  return cluster;
}

describe('an address', () => {
  test('connects when something asks, follows through a loss, and closes with its injector', async () => {
    const { socket, lose, opened } = servedBy(cluster().node('n1'));
    TestBed.configureTestingModule({
      providers: [provideSerf('in-memory', { socket, codec: utf8(), reconnect: { minDelay: 20 } })],
    });
    const serf = TestBed.inject(SERF);
    expect(opened()).toBe(0);
    const members = inContext(() => injectMembers());
    await vi.waitFor(() => expect([members.status(), members.value().size]).toEqual(['live', 2]));
    // What the page shows in each state of the connection.
    const shown: string[] = [];
    serf.status$.subscribe(({ state }) =>
      shown.push(`${state}: ${members.status()} ${members.value().size}`),
    );
    lose();
    await vi.waitFor(() => expect(shown).toHaveLength(4));
    TestBed.resetTestingModule();

    expect(shown).toEqual([
      'connected: live 2',
      'waiting: stale 2',
      'connecting: stale 2',
      'connected: live 2',
      'closed: error 2',
    ]);
  });

  test('keeps trying the first connection, unless it is told not to', async () => {
    const { socket } = servedBy(cluster().node('n1'));
    let attempts = 0;
    const late: SocketFactory = (address) => {
      if (++attempts < 4) throw new Error('not there yet');
      return socket(address);
    };
    const patient = serfToken('patient');
    const hasty = serfToken('hasty');
    TestBed.configureTestingModule({
      providers: [
        provideSerf('in-memory', { token: patient, socket: late, reconnect: { minDelay: 1 } }),
        provideSerf({
          token: hasty,
          socket: () => {
            throw new Error('never');
          },
          reconnect: { firstConnect: 'fail-fast' },
        }),
      ],
    });
    const [members, none] = inContext(() => [
      injectMembers(undefined, { token: patient }),
      injectMembers(undefined, { token: hasty }),
    ]);
    await vi.waitFor(() => expect(members.status()).toBe('live'));
    await vi.waitFor(() => expect([none.status(), none.error()?.code]).toEqual(['error', 'connect-failed']));
    expect(attempts).toBe(4);
  });

  test('a key is asked for in an injection context, for each connection', async () => {
    const KEY = new InjectionToken<{ key: string }>('key');
    const node = cluster().node('n1');
    const keys: string[] = [];
    let served = new Subscription();
    TestBed.configureTestingModule({
      providers: [
        { provide: KEY, useValue: { key: 's3cret' } },
        provideSerf('in-memory', {
          reconnect: { minDelay: 1 },
          socket: () => {
            const [ours, theirs] = pipe();
            served.add(serve(node, theirs, { authKey: 's3cret' }).subscribe({ error: () => {} }));
            return ours;
          },
          authKey: () => {
            keys.push(inject(KEY).key);
            return inject(KEY).key;
          },
        }),
      ],
    });
    const members = inContext(() => injectMembers());
    await vi.waitFor(() => expect(members.status()).toBe('live'));
    const asked = keys.length;
    served.unsubscribe();
    served = new Subscription();
    await vi.waitFor(() => expect(keys.length).toBeGreaterThan(asked));
    await vi.waitFor(() => expect(members.status()).toBe('live'));
  });

  test('one that cannot be read throws where it is injected', () => {
    const [text, number] = [serfToken('text'), serfToken('number')];
    TestBed.configureTestingModule({
      providers: [provideSerf('::nope::', { token: text }), provideSerf(7 as never, { token: number })],
    });

    for (const token of [text, number])
      expect(() => TestBed.inject(token)).toThrow(expect.objectContaining({ code: 'invalid-address' }));
  });
});

describe('a factory', () => {
  test('is called when first injected, in an injection context, once', () => {
    const NODE = new InjectionToken<string>('node');
    const embedded = cluster();
    const factory = vi.fn(() => embedded.node(inject(NODE)));
    TestBed.configureTestingModule({
      providers: [{ provide: NODE, useValue: 'n1' }, provideSerf(factory)],
    });
    expect(factory).not.toHaveBeenCalled();
    inContext(() => [injectMembers(), injectMembers()]);

    expect(factory).toHaveBeenCalledTimes(1);
  });

  test('a Serf that is no client: members, events, a connection; what fails is an error that retry mends', async () => {
    const embedded = cluster();
    TestBed.configureTestingModule({ providers: [provideSerf(() => embedded.node('n1'))] });
    const [members, users, connection] = inContext(() => [
      injectMembers(),
      injectEvents('user', { codec: utf8() }),
      injectConnection(),
    ]);
    TestBed.tick();
    await vi.waitFor(() => expect([members.status(), members.value().size]).toEqual(['live', 2]));
    expect(connection().state).toBe('connected');
    await firstValueFrom(TestBed.inject(SERF).event('deploy', 'v1', { codec: utf8() }));
    await vi.waitFor(() => expect(users.value().map(({ payload }) => payload)).toEqual(['v1']));
    embedded.fail('n1');
    await vi.waitFor(() =>
      expect([members.status(), members.error()?.code]).toEqual(['error', 'connection-lost']),
    );
    expect(members.value().size).toBe(2);
    embedded.restart('n1');
    members.retry();
    await vi.waitFor(() => expect(members.status()).toBe('live'));
    TestBed.resetTestingModule();
  });

  test('a client of its own is what is injected, and closed', () => {
    let client: SerfClient | undefined;
    TestBed.configureTestingModule({
      providers: [
        provideSerf(() => {
          client = connect('in-memory', { socket: () => pipe()[0] });
          return client;
        }),
      ],
    });
    const states: string[] = [];
    const injected = TestBed.inject(SERF);
    expect(injected).toBe(client);
    injected.status$.subscribe(({ state }) => states.push(state));
    TestBed.resetTestingModule();

    expect(states).toEqual(['idle', 'closed']);
  });
});

describe('several clusters', () => {
  test('side by side, by token', () => {
    const EU = serfToken<string | undefined>('EU');
    const US = serfToken<string | undefined>('US');
    const eu = fakeSerf({ codec: utf8() });
    const us = fakeSerf({ codec: utf8() });
    eu.reply('membership', [member('eu-1')]);
    us.reply('membership', [member('us-1'), member('us-2')]);
    TestBed.configureTestingModule({
      providers: [provideFakeSerf(eu, { token: EU }), provideFakeSerf(us, { token: US })],
    });
    const [euMembers, usMembers] = inContext(() => [
      injectMembers(undefined, { token: EU }),
      injectMembers(undefined, { token: US }),
    ]);
    expect([euMembers.value().size, usMembers.value().size]).toEqual([1, 2]);
    expect(() => TestBed.inject(SERF)).toThrow(/NG0201/);
  });

  test('an injector of one’s own: its cluster closes with it, and no other', () => {
    const fake = provide();
    const parent = TestBed.inject(EnvironmentInjector);
    const child = createEnvironmentInjector([provideSerf({ socket: () => pipe()[0] })], parent);
    const states: string[] = [];
    child.get(SERF).status$.subscribe(({ state }) => states.push(state));
    const members = runInInjectionContext(child, () => injectMembers());
    child.destroy();

    expect(states.at(-1)).toBe('closed');
    expect(['loading', 'error']).toContain(members.status());
    expect(parent.get(SERF)).toBe(fake);
  });
});

describe('on a server', () => {
  test('nothing is made, nothing is asked, and everything is empty', async () => {
    const factory = vi.fn(() => fakeSerf());
    TestBed.configureTestingModule({
      providers: [{ provide: PLATFORM_ID, useValue: 'server' }, provideSerf(factory)],
    });
    const page = inContext(() => ({
      members: injectMembers(),
      chosen: injectMembers(() => ({ status: 'alive' })),
      events: injectEvents('*'),
      lines: injectLogLines(),
      connection: injectConnection(),
      query: injectSerfQuery(),
      action: injectSerfAction((serf) => serf.event('a')),
      stream: toSignal(injectSerf().membership()),
    }));
    TestBed.tick();
    page.query.ask('load');
    page.action.run();
    page.members.retry();

    expect(factory).not.toHaveBeenCalled();
    expect([page.members.status(), page.members.value().size]).toEqual(['idle', 0]);
    expect([page.chosen.status(), page.events.status(), page.lines.status()]).toEqual([
      'idle',
      'idle',
      'idle',
    ]);
    expect([page.query.status(), page.action.status()]).toEqual(['idle', 'idle']);
    expect(page.connection()).toEqual({ state: 'idle' });
    expect(page.stream()).toBeUndefined();
    await expect(firstValueFrom(TestBed.inject(SERF).stats(), { defaultValue: 'none' })).resolves.toBe(
      'none',
    );
  });

  test('a fake that is provided stays idle, too', () => {
    const fake = provide({ provide: PLATFORM_ID, useValue: 'server' });
    const members = inContext(() => injectMembers());
    TestBed.tick();
    fake.emit(memberEvent('member-join', 'n1'), userEvent('a', new Uint8Array()));

    expect(members.status()).toBe('idle');
    expect(fake.requests).toEqual([]);
  });
});
