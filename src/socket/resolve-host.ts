import { Observable } from 'rxjs';
import type { Address } from '../address.ts';

/** All IP addresses that the system knows for an address's name, in its order. Each subscription asks anew. */
export function resolveHost(address: Address): Observable<readonly Address[]> {
  return new Observable((subscriber) => {
    // By way of the module: `dns.lookup` is what applications replace, to cache. Loaded by the first name, as `net` by a connection.
    process.getBuiltinModule('node:dns').lookup(address.host, { all: true }, (error, found) => {
      if (error) subscriber.error(error);
      else {
        subscriber.next(found.map((each) => address.at(each.address)));
        subscriber.complete();
      }
    });
  });
}
