import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { note } from '../output/output.ts';

/**
 * Opens an address that has a secret: by a file that only its owner can read, as everybody on this machine sees the arguments of
 * processes. Without a desktop, nothing happens.
 */
export function openInBrowser(address: string): void {
  const opener = openerOf(process.platform);
  if (!opener) return;
  const file = join(mkdtempSync(join(tmpdir(), 'rxserf-')), 'dashboard.html');
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${address}">`, {
    mode: 0o600,
  });
  const [command, ...args] = opener;
  const child = spawn(command, [...args, pathToFileURL(file).href], { stdio: 'ignore', detached: true });
  child.on('error', () => note(`there is no ${command}: open the address yourself`));
  child.unref();
}

function openerOf(platform: NodeJS.Platform): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer.exe'];
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
}
