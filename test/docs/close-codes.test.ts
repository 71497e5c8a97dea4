import { readFileSync } from 'node:fs';
import { CLOSE_CODES } from 'rxserf/socket';
import { expect, test } from 'vitest';

test('docs/api.md has the close codes as the code has them', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## Close codes');
  const rows = section
    .split('\n## ')[0]
    ?.split('\n')
    .filter((line) => /^\| \d/.test(line));

  expect(rows).toEqual(
    CLOSE_CODES.map(
      ({ code, by, meaning, end, client }) => `| ${code} | ${by} | ${meaning} | ${end} | ${client} |`,
    ),
  );
});

test('after 4403 alone a client gives up, and only 1000 and no code are a normal end', () => {
  expect(CLOSE_CODES.filter(({ client }) => client === 'gives up').map(({ code }) => code)).toEqual([4403]);
  expect(CLOSE_CODES.filter(({ end }) => end === 'complete').map(({ code }) => code)).toEqual([1000, 1005]);
});
