// @vitest-environment happy-dom
import './testbed.ts';
import { ChangeDetectionStrategy, Component, computed, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { AgentError, utf8 } from 'rxserf';
import { injectEvents, injectMembers, injectSerfAction } from 'rxserf/angular';
import { provideFakeSerf, rendered } from 'rxserf/angular/testing';
import { member, memberEvent, serfMarbles, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

const STATUS = { i: 'idle', o: 'loading', l: 'live', s: 'stale', e: 'error' };

describe('in virtual time', () => {
  test('as in the diagram of Live', () => {
    serfMarbles(({ serf, events, connection, on, animate, acts, expectObservable }) => {
      connection('    c-----x---c-----');
      on('members', ['--m', '--n'], { m: [member('n1')], n: [member('n1'), member('n2')] });
      events('        ----f-----------', { f: memberEvent('member-failed', 'n1') });
      acts('          ---------------d', { d: () => TestBed.resetTestingModule() });
      animate('       -xxxxxxxxxxxxxxx');
      TestBed.configureTestingModule({ providers: [provideFakeSerf(serf)] });
      const members = TestBed.runInInjectionContext(() => injectMembers());
      const status = 'o--l---s---l----';
      const alive = ' 0--1-0-------2--';
      const unsub = ' ^--------------!';

      expectObservable(rendered(members.status), unsub).toBe(status, STATUS);
      expectObservable(
        rendered(() => [...members.value().values()].filter(({ status }) => status === 'alive').length),
        unsub,
      ).toBe(alive, { 0: 0, 1: 1, 2: 2 });
    });
  });

  test('a burst is one render', () => {
    const renders: number[] = [];
    class Feed {
      readonly deploys = injectEvents('user:deploy', { codec: utf8(), keep: 1_000 });
      readonly count = computed(() => this.deploys.value().length);
      rendering(): void {
        renders.push(this.count());
      }
    }
    const FeedComponent = Component({
      selector: 'app-feed',
      changeDetection: ChangeDetectionStrategy.OnPush,
      template: `{{ rendering() }}{{ count() }} {{ deploys.value()[0]?.payload }}`,
    })(Feed) as typeof Feed;
    serfMarbles(
      ({ serf, animate, acts, expectObservable }) => {
        TestBed.configureTestingModule({ providers: [provideFakeSerf(serf)] });
        const fixture = TestBed.createComponent(FeedComponent);
        const text = () => String(fixture.nativeElement.textContent);
        const burst = () => {
          for (let i = 1; i <= 500; i++) serf.emit(userEvent('deploy', `v${i}`));
        };

        acts('     -b--------d', { b: burst, d: () => fixture.destroy() });
        animate('  ----x---x');
        const page = ' a---b----';

        expectObservable(rendered(text), '^---------!').toBe(page.trim(), { a: '0 ', b: '500 v500' });
      },
      { codec: utf8() },
    );
    expect(renders).toEqual([0, 500]);
  });

  test('a name of markup is text', () => {
    class Names {
      readonly members = injectMembers();
    }
    const NamesComponent = Component({
      selector: 'app-names',
      template: `@for (m of members.value().values(); track m.name) {<li [title]="m.name">{{ m.name }}</li>}`,
    })(Names) as typeof Names;
    const name =
      '<img src=x onerror="globalThis.pwned = true"><script>globalThis.pwned = true</script>{{ 7 * 7 }}';
    serfMarbles(({ serf, on, animate, acts, expectObservable }) => {
      on('members', '--m', { m: [member(name), member('__proto__')] });
      TestBed.configureTestingModule({ providers: [provideFakeSerf(serf)] });
      const fixture = TestBed.createComponent(NamesComponent);
      const element: { querySelectorAll(all: '*'): Iterable<{ tagName: string; textContent: string }> } =
        fixture.nativeElement;
      acts('         -----d', { d: () => fixture.destroy() });
      animate('      ----x');

      expectObservable(
        rendered(() =>
          [...element.querySelectorAll('*')].map((node) => `${node.tagName}:${node.textContent}`),
        ),
        '^----!',
      ).toBe('a---b', { a: [], b: [`LI:${name}`, 'LI:__proto__'] });
    });
    expect(globalThis).not.toHaveProperty('pwned');
  });

  test('an action: optimistic, and taken back when it is refused', () => {
    serfMarbles(({ serf, on, animate, acts, expectObservable, expectCommands }) => {
      TestBed.configureTestingModule({ providers: [provideFakeSerf(serf)] });
      const role = signal('web');
      const save = TestBed.runInInjectionContext(() =>
        injectSerfAction((serf, next: string) => {
          role.set(next);
          return serf.tags({ set: { role: next } });
        }),
      );
      on('tags', '    ---#', undefined, new AgentError('agent-error', 'refused'));
      acts('          -t-----d', { t: () => save.run('db'), d: () => TestBed.resetTestingModule() });
      animate('       -xxxxxxx');
      const status = 'i-p--e--';

      expectObservable(rendered(save.status), '^------!').toBe(status, {
        i: 'idle',
        p: 'pending',
        e: 'error',
      });
      expectCommands('-t------', { t: { command: 'tags' } });
    });
  });
});
