// @vitest-environment happy-dom
import 'zone.js';
import 'zone.js/testing';
import './testbed.ts';
import {
  ApplicationRef,
  ChangeDetectionStrategy,
  Component,
  NgZone,
  provideZoneChangeDetection,
} from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { firstValueFrom, map, tap, timer } from 'rxjs';
import { utf8 } from 'rxserf';
import {
  injectConnection,
  injectEvents,
  injectLogLines,
  injectMembers,
  injectSerf,
  injectSerfAction,
  injectSerfQuery,
  live,
  provideSerf,
  SERF,
} from 'rxserf/angular';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

function setUp() {
  const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2'] });
  onTestFinished(() => cluster.close());
  const socket = () => {
    const [ours, theirs] = pipe();
    serve(cluster.node('n1'), theirs).subscribe({ error: () => {} });
    return ours;
  };
  TestBed.configureTestingModule({
    providers: [provideZoneChangeDetection(), provideSerf('in-memory', { socket, codec: utf8() })],
  });
  return cluster;
}

class Page {
  readonly members = injectMembers();
  readonly alive = toSignal(
    injectSerf()
      .membership()
      .pipe(map(({ size }) => size)),
  );
  readonly events = injectEvents('user:deploy');
  readonly lines = injectLogLines();
  readonly connection = injectConnection();
  readonly query = injectSerfQuery();
  readonly deploy = injectSerfAction((serf, version: string) =>
    serf.event('deploy', version, { codec: utf8() }),
  );
}
const PageComponent = Component({
  selector: 'app-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `{{ members.value().size }} {{ alive() }} {{ events.value().length }} {{ connection().state }}`,
})(Page) as typeof Page;

describe('with zone.js', () => {
  test('it is there', () => {
    setUp();
    expect(TestBed.inject(NgZone)).toBeInstanceOf(NgZone);
    expect(TestBed.inject(NgZone).run(() => NgZone.isInAngularZone())).toBe(true);
  });

  test('nothing of ours keeps the application unstable: not streams, not timers, not sockets', async () => {
    setUp();
    const fixture = TestBed.createComponent(PageComponent);
    fixture.autoDetectChanges();
    const page = fixture.componentInstance;
    const zone = TestBed.inject(NgZone);
    await vi.waitFor(() => expect(page.members.status()).toBe('live'));
    await vi.waitFor(() => expect(page.events.status()).toBe('live'));
    zone.run(() => {
      page.deploy.run('v1');
      page.query.ask('nobody', undefined, { timeout: 5_000 });
    });
    // Within the zone, as a click does it; the query goes on for 5 s, the heartbeat and the streams for ever.
    expect(page.query.status()).toBe('running');
    expect([zone.hasPendingMacrotasks, zone.hasPendingMicrotasks]).toEqual([false, false]);
    await firstValueFrom(TestBed.inject(ApplicationRef).isStable.pipe(map((stable) => stable || undefined)));
    await vi.waitFor(() => expect(page.events.value()).toHaveLength(1));
    await vi.waitFor(() => expect(fixture.nativeElement.textContent).toBe('2 2 1 connected'));
  });

  test('what is subscribed to in the zone arrives in it; what it takes is outside', async () => {
    setUp();
    const zone = TestBed.inject(NgZone);
    const serf = TestBed.inject(SERF);
    const where: boolean[] = [];
    const subscription = zone.run(() =>
      serf.membership().subscribe(() => where.push(NgZone.isInAngularZone())),
    );
    expect(zone.hasPendingMacrotasks).toBe(false);
    await vi.waitFor(() => expect(where).toEqual([true]));
    expect(zone.hasPendingMacrotasks).toBe(false);
    subscription.unsubscribe();

    const outside: boolean[] = [];
    await firstValueFrom(serf.stats().pipe(map(() => outside.push(NgZone.isInAngularZone()))));
    expect(outside).toEqual([false]);
  });

  test('what a live value follows is outside, whoever made it; the page is rendered all the same', async () => {
    const cluster = setUp();
    const zone = TestBed.inject(NgZone);
    const where: boolean[] = [];
    const ticks = zone.run(() =>
      TestBed.runInInjectionContext(() =>
        live({
          stream: () => timer(0, 5).pipe(tap(() => where.push(NgZone.isInAngularZone()))),
          initial: -1,
        }),
      ),
    );
    expect(zone.hasPendingMacrotasks).toBe(false);
    const fixture = TestBed.createComponent(PageComponent);
    fixture.autoDetectChanges();
    await vi.waitFor(() => expect(fixture.nativeElement.textContent).toBe('2 2 0 connected'));
    cluster.add('n3');
    await vi.waitFor(() => expect(fixture.nativeElement.textContent).toBe('3 3 0 connected'));
    await vi.waitFor(() => expect(ticks.value()).toBeGreaterThan(2));
    expect(where).not.toContain(true);
  });
});
