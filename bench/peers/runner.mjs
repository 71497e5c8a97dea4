// What the runners on Node share: arguments, the clock, and the one line of JSON.
import { resourceUsage } from 'node:process';

/** @param {string} name */
function number(name) {
  const value = Number(process.env[name]);
  if (!Number.isFinite(value)) throw new Error(`no ${name}`);
  return value;
}

/** Reads the command line `HOST:PORT WORKLOAD [PEER]`, and sees to it that the process ends with a line of JSON. */
export function begin() {
  const [address = '', workload = '', peer = ''] = process.argv.slice(2);
  const limit = Number(process.env['BENCH_LIMIT_S'] ?? 60);
  let began = 0;
  let cpu = process.cpuUsage();
  // From Node 23.9 on.
  const threadUsage = process.threadCpuUsage;
  let thread = threadUsage?.();
  /** @type {{n: number, at: number} | undefined} */
  let half;

  /** @param {object} result */
  const emit = (result) => {
    console.log(JSON.stringify(result));
    process.exit(0);
  };
  const run = {
    address,
    workload,
    peer,
    /** How many of its things a workload has. */
    get n() {
      return number('BENCH_N');
    },
    get members() {
      return number('BENCH_MEMBERS');
    },
    get responses() {
      return number('BENCH_RESPONSES');
    },
    /** How many bytes a payload has; 0: as many as usual. */
    get size() {
      return Number(process.env['BENCH_SIZE'] ?? 0);
    },
    /** To how many bytes what was read is to be cut; 0: not at all. */
    get read() {
      return Number(process.env['BENCH_READ'] ?? 0);
    },
    /** Sets the clock going. */
    start() {
      cpu = process.cpuUsage();
      thread = threadUsage?.();
      began = performance.now();
    },
    /**
     * Tells the time until about half is done, in which V8 compiles what it runs, from the rest.
     * @param {number} n how many were done since `start`
     */
    half(n) {
      half = { n, at: performance.now() };
    },
    /**
     * Stops the clock.
     * @param {number} n how many were done since `start`
     */
    stop(n) {
      const end = performance.now();
      const seconds = (end - began) / 1_000;
      const rss_mb = resourceUsage().maxRSS / 1_024;
      return {
        n,
        seconds,
        per_s: n / seconds,
        ...(half && {
          cold_per_s: (1_000 * half.n) / (half.at - began),
          warm_per_s: (1_000 * (n - half.n)) / (end - half.at),
        }),
        cpu_s: secondsOf(process.cpuUsage(cpu)),
        ...(thread && { thread_s: secondsOf(threadUsage(thread)) }),
        rss_mb,
      };
    },
    /**
     * Stops the clock and ends.
     * @param {number} n how many were done since `start`
     * @param {object} more
     */
    done(n, more = {}) {
      emit({ ...run.stop(n), ...more });
    },
    emit,
    /** @param {unknown} why */
    fail(why) {
      emit({ failed: String(why instanceof Error ? why.message : why).slice(0, 200) });
    },
    /**
     * The end of a check.
     * @param {string | undefined} wrong what is, if anything
     * @param {number} got
     * @param {number} wanted
     */
    verdict(wrong, got, wanted) {
      if (wrong) run.fail(wrong);
      else if (got !== wanted) run.fail(`got ${got} of ${wanted}`);
      else emit({ ok: 1 });
    },
  };
  process.on('uncaughtException', run.fail);
  process.on('unhandledRejection', run.fail);
  setTimeout(() => run.fail(`not done in ${limit} s`), limit * 1_000).unref();
  return run;
}

/** @param {NodeJS.CpuUsage} usage */
function secondsOf({ user, system }) {
  return (user + system) / 1e6;
}
