import type { Observable } from 'rxjs';
import { type Answer, type CallEvent, type Notification, notify, type PublishReport } from 'rxserf/notifier';
import { expectTypeOf, test } from 'vitest';

interface Shop {
  order: {
    placed(order: { total: number }): void;
    price(options: { currency: string }): number;
    stock(): Promise<number>;
    ticks(options?: { every: number }): Observable<string>;
  };
  user: { renamed(name: string): void };
}

const ALL = { mask: 0, value: 0 };
const shop = notify<Shop>([]);

test('publications: objects, commands and arguments', () => {
  expectTypeOf(shop.notifications('order', ALL, 'placed')).toEqualTypeOf<
    Observable<Notification<'order', 'placed', { total: number }>>
  >();
  expectTypeOf(shop.publish('user', 1, 'renamed', 'ann')).toEqualTypeOf<Observable<PublishReport>>();
  // @ts-expect-error: no such object
  shop.publish('cart', 1, 'placed', { total: 1 });
  // @ts-expect-error: a command of another object
  shop.publish('user', 1, 'placed', { total: 1 });
  // @ts-expect-error: it needs arguments
  shop.publish('order', 1, 'placed');
  // @ts-expect-error: a text is no number
  shop.publish('order', 1, 'placed', { total: '1' });
  // @ts-expect-error: a text is no id: hashId makes one
  shop.publish('order', 'a', 'placed', { total: 1 });
  // @ts-expect-error: a weight is a number
  shop.notifications('order', ALL, 'placed', { slice: '2' });
  // @ts-expect-error: a mask without a value
  shop.notifications('order', { mask: 1 }, 'placed');
});

test('calls: what they answer, also where that comes later', () => {
  expectTypeOf(shop.call('order', 1n, 'price', { currency: 'EUR' })).toEqualTypeOf<
    Observable<Answer<number>>
  >();
  expectTypeOf(shop.call('order', 1, 'stock')).toEqualTypeOf<Observable<Answer<number>>>();
  expectTypeOf(shop.call('order', 1, 'stock', undefined, { timeout: 5 })).toEqualTypeOf<
    Observable<Answer<number>>
  >();
  expectTypeOf(shop.call('order', 1, 'ticks')).toEqualTypeOf<Observable<Answer<string>>>();
  expectTypeOf(shop.calls('order', [1, 2n], 'stock')).toEqualTypeOf<
    Observable<readonly (readonly Answer<number>[])[]>
  >();
  // @ts-expect-error: it needs arguments
  shop.call('order', 1, 'price');
  // @ts-expect-error: it has none
  shop.call('order', 1, 'stock', { currency: 'EUR' });
  // @ts-expect-error: ids are a list
  shop.calls('order', 1, 'stock');
});

test('handlers: their arguments and answers', () => {
  expectTypeOf(
    shop.serve('order', ALL, 'price', ({ args, id, from, signal }) => {
      expectTypeOf(args).toEqualTypeOf<{ currency: string }>();
      expectTypeOf(id).toEqualTypeOf<number | bigint>();
      expectTypeOf(from).toBeString();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return 1;
    }),
  ).toEqualTypeOf<Observable<CallEvent>>();
  shop.serve('order', ALL, 'price', async () => 1, { slice: 2 });
  // @ts-expect-error: not what it answers
  shop.serve('order', ALL, 'price', () => 'one');
  // @ts-expect-error: nor later
  shop.serve('order', ALL, 'price', async () => 'one');
  // @ts-expect-error: no such command
  shop.serve('order', ALL, 'cost', () => 1);
});

test('without an interface, everything goes', () => {
  const any = notify([]);
  expectTypeOf(any.call('o', 1, 'c')).toEqualTypeOf<Observable<Answer<unknown>>>();
  any.publish('o', 1, 'c', { any: 'thing' });
  any.serve('o', ALL, 'c', ({ args }) => args);
  // @ts-expect-error: neither a Serf nor a list
  notify(7);
  // @ts-expect-error: no interface
  notify<string>([]);
});
