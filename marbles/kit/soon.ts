import type { ReconnectOptions } from 'rxserf';

/** The first attempt after a loss follows 5 ms later, the second one 10 ms after that, … */
export const SOON: ReconnectOptions = { minDelay: 10, random: () => 0.5 };
export const soon = { reconnect: SOON };
