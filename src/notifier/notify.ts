import { isObservable, type Observable } from 'rxjs';
import { InvalidArgumentError } from '../errors.ts';
import { type DiscoverySerf, MembershipDiscovery } from './discovery/by-membership.ts';
import { type InstanceList, StaticDiscovery } from './discovery/static-discovery.ts';
import { LocalNotifier } from './local-notifier.ts';
import type { AnyApi, Notifier } from './notifier.ts';
import { type NotifierOptions, withDefaults } from './options.ts';

/**
 * One more notifier of a cluster: it subscribes, publishes, answers and calls, by object, id and command.
 *
 * ```
 * serf          --A-----B-----x--    members with notifiers: found by one tag for each, `rxn.<id>`
 * peers$        ---a-----b-----y-    each is connected to, or connects
 * publish, call ------------------   go to whom they are for, over these connections
 * ```
 *
 * @param source a Serf: a client, an embedded node, whose agent has the tag set and whose members are looked at; or where the
 *   notifiers are, as a list or as lists that replace each other, each with an id or as `host:port`
 * @param options its id, where it listens, key, codec, limits, times in ms
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be, and for an address beyond loopback
 *   without `key`, and without `tls` or `insecure`
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { notify } from 'rxserf/notifier';
 *
 * // Objects, their commands, what these carry and answer.
 * interface Shop {
 *   order: {
 *     placed(order: { total: number }): void;
 *     price(options: { currency: string }): number;
 *   };
 * }
 * const shop = notify<Shop>(connect());
 *
 * // Every second id is ours, of all that are for one of several: twice as often as a slice of weight 1.
 * shop.serve('order', { mask: 1, value: 0 }, 'price', ({ id, args }) => Number(id) * args.currency.length, { slice: 2 }).subscribe();
 * shop.notifications('order', { mask: 0, value: 0 }, 'placed').subscribe(({ id, args }) => console.log(id, args.total));
 *
 * shop.publish('order', 42, 'placed', { total: 10 }).subscribe(({ full, slice }) => console.log(full, slice));
 * shop.call('order', 42, 'price', { currency: 'EUR' }).subscribe(({ from, value, error }) => console.log(from, value ?? error));
 * ```
 */
export function notify<Api extends object = AnyApi>(
  source: DiscoverySerf | InstanceList | Observable<InstanceList>,
  options: NotifierOptions = {},
): Notifier<Api> {
  const isSerf = typeof (source as DiscoverySerf | null)?.members === 'function';
  if (!isSerf && !isObservable(source) && !Array.isArray(source))
    throw new InvalidArgumentError(
      'invalid-argument',
      'notify takes a Serf, such as connect() gives, or a list of instances',
    );
  const settings = withDefaults(options, isSerf);
  const discovery = isSerf
    ? new MembershipDiscovery(source as DiscoverySerf, settings)
    : new StaticDiscovery(source as InstanceList | Observable<InstanceList>);
  return new LocalNotifier(settings, discovery) as unknown as Notifier<Api>;
}
