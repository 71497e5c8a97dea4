import { delay, type Observable, of } from 'rxjs';
import { type JsonRpcPeer, method, RpcError, replyAndDisconnect } from 'rxserf/jsonrpc';

/** The methods that the Python peer has, for one peer of ours. */
export function probeHandlers(session: () => JsonRpcPeer['session']) {
  let notes = 0;
  return {
    echo: method(['x'], (x: unknown) => x),
    sum: method(['...n'], (...n: number[]) => n.reduce((sum, each) => sum + each, 0)),
    sub: method(['a', 'b?'], (a: number, b?: number) => a - (b ?? 0)),
    fail: method(['code', 'message'], (code: number, message: string) => {
      throw new RpcError(code, message);
    }),
    crash: method([], () => {
      throw new TypeError('inside');
    }),
    slow: method(['s'], (s: number): Observable<string> => of('slept').pipe(delay(s * 1_000))),
    big: method(['n'], (n: number) => 'x'.repeat(n)),
    bye: method(['x'], (x: unknown) => replyAndDisconnect(x)),
    note: method(['...x'], () => {
      notes++;
    }),
    count: method([], () => notes),
    ask: method(['method', 'args'], (name: string, args: unknown[]) => session().request(name, args)),
  };
}
