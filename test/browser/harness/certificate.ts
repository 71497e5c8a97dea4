import { readFileSync } from 'node:fs';

const pem = (name: string) =>
  readFileSync(new URL(`../../socket/fixtures/${name}.pem`, import.meta.url), 'utf8');

/** Of the tests' own, for `localhost` and `127.0.0.1`; it signs itself, so it is its own authority. */
export const CERTIFICATE = { cert: pem('cert'), key: pem('key') };
