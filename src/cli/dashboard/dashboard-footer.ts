import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { catchError, concat, EMPTY, filter, map, Observable, of } from 'rxjs';
import { printable } from '../output/text.ts';
import type { RpcOptions } from '../rpc-options.ts';
import { dashboardGateway } from './dashboard-gateway.ts';

/** Builds the dashboard of a checkout; what is published has it built, and no script. */
const BUILD = fileURLToPath(new URL('../../../scripts/build-dashboard.mjs', import.meta.url));

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
  return concat(existsSync(BUILD) ? builtBy(BUILD) : EMPTY, served$).pipe(
    catchError((error: Error) => of(`dashboard: ${printable(error.message)}`)),
  );
}

/** Runs the script to its end, and emits how far it is; errors with its last words if it fails. */
export function builtBy(script: string): Observable<string> {
  return new Observable((subscriber) => {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(process.execPath, [script, '--if-needed'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let last = 'the build has failed';
    let running = true;
    child.on('spawn', () => {
      // Before it starts anything itself, which has the same priority then.
      if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, said] = /^dashboard: (.+)/.exec(line) ?? [];
      if (!said) return;
      last = said;
      subscriber.next(`dashboard: ${printable(said)}…`);
    });
    child.on('error', (error) => subscriber.error(error));
    child.on('close', (code) => {
      running = false;
      if (code === 0) subscriber.complete();
      else subscriber.error(new Error(`${last}; npm run dashboard shows more`));
    });
    return () => {
      if (running && child.pid) endGroup(child.pid);
    };
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid);
  } catch {
    // It has just ended.
  }
}
