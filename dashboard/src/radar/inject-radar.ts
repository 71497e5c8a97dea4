import { computed, inject, type Signal } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { auditTime } from 'rxjs';
import { Cluster } from '../cluster/cluster.ts';
import { Coordinates } from '../cluster/coordinates.ts';
import { injectSliced } from '../cluster/slices.ts';
import type { MemberRow } from '../model/member-row.ts';
import { bareRadar, type Radar, type RadarMember, radarSteps } from '../model/radar.ts';
import type { Steps } from '../model/steps.ts';

/** A burst of changes moves it so often, in ms. */
const MOVED = 250;

/**
 * Who is where around a member, in sectors by a tag; `undefined` while nobody knows where it is itself, and bare until all are placed.
 */
export function injectRadar(origin: () => string, tag: () => string): Signal<Radar | undefined> {
  const { rows } = inject(Cluster);
  const { value: coordinates } = inject(Coordinates);
  const settled = toSignal(toObservable(rows).pipe(auditTime(MOVED)), { initialValue: rows() });
  const members = computed(
    () => {
      const { known } = coordinates();
      return settled().flatMap((row) => memberOf(row, tag(), known) ?? []);
    },
    // Most of what changes is nothing that the radar shows.
    {
      equal: (some, others) =>
        some.length === others.length && some.every((each, i) => isSame(each, others[i])),
    },
  );
  const centre = computed(() => members().find(({ name }) => name === origin()));
  const radar = injectSliced(
    computed(() => ({ centre: centre(), members: members() })),
    function* ({ centre, members }, before: Radar | undefined): Steps<Radar | undefined> {
      return centre && (yield* radarSteps(centre, members, before));
    },
    undefined,
  );
  return computed(() => {
    const made = radar();
    const at = centre();
    return made?.origin === at?.name ? made : at && bareRadar(at);
  });
}

function memberOf(
  { member, shown }: MemberRow,
  tag: string,
  known: ReturnType<Coordinates['value']>['known'],
): RadarMember | undefined {
  const coordinate = known.get(member.name);
  if (!coordinate || shown === 'left') return undefined;
  return { name: member.name, group: member.tags[tag], coordinate, status: shown };
}

function isSame(a: RadarMember, b: RadarMember | undefined): boolean {
  return a.name === b?.name && a.group === b.group && a.coordinate === b.coordinate && a.status === b.status;
}
