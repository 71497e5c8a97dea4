import { type ConnectOptions, connect, type SerfClient } from 'rxserf';
import { closing } from '../agent/harness/agent.ts';
import { type FaultProxy, faultProxy, type Proxied, type Target } from './proxy.ts';
import { Story } from './story.ts';

/** Retries that do not wait. */
export const AT_ONCE = { minDelay: 0, random: () => 0 } as const;

export type Options = ConnectOptions & { readonly codec?: undefined };

export interface Through {
  proxy: FaultProxy;
  client: SerfClient;
  story: Story;
}

/** A client that reaches `agent` through a proxy of its own; both are closed when the test ends. */
export async function through(agent: { rpc: Target }, options: Options = {}): Promise<Through> {
  const proxy = await faultProxy(agent.rpc);
  return { proxy, ...client(proxy.address, options) };
}

/** A client, closed when the test ends, and its story. */
export function client(
  address: string | readonly string[],
  options: Options = {},
): { client: SerfClient; story: Story } {
  const client = closing(connect(address, { reconnect: AT_ONCE, ...options }));
  return { client, story: new Story(client) };
}

/** The newest connection. */
export function newest(proxy: FaultProxy): Proxied {
  const link = proxy.all.at(-1);
  if (!link) throw new Error('no connection yet');
  return link;
}
