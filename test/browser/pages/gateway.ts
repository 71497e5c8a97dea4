import { firstValueFrom } from 'rxjs';
import { connect, type SerfClient, utf8 } from 'rxserf';
import { type Outcome, outcome } from './outcome.ts';

// What the tests of a gateway have a page do.

/** A key, and until when it is good, in ms since the epoch. */
export interface Key {
  readonly key: string;
  readonly until?: number;
}

let client: SerfClient<string | undefined>;
const states: string[] = [];
const events: string[] = [];
let members: string[] = [];
let asked = 0;

export const inGateway = {
  states,
  events,
  members: () => members,
  asked: () => asked,
  /** Follows the members and the user events; each connection shows the first key that is still good. */
  open(keys: readonly Key[]): void {
    client = connect('/serf', {
      codec: utf8(),
      reconnect: { minDelay: 20, maxDelay: 200 },
      authKey: () => {
        asked++;
        return keys.find(({ until = Number.POSITIVE_INFINITY }) => Date.now() < until)?.key ?? 'none';
      },
    });
    client.status$.subscribe(({ state }) => states.push(state));
    client.membership().subscribe((table) => {
      members = [...table.values()].map(({ name, status }) => `${name} ${status}`).sort();
    });
    client.stream('user', { gaps: true }).subscribe({
      next: (event) => events.push(event.event === 'gap' ? 'gap' : `${event.name} ${event.payload}`),
      error: (error) => events.push(outcome(error).code),
    });
  },
  fire: (name: string) => failure(() => firstValueFrom(client.event(name))),
  leave: () => failure(() => firstValueFrom(client.leave())),
  keys: () => failure(() => firstValueFrom(client.listKeys())),
  join: () => failure(() => firstValueFrom(client.join(['169.254.169.254:80']))),
  hidden: () => failure(() => firstValueFrom(client.members({ tags: { secret: 'a.*' } }))),
  close: () => client.close(),
};

async function failure(call: () => Promise<unknown>): Promise<Outcome | 'nothing'> {
  return call().then(() => 'nothing', outcome);
}

Object.assign(globalThis, { inGateway });
