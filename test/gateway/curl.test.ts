import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { describeAgent, startAgent, stopAll } from '../agent/harness/agent.ts';
import { blockOf } from '../recipes/pages.ts';
import { eventually, VIEWER_KEY } from './harness.ts';
import { describeProgram, freePort, startGateway, temporaryFolder } from './programs.ts';

/** The recipe's lines by what is said of them; the first, which sets the variables, is left out. */
const RECIPES = blockOf('gateway', 'sh', 'With curl')
  .split(/^# /m)
  .slice(2)
  .map((part) => {
    const [said = '', ...lines] = part.split('\n');
    return { said, command: lines.join('\n').trim() };
  });

/** Runs a line of the recipe in a shell; ended with the test at the latest. */
function shell(command: string, url: string) {
  const child = spawn('bash', ['-c', `set -o pipefail; ${command}`], {
    env: { ...process.env, SERF: url, TOKEN: VIEWER_KEY },
    // Its own group: the shell has children.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const stop = () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  onTestFinished(stop);
  return { output: () => output, code, stop };
}

test('the recipe has a line for each thing there is', () => {
  expect(RECIPES.map(({ command }) => /\/api\/\w+/.exec(command)?.[0])).toEqual([
    '/api/members',
    '/api/members',
    '/api/stats',
    '/api/coordinates',
    '/api/events',
  ]);
});

describeProgram('curl', 'curl', () =>
  describeAgent('`rxserf gateway --api` and an agent', () => {
    afterAll(stopAll);

    test('show what the recipe says that they do', { timeout: 60_000 }, async () => {
      const agent = await startAgent({ name: 'n1', tags: { role: 'web1' } });
      const port = await freePort();
      const tokens = join(temporaryFolder(), 'tokens');
      writeFileSync(tokens, `${VIEWER_KEY} viewer vic\n`, { mode: 0o600 });
      await startGateway({
        rpcAddr: agent.address,
        listen: `127.0.0.1:${port}`,
        tokenFile: tokens,
        api: true,
      });
      const url = `http://127.0.0.1:${port}`;
      await eventually(async () => (await fetch(`${url}/readyz`)).ok);
      const [all, some, stats, coordinate, events] = RECIPES;
      const outputOf = async (recipe: (typeof RECIPES)[number] | undefined) => {
        const ran = shell(recipe?.command as string, url);
        expect([recipe?.said, await ran.code, ran.output()]).toEqual([recipe?.said, 0, ran.output()]);
        return ran.output();
      };

      expect(JSON.parse(await outputOf(all))).toMatchObject({
        members: [{ name: 'n1', address: '127.0.0.1', status: 'alive' }],
      });
      expect(JSON.parse(await outputOf(some))).toMatchObject({
        members: [{ name: 'n1', tags: { role: 'web1' } }],
      });
      expect(JSON.parse(await outputOf(stats))).toMatchObject({ session: { role: 'viewer', name: 'vic' } });
      expect(JSON.parse(await outputOf(coordinate))).toMatchObject({ vector: expect.any(Array) });
      const reading = shell(events?.command as string, url);
      await eventually(() => reading.output().includes('retry:'));
      const client = connect(agent.address);
      onTestFinished(() => client.close());
      await firstValueFrom(client.event('deploy', Buffer.from('v7')));
      await eventually(() => reading.output().includes('event: user'));

      expect(reading.output()).toMatch(
        /^data: \{"event":"user","name":"deploy","ltime":\d+,"coalesce":false,"payload":\{"utf8":"v7"\}\}$/m,
      );
    });
  }),
);
