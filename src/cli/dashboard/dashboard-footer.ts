import { existsSync } from 'node:fs';
import { catchError, concat, EMPTY, filter, map, type Observable, of } from 'rxjs';
import { BUILD_SCRIPT, builtBy } from '../dashboard-build.ts';
import { printable } from '../output/text.ts';
import type { RpcOptions } from '../rpc-options.ts';
import { dashboardGateway } from './dashboard-gateway.ts';

/**
 * What a live view says of the dashboard below itself, the newest last: how far it is built, then where it is.
 *
 * ```
 * dashboardFooter()   i------b-----a----     i = installing, b = building, a = its address
 * ```
 *
 * It is built in a process of its own, with the lowest priority, where what is built is older than its sources. What goes wrong is
 * what it says; it never errors. Never completes by itself; unsubscribing ends the build and the dashboard.
 */
export function dashboardFooter(rpc: RpcOptions, role: string): Observable<string> {
  const served$ = dashboardGateway(rpc, { port: 0, role }).pipe(
    map((event) => (event.type === 'listening' ? `dashboard, as ${role}: ${event.address}` : '')),
    filter(Boolean),
  );
  return concat(existsSync(BUILD_SCRIPT) ? builtBy(BUILD_SCRIPT) : EMPTY, served$).pipe(
    catchError((error: Error) => of(`dashboard: ${printable(error.message)}`)),
  );
}
