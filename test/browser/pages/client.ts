import { firstValueFrom } from 'rxjs';
import { type ConnectOptions, connect, type SerfClient, utf8 } from 'rxserf';
import { type Outcome, outcome, outcomeAt } from './outcome.ts';

// What the tests have a page do: the code that runs in Node as well.

/** One client of the page, and what came of it. */
let client: SerfClient<string | undefined>;
const states: string[] = [];
const events: string[] = [];
/** Which of the page's own events are listened to. */
const listening: string[] = [];

const page = globalThis as unknown as Record<'addEventListener' | 'removeEventListener', Listen>;
type Listen = (type: string, ...more: unknown[]) => void;
const { addEventListener, removeEventListener } = page;
page.addEventListener = (type, ...more) => {
  if (type === 'online' || type === 'pageshow') listening.push(type);
  addEventListener(type, ...more);
};
page.removeEventListener = (type, ...more) => {
  if (listening.includes(type)) listening.splice(listening.indexOf(type), 1);
  removeEventListener(type, ...more);
};

export const inPage = {
  states,
  events,
  outcomeAt,
  listening,
  open(address?: string, options: Omit<ConnectOptions<string | undefined>, 'codec'> = {}): void {
    client = connect(address, { codec: utf8(), ...options });
    client.status$.subscribe(({ state }) => states.push(state));
  },
  listen(): void {
    client.stream('user', { gaps: true }).subscribe({
      next: (event) => events.push(event.event === 'gap' ? 'gap' : `${event.name} ${event.payload}`),
      error: (error) => events.push(outcome(error).code),
    });
  },
  members: async () =>
    (await firstValueFrom(client.members())).map(({ name, status }) => `${name} ${status}`),
  fails: (name: string) => failure(() => firstValueFrom(client.members({ name }))),
  fire: (name: string) => failure(() => firstValueFrom(client.event(name))),
  thrown: (address: string) => {
    try {
      connect(address);
      return 'nothing';
    } catch (error) {
      return (error as Error).message;
    }
  },
  message: async (address: string) => {
    const other = connect(address, { reconnect: false });
    return firstValueFrom(other.members()).then(
      () => 'nothing',
      (error: Error) => `${error.name}: ${error.message}`,
    );
  },
  close: () => client.close(),
};

async function failure(call: () => Promise<unknown>): Promise<Outcome | 'nothing'> {
  return call().then(() => 'nothing', outcome);
}

Object.assign(globalThis, { inPage });
