import { computed, inject, type Signal } from '@angular/core';
import { Permissions } from '../model/permissions.ts';
import { Cluster } from './cluster.ts';

/** What this session may do. */
export function injectPermissions(): Signal<Permissions> {
  const { stats } = inject(Cluster);
  return computed(() => new Permissions(stats()['session']));
}
