import { spawn } from 'node:child_process';
import { Observable } from 'rxjs';
import { SerfError } from '../../errors.ts';

export interface Execution {
  readonly command: string;
  readonly args: readonly string[];
  /** What it has in its environment, besides ours. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
  /** How much it may write to standard output, in bytes. */
  readonly outputBytes: number;
}

/**
 * What a command writes to standard output, once it has ended with code 0. No shell reads any of it. It errors when the command
 * fails or writes too much. Then, and by unsubscribing, it is killed with all that it has started.
 */
export function execute(execution: Execution): Observable<Uint8Array> {
  const { command, args, environment, input, outputBytes } = execution;
  return new Observable((subscriber) => {
    const failed = (text: string, cause?: unknown) =>
      subscriber.error(new SerfError('unexpected', `${command} ${text}`, { cause }));
    // A group of its own, so that what it starts ends with it; what it says on standard error is for who started us.
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.on('error', (error) => {
      const words = /\s/.test(command) ? '; no shell reads it: what it is given stands behind --' : '';
      failed(`could not be run: ${error.message}${words}`, error);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputBytes) failed(`wrote more than ${outputBytes} bytes`);
      else chunks.push(chunk);
    });
    // One that does not read its input is none of our business.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    let running = true;
    child.on('close', (code, signal) => {
      running = false;
      if (code !== 0) return failed(signal ? `was ended by ${signal}` : `ended with code ${code}`);
      subscriber.next(Buffer.concat(chunks));
      subscriber.complete();
    });
    return () => {
      if (running && child.pid !== undefined) killGroup(child.pid);
    };
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
