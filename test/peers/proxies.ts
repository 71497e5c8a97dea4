import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../agent/harness/ports.ts';
import { DANTED, listens, MICROSOCKS, PERL_SOCKS, startProgram } from './programs.ts';

/** microsocks, open or for one user; resolves with its port. */
export async function microsocks(user?: { name: string; password: string }): Promise<number> {
  const { rpc: port } = await freePorts();
  const auth = user ? ['-u', user.name, '-P', user.password] : [];
  startProgram(MICROSOCKS as string, ['-i', '127.0.0.1', '-p', `${port}`, ...auth]);
  await listens(port);
  return port;
}

/** Dante, which speaks 4 as well as 5; nothing gets to the port that is blocked. */
export async function dante(blocked: number, method: 'none' | 'username' = 'none'): Promise<number> {
  const { rpc: port } = await freePorts();
  const file = join(mkdtempSync(join(tmpdir(), 'rxserf-dante-')), 'danted.conf');
  const everybody = 'from: 127.0.0.0/8 to: 0.0.0.0/0';
  writeFileSync(
    file,
    `logoutput: /dev/null
internal: 127.0.0.1 port = ${port}
external: lo
clientmethod: none
socksmethod: ${method}
client pass { ${everybody} }
socks block { from: 127.0.0.0/8 to: 127.0.0.1/32 port = ${blocked} }
socks pass { ${everybody} }
`,
  );
  startProgram(DANTED as string, ['-f', file, '-p', `${file}.pid`]);
  await listens(port);
  return port;
}

/**
 * Perl's server, which speaks 4, 4a and 5 and finds one name that nobody else does; with `user`, SOCKS 4 is for that user
 * alone. Resolves with its port.
 */
export async function perlSocks(name: string, user = ''): Promise<number> {
  const { rpc: port } = await freePorts();
  const script = fileURLToPath(new URL('socks-server.pl', import.meta.url));
  startProgram(PERL_SOCKS as string, [script, `${port}`, name, user]);
  await listens(port);
  return port;
}
