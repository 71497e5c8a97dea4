// The bare loop with `encode()`, as most programs have it: an encoder, and its buffer, for each message.
process.env['BENCH_ENCODE'] = 'each';
await import('./limit-socket.mjs');
