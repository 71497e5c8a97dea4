import { concatMap, defer, EMPTY, from, last, map, Observable, of, scan, take, takeUntil, timer } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import { duration } from '../options.ts';
import { tcpSocket } from './tcp.ts';

/** Options of {@link detectSocks}. */
export interface DetectSocksOptions {
  /** How long a proxy may take to answer, in ms, each time it is asked. @defaultValue 5,000 */
  readonly timeout?: number;
}

/** A proxy that was found. */
export interface DetectedSocks {
  /** As it was given. */
  readonly address: string;
  /** What it speaks. A proxy of SOCKS 4 cannot be asked whether it knows 4a. */
  readonly protocol: 'socks5' | 'socks4';
  /** What to give to `socksSocket`, with credentials if it wants some. */
  readonly url: string;
}

/** SOCKS 5, without and with user and password. */
const GREETING_5 = Uint8Array.of(5, 2, 0, 2);
/** SOCKS 4: connect to port 0 of 0.0.0.0, for nobody. */
const REQUEST_4 = Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 0, 0);

/**
 * Looks for a SOCKS proxy by asking it, and nobody else: no connection is made through it, and no name is looked up but its
 * own. Emits the first that answers, in the order of the addresses, and completes; completes without a value where there is none.
 *
 * ```
 * detectSocks   ----(p|)     a proxy has answered
 *               ---------|   none has
 * ```
 *
 * @param addresses `host:port`, one or several; without a port 1080
 * @throws `InvalidArgumentError` at the call for an address that cannot be read
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { detectSocks, socksSocket } from 'rxserf/socket';
 *
 * detectSocks(['127.0.0.1:9050', '127.0.0.1:1080']).subscribe(({ url }) => {
 *   connect('agent.internal:7373', { socket: socksSocket(url) });
 * });
 * ```
 */
export function detectSocks(
  addresses: string | readonly string[],
  { timeout = 5_000 }: DetectSocksOptions = {},
): Observable<DetectedSocks> {
  const time = duration('timeout', timeout);
  const places = (typeof addresses === 'string' ? [addresses] : addresses).map(placeOf);
  return from(places).pipe(
    concatMap((place) => protocolAt(place, time).pipe(map((protocol) => found(place, protocol)))),
    take(1),
  );
}

interface Place {
  readonly address: string;
  readonly host: string;
  readonly port: number;
}

function placeOf(address: string): Place {
  const [, ipv6, name, port = '1080'] =
    /^(?:\[([\da-f:.]+)\]|([^:[\]/@]+))(?::(\d{1,5}))?$/i.exec(address) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new InvalidArgumentError('invalid-address', 'write the address of a proxy as host:port');
  return { address, host, port: Number(port) };
}

function found({ address, host, port }: Place, protocol: DetectedSocks['protocol']): DetectedSocks {
  return { address, protocol, url: `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

/** Emits what is spoken there, if it is SOCKS. */
function protocolAt(place: Place, time: number): Observable<DetectedSocks['protocol']> {
  return answerTo(GREETING_5, place, time).pipe(
    concatMap((answer) => {
      if (answer === 5) return of('socks5' as const);
      return answerTo(REQUEST_4, place, time).pipe(
        concatMap((second) => (second === 0 ? of('socks4' as const) : EMPTY)),
      );
    }),
  );
}

/** The first byte of two that the proxy answers; -1 if it does not. Only whoever answers with two bytes at least does. */
function answerTo(request: Uint8Array, { host, port }: Place, time: number): Observable<number> {
  return defer(() => {
    const socket = tcpSocket({ host, port });
    socket.next(request);
    const bytes$ = new Observable<number>((subscriber) =>
      socket.subscribe({
        next: (bytes) => {
          for (const byte of bytes) subscriber.next(byte);
        },
        // Not there, or it would not talk: there is no proxy.
        error: () => subscriber.complete(),
        complete: () => subscriber.complete(),
      }),
    );
    return bytes$.pipe(
      take(2),
      takeUntil(timer(time, monotonicScheduler)),
      scan((seen, byte) => [...seen, byte], [] as number[]),
      last(undefined, [] as number[]),
      map(([first, second]) => (first !== undefined && second !== undefined ? first : -1)),
    );
  });
}
