import { firstValueFrom } from 'rxjs';
import { connect, SerfError } from 'rxserf';

/** What a program can tell of an error: the same on every platform. */
export interface Outcome {
  readonly name: string;
  readonly code: string;
  readonly closeCode?: number;
  readonly closeReason?: string;
}

/** How a request ends at a server that may be anything. */
export async function outcomeAt(url: string, connectTimeout = 5_000): Promise<Outcome | 'answered'> {
  const client = connect(url, { reconnect: false, connectTimeout, limits: { frameBytes: 1_000 } });
  try {
    await firstValueFrom(client.event('deploy'));
    return 'answered';
  } catch (error) {
    return outcome(error);
  } finally {
    await client.close();
  }
}

/** An error as data. */
export function outcome(error: unknown): Outcome {
  if (!(error instanceof SerfError)) throw error;
  const { name, code } = error;
  const { closeCode, closeReason } = error as { closeCode?: number; closeReason?: string };
  return { name, code, ...(closeCode !== undefined && { closeCode }), ...(closeReason && { closeReason }) };
}
