import { randomBytes } from 'node:crypto';
import { defer, finalize, map, type Observable } from 'rxjs';
import { connect } from '../../connect.ts';
import type { GatewayEvent } from '../../gateway/events.ts';
import { gateway } from '../../gateway/gateway.ts';
import { tokens } from '../../gateway/identity.ts';
import type { Policy } from '../../server/policy/policy-rules.ts';
import { ADMIN, OPERATOR, VIEWER } from '../../server/policy/roles.ts';
import { accessOf } from '../connection.ts';
import type { RpcOptions } from '../rpc-options.ts';

/**
 * What whoever started it may do here, by role. An operator's events, queries and tags have to be named: who asks for that role on
 * their own machine may use all of them.
 */
export const ROLES: Readonly<Record<string, Policy>> = {
  viewer: VIEWER,
  operator: { ...OPERATOR, events: ['*'], queries: ['*'], setTags: ['*'] },
  admin: ADMIN,
};

/** What happens at a {@link dashboardGateway}; once it listens, with the address that is to be opened. */
export type DashboardEvent =
  | Exclude<GatewayEvent, { type: 'listening' }>
  | { readonly type: 'listening'; readonly address: string };

/** A gateway with the dashboard, for this machine alone, with a key for this run. */
export function dashboardGateway(
  rpc: RpcOptions,
  { port, role }: { readonly port: number; readonly role: string },
): Observable<DashboardEvent> {
  return defer(() => {
    const key = randomBytes(18).toString('base64url');
    const client = connect(rpc.rpcAddr || undefined, {
      ...accessOf(rpc),
      reconnect: { firstConnect: 'keep-trying' },
    });
    const events$ = gateway(client, {
      port,
      authenticate: tokens({ [key]: { role, name: 'you' } }),
      roles: ROLES,
      dashboard: true,
    });
    return events$.pipe(
      map((event) =>
        event.type === 'listening' ? { type: event.type, address: addressOf(event.url, key) } : event,
      ),
      finalize(() => void client.close()),
    );
  });
}

/** The key is behind the #: no server, proxy or log gets to see it. */
function addressOf(url: string, key: string): string {
  return `${url.replace(/\/$/, '')}/#key=${key}`;
}
