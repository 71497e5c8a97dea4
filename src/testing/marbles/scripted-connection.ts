import type { RunHelpers } from 'rxjs/testing';
import type { FakeAgent } from '../fake/fake-agent.ts';
import { SerfTestError } from '../serf-test-error.ts';
import { parseLetters } from './diagram-letters.ts';

/** Has the connection come (`c`), be lost (`x`), be closed (`|`) or given up (`#`) as the diagram says. */
export function scriptConnection(
  marbles: string,
  error: unknown,
  agent: FakeAgent,
  hot: RunHelpers['hot'],
): void {
  const steps = parseLetters(marbles).flatMap(({ frame, notification }) =>
    notification.kind === 'N' ? [{ frame, letter: notification.value }] : [],
  );
  const stranger = steps.find(({ letter }) => letter !== 'c' && letter !== 'x');
  if (stranger)
    throw new SerfTestError(
      `connection: ${stranger.letter} should be c (connects) or x (is lost), in ${JSON.stringify(marbles)}`,
    );
  if (steps[0]?.letter === 'c') agent.startAway();
  const retries = steps.map(
    ({ frame }, index) => (steps[index + 1]?.frame ?? Number.POSITIVE_INFINITY) - frame,
  );
  hot(marbles, undefined, error).subscribe({
    next: (letter) => {
      const retryIn = retries.shift() as number;
      if (letter === 'c') agent.connect();
      else agent.lose(undefined, retryIn);
    },
    error: (reason: unknown) => agent.giveUp(reason === undefined || reason === 'error' ? undefined : reason),
    complete: () => void agent.close(false),
  });
}
