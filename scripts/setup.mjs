// `npm start` and `npm test` run this first: on a fresh machine it does what is missing (dependencies, for the
// tests a Serf agent and a browser, the build), and otherwise returns at once. It runs before node_modules exists, on whatever Node is there:
// Node built-ins only.
//
//   node scripts/setup.mjs start | dashboard | test
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const goal = process.argv[2] ?? 'start';
const ci = goal === 'test' && process.env.CI === 'true';
process.chdir(root);

installDependencies();
if (goal === 'test') {
  installPrograms();
  installPeers();
}
build();

function installDependencies() {
  // npm writes this file at the end of every install.
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return;
  say('installing dependencies');
  // `error`: the machine's Node may be older than the pinned one that runs our tools, and npm would warn of it.
  if (!run('npm ci --no-audit --no-fund --loglevel=error')) fail('npm ci failed');
}

/** The tests talk to a real agent, and run in a real browser. `npm start` needs neither: it has an embedded cluster. */
function installPrograms() {
  const browser = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const wanted = [
    { name: 'serf', found: () => onPath('serf'), tests: 'the tests against a real agent' },
    { name: 'curl', found: () => onPath('curl'), tests: 'the recipes for curl' },
    {
      name: 'chromium',
      found: () => Boolean(process.env.RXSERF_CHROMIUM) || browser.some(onPath),
      tests: 'the tests in a browser',
    },
    { name: 'microsocks', found: () => onPath('microsocks'), tests: 'the tests through a SOCKS proxy' },
    // Where it is on Debian, not everybody's PATH leads.
    {
      name: 'dante-server',
      found: () => onPath('danted') || existsSync('/usr/sbin/danted'),
      tests: 'the tests through a second SOCKS proxy',
    },
    ...['nginx', 'caddy'].map((name) => ({
      name,
      found: () => onPath(name) || existsSync(`/usr/sbin/${name}`),
      tests: `the tests of a gateway behind ${name}`,
    })),
    {
      name: 'libio-socket-socks-perl',
      found: () => existsSync('/usr/share/perl5/IO/Socket/Socks.pm'),
      tests: 'the tests through a proxy of SOCKS 4a',
    },
    {
      name: 'python3-aiorpcx',
      found: () => existsSync('/usr/lib/python3/dist-packages/aiorpcx'),
      tests: 'the tests against a JSON-RPC peer in Python',
    },
  ];
  const missing = wanted.filter(({ found }) => !found());
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' ');
  if (onPath('apt-get') && process.getuid?.() === 0) {
    say(`installing ${names}`);
    process.env.DEBIAN_FRONTEND = 'noninteractive';
    run(`apt-get update -qq && apt-get install -y -qq --no-install-recommends ${names}`, 'stderr');
  }
  for (const { name, found, tests } of missing) {
    if (found()) continue;
    const how = `Install it (Debian, Ubuntu: \`sudo apt-get install ${name}\`)`;
    if (ci) fail(`there is no ${name}, and it could not be installed. ${how}.`);
    warn('*'.repeat(80));
    warn(`There is no ${name}: ${tests} are SKIPPED. ${how} to run them.`);
    warn('*'.repeat(80));
  }
}

/** Programs of others that the tests talk to, too large for the dependencies of all: each has its own, beside its tests. */
function installPeers() {
  for (const folder of ['test/juggler/peer', 'test/gateway/apps', 'test/opentelemetry/sdk']) {
    if (modified(`${folder}/node_modules/.package-lock.json`) >= modified(`${folder}/package-lock.json`))
      continue;
    say(`installing ${folder}`);
    if (run(`npm ci --prefix ${folder} --no-audit --no-fund --loglevel=error`)) continue;
    if (ci) fail(`npm ci failed in ${folder}`);
    warn(`npm ci failed in ${folder}: its tests are SKIPPED.`);
  }
}

function build() {
  // Whoever starts the command needs no types, which are most of what a build takes.
  const types = goal !== 'start';
  const built = Math.min(
    modified('dist/index.js'),
    types ? modified('dist/index.d.ts') : Number.POSITIVE_INFINITY,
  );
  if (['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'].every((path) => newest(path) < built))
    return;
  say('building');
  if (run(`npm run --silent build${types ? '' : ' -- --no-types'}`)) return;
  // Tests run from src: they are of use while the types are still broken.
  if (goal === 'test' && !ci) warn('the build failed; the tests run from src all the same');
  else fail('the build failed');
}

/** @param {string} path */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Folders count too: their time tells of deleted files.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  if (!existsSync(path)) return 0;
  const own = modified(path);
  if (!statSync(path).isDirectory()) return own;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), own);
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Runs a command, with its output on ours; `stderr` keeps chatter off standard output.
 * @param {string} command
 * @param {'stderr'} [output]
 */
function run(command, output) {
  // Without our own node_modules/.bin: `npm ci` deletes the Node in there while it runs.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const stdout = output ? 2 : 'inherit';
  const { status } = spawnSync(command, {
    shell: true,
    stdio: ['ignore', stdout, 'inherit'],
    env: { ...process.env, PATH: path.join(delimiter) },
  });
  return status === 0;
}

/** @param {string} text */
function say(text) {
  console.error(`setup: ${text}`);
}

/** @param {string} text */
function warn(text) {
  console.error(`setup: warning: ${text}`);
}

/**
 * @param {string} text
 * @returns {never}
 */
function fail(text) {
  console.error(`setup: error: ${text}`);
  process.exit(1);
}
