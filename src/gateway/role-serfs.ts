import { networkOf } from '../ip.ts';
import { type PolicySerf, policy } from '../server/policy/policy.ts';
import { PolicyUsage } from '../server/policy/policy-usage.ts';
import { sharedReads } from '../server/shared-reads.ts';
import type { Identity } from './identity.ts';
import type { HandlerOptions } from './options.ts';
import type { Upstream } from './upstream.ts';

/** How long, in ms, an answer to `members` is good for who asks next: a thousand pages take a while to come back. */
const KEEP = 5_000;
/** How many identities' rates are remembered after they have gone, so that to reconnect is no way around them. */
const REMEMBERED = 10_000;

/** What each identity may use: the Serf under its role's policy. What it reads at the same time as others is read once. */
export class RoleSerfs {
  readonly #options: HandlerOptions;
  /** By role; goes with the Serf. */
  readonly #policied = new WeakMap<Upstream, Map<string, PolicySerf>>();
  /** By name, or by network where there is none; in the order of their last connection. */
  readonly #usages = new Map<string, PolicyUsage>();

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /** @param identity with a role that is among `roles` */
  serfOf(upstream: Upstream, identity: Identity, remoteAddress: string): PolicySerf {
    const { role, name, expires } = identity;
    return this.#policiedBy(upstream, role).as({
      usage: this.#usageOf(name === undefined ? `@${networkOf(remoteAddress)}` : `=${name}`),
      ...(name === undefined ? {} : { name }),
      ...(expires === undefined ? {} : { expires }),
    });
  }

  /** Drops what was read of a Serf: it was lost, and what has changed meanwhile nobody knows. */
  forget(upstream: Upstream): void {
    this.#policied.delete(upstream);
  }

  #policiedBy(upstream: Upstream, role: string): PolicySerf {
    let byRole = this.#policied.get(upstream);
    if (!byRole) {
      byRole = new Map();
      this.#policied.set(upstream, byRole);
    }
    const known = byRole.get(role);
    if (known) return known;
    const rules = this.#options.roles[role];
    if (!rules) throw new Error(`there is no role ${role}`);
    const shared = sharedReads(upstream, { keep: KEEP, scheduler: this.#options.scheduler });
    const made = policy(shared, { ...rules, role });
    byRole.set(role, made);
    return made;
  }

  #usageOf(who: string): PolicyUsage {
    const usage = this.#usages.get(who) ?? new PolicyUsage(this.#options.scheduler);
    this.#usages.delete(who);
    this.#usages.set(who, usage);
    if (this.#usages.size > REMEMBERED)
      for (const oldest of this.#usages.keys()) {
        this.#usages.delete(oldest);
        break;
      }
    return usage;
  }
}
