// Imported for its effect, by whatever prints. `| head` has seen enough, or the terminal is gone: an end like any other. A full
// disk is a failure, told once.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || code === 'EIO' || process.exitCode) return;
  process.exitCode = 1;
  process.stderr.write(`rxserf: ${message}\n`);
});
process.stderr.on('error', () => {});
