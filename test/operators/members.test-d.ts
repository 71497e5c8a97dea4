import { asapScheduler, map, merge, type Observable, of } from 'rxjs';
import {
  becomes,
  connect,
  countByStatus,
  json,
  type Member,
  type MemberChange,
  type MemberEvent,
  type MemberStatus,
  memberChanges,
  membersBy,
  ofEvent,
  scanMembers,
  settled,
  withTag,
} from 'rxserf';
import { describe, expectTypeOf, test } from 'vitest';

// Read by the type checker and never run.

const client = connect('agent', { codec: json<{ readonly version: string }>() });
const member = {} as Member;

type Snapshot = ReadonlyMap<string, Member>;

describe('scanMembers', () => {
  test('takes any stream', () => {
    expectTypeOf(client.stream('member-join').pipe(scanMembers())).toEqualTypeOf<Observable<Snapshot>>();
    expectTypeOf(client.stream('*').pipe(scanMembers())).toEqualTypeOf<Observable<Snapshot>>();
    expectTypeOf(client.stream('*', { gaps: true }).pipe(scanMembers())).toEqualTypeOf<
      Observable<Snapshot>
    >();
    expectTypeOf(({} as Observable<MemberEvent>).pipe(scanMembers())).toEqualTypeOf<Observable<Snapshot>>();
    const members$ = merge(client.stream('member-join'), connect().stream('*')).pipe(
      ofEvent('member-join', 'member-failed'),
      withTag('role'),
      scanMembers(),
      map((members) => members.get('n1')?.status),
    );
    expectTypeOf(members$).toEqualTypeOf<Observable<MemberStatus | undefined>>();
  });

  test('takes a seed of members', () => {
    scanMembers([member]);
    scanMembers(new Set([member]));
    scanMembers(new Map([['n1', member]]));
    scanMembers({} as Snapshot);
    // @ts-expect-error
    scanMembers(member);
    // @ts-expect-error
    scanMembers(['n1']);
    // @ts-expect-error
    scanMembers(new Map([['n1', 'alive']]));
  });

  test('takes nothing else', () => {
    // @ts-expect-error
    client.membership().pipe(scanMembers());
    // @ts-expect-error
    client.query('load').pipe(scanMembers());
  });
});

describe('of snapshots', () => {
  test('membersBy', () => {
    expectTypeOf(client.membership().pipe(membersBy('role'))).toEqualTypeOf<
      Observable<ReadonlyMap<string, readonly Member[]>>
    >();
    // @ts-expect-error
    membersBy();
    // @ts-expect-error
    membersBy(['role']);
    // @ts-expect-error a list is no snapshot
    client.members().pipe(membersBy('role'));
  });

  test('countByStatus', () => {
    expectTypeOf(client.membership().pipe(countByStatus())).toEqualTypeOf<
      Observable<Readonly<Record<MemberStatus, number>>>
    >();
    const alive$ = client.membership().pipe(
      countByStatus(),
      map(({ alive }) => alive),
    );
    expectTypeOf(alive$).toEqualTypeOf<Observable<number>>();
    // @ts-expect-error
    countByStatus('alive');
    // @ts-expect-error
    of(member).pipe(countByStatus());
  });

  test('settled', () => {
    expectTypeOf(client.membership().pipe(settled(1_000))).toEqualTypeOf<Observable<Snapshot>>();
    expectTypeOf(
      client.membership().pipe(settled(0, { atMost: 5, scheduler: asapScheduler }), memberChanges()),
    ).toEqualTypeOf<Observable<MemberChange>>();
    // @ts-expect-error
    settled();
    // @ts-expect-error
    settled('1s');
    // @ts-expect-error
    settled(1, 2);
  });
});

describe('becomes', () => {
  test('tells before and after, which a filter does not', () => {
    const changes$ = client.membership().pipe(memberChanges());
    changes$.pipe(becomes('failed', 'left')).subscribe((change) => {
      expectTypeOf(change.type).toEqualTypeOf<'changed'>();
      expectTypeOf(change.before).toEqualTypeOf<Member>();
      expectTypeOf(change.after).toEqualTypeOf<Member>();
    });
    changes$.subscribe((change) => {
      expectTypeOf(change.after?.status).toEqualTypeOf<MemberStatus | undefined>();
      if (change.type === 'added') expectTypeOf(change.before).toEqualTypeOf<undefined>();
      if (change.type === 'removed') expectTypeOf(change.before).toEqualTypeOf<Member>();
      // @ts-expect-error there may be none
      change.after.status;
    });
  });

  test('takes statuses', () => {
    // @ts-expect-error no status
    becomes('fialed');
    // @ts-expect-error at least one
    becomes();
  });
});
