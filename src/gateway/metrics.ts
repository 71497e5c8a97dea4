import { createRequire } from 'node:module';
import type { Registry } from 'prom-client';
import { InvalidArgumentError } from '../errors.ts';
import type { Member, MemberStatus } from '../model.ts';
import { COMMANDS } from '../protocol/commands.ts';
import type { GatewayEvent } from './events.ts';

/** What is looked up when the counters are read. */
export interface MetricsSource {
  readonly ready: boolean;
  readonly peers: ReadonlySet<unknown>;
  /** The members; none where each identity has a Serf of its own. */
  members(): Promise<readonly Member[]>;
}

/**
 * A gateway's counters, for Prometheus. No label comes from a peer or a member: there are as many series as there are
 * commands, reasons and statuses.
 */
export class Metrics {
  readonly #registry: Registry;
  readonly #count: (event: GatewayEvent) => void;

  /** @throws `InvalidArgumentError` without the package `prom-client` */
  constructor(source: MetricsSource, registry?: unknown) {
    const { Counter, Gauge, Registry } = promClient();
    const to = (registry as Registry | undefined) ?? new Registry();
    const registers = [to];
    this.#registry = to;
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter({ name: `rxserf_gateway_${name}`, help, labelNames, registers });
    const accepted = counter('accepted_total', 'Peers that have said who they are.');
    const refusedUpgrades = counter('refused_upgrades_total', 'Upgrades that were refused.', ['reason']);
    const refusedKeys = counter('refused_keys_total', 'Credentials that were not right.');
    const refused = counter('refused_commands_total', 'Commands that were refused.', ['command']);
    const dropped = counter('dropped_records_total', 'Records that were left out.', ['cause']);
    const disconnected = counter('disconnected_total', 'Peers that are gone.', ['code']);
    const losses = counter('upstream_losses_total', 'How often the agent was lost.');
    new Gauge({
      name: 'rxserf_gateway_peers',
      help: 'Peers that are connected.',
      registers,
      collect() {
        this.set(source.peers.size);
      },
    });
    new Gauge({
      name: 'rxserf_gateway_ready',
      help: 'Whether the agent is connected, and somebody new is served.',
      registers,
      collect() {
        this.set(source.ready ? 1 : 0);
      },
    });
    new Gauge({
      name: 'rxserf_members',
      help: 'Members of the cluster, as the agent sees it.',
      labelNames: ['status'],
      registers,
      async collect() {
        const members = source.ready ? await source.members() : [];
        for (const status of STATUSES) this.set({ status }, 0);
        for (const { status } of members) this.inc({ status });
      },
    });
    this.#count = (event) => {
      switch (event.type) {
        case 'accepted':
          accepted.inc();
          break;
        case 'refused-upgrade':
          refusedUpgrades.inc({ reason: event.reason });
          break;
        case 'refused-key':
          refusedKeys.inc();
          break;
        case 'refused':
          refused.inc({ command: Object.hasOwn(COMMANDS, event.command) ? event.command : 'unknown' });
          break;
        case 'dropped':
          dropped.inc({ cause: event.cause });
          break;
        case 'disconnected':
          disconnected.inc({ code: KNOWN_CODES.has(event.code) ? String(event.code) : 'other' });
          break;
        case 'upstream':
          if (event.state === 'lost') losses.inc();
      }
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  count(event: GatewayEvent): void {
    this.#count(event);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** A peer may close with any code, and each would be a series. */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 4401, 4403,
]);

function promClient(): typeof import('prom-client') {
  try {
    return createRequire(import.meta.url)('prom-client');
  } catch (cause) {
    throw new InvalidArgumentError(
      'invalid-argument',
      'http.metrics needs the package prom-client: npm install prom-client',
      { cause },
    );
  }
}

const STATUSES: readonly MemberStatus[] = ['alive', 'leaving', 'left', 'failed', 'none'];
