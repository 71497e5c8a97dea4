import { firstValueFrom } from 'rxjs';
import type { Serf } from 'rxserf';
import { beforeAll, expect, test } from 'vitest';
import { failureOf } from '../../agent/harness/agent.ts';
import { type Contract, describeIf } from '../kit.ts';

const KEY = 'the r1ght key/+&%';

/** Who is let in: the commands `handshake` and `auth`, which no call names. */
export function greeting({ capabilities, cluster }: Contract): void {
  describeIf(capabilities.auth)('a node that is guarded', () => {
    let enter: (key?: string) => Serf;
    beforeAll(async () => {
      enter = await cluster().guarded(KEY);
    });

    test('lets in who has the key', async () => {
      expect(await firstValueFrom(enter(KEY).stats())).toMatchObject({ agent: { name: 'guarded' } });
    });

    test.each([
      ['another key', 'wrong', 'auth-invalid', 'Invalid authentication token'],
      ['a part of the key', KEY.slice(0, -1), 'auth-invalid', 'Invalid authentication token'],
      ['no key', undefined, 'auth-required', 'Authentication required'],
    ])('refuses who has %s', async (_, key, code, message) => {
      const failure = await failureOf(enter(key).members());

      expect(failure).toMatchObject({ name: 'AuthenticationError', code });
      expect(failure.message).toContain(message);
      expect(failure.message).not.toContain(KEY);
    });
  });
}
