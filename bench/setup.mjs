// What a run needs: the dependencies of this folder, the package as it is published, and the Go programs.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const here = import.meta.dirname;
const bin = join(here, '.cache/bin');
/** Which build is measured: of this repository, or of another work tree. */
const source = process.env.RXSERF_DIR ?? join(here, '..');

const GO_SOURCES = '/usr/share/gocode';
const GO_CLIENT = `${GO_SOURCES}/src/github.com/hashicorp/serf/client`;
const GO_PACKAGES = 'golang-go golang-github-hashicorp-serf-dev';

/** The programs by name; `limit-socket` and `rxserf` are scripts. */
export const programs = {
  loadagent: join(bin, 'loadagent'),
  go: join(bin, 'peer-go'),
  drain: join(bin, 'peer-drain'),
};

export function setup() {
  installPackages();
  installGo();
  mkdirSync(bin, { recursive: true });
  build('loadagent', programs.loadagent);
  build('peers/go', programs.go);
  build('peers/drain', programs.drain);
}

/** What a run without the load agent needs. */
export function installPackages() {
  installDependencies();
  installPackage();
}

function installDependencies() {
  if (modified('node_modules/.package-lock.json') >= modified('package-lock.json')) return;
  if (!run('npm ci --no-audit --no-fund --loglevel=error')) throw new Error('npm ci failed in bench');
}

/** A copy of what is published, so that `import 'rxserf'` is what a user has, and a build meanwhile disturbs nothing. */
function installPackage() {
  if (!existsSync(join(source, 'dist/index.js')))
    throw new Error(`there is no build in ${source}: run npm run build there`);
  const copy = join(here, 'node_modules/rxserf');
  rmSync(copy, { recursive: true, force: true });
  for (const part of ['package.json', 'dist'])
    cpSync(join(source, part), join(copy, part), { recursive: true });
}

function installGo() {
  const there = () => run('go version >/dev/null 2>&1') && existsSync(GO_CLIENT);
  if (there()) return;
  if (run('command -v apt-get >/dev/null') && process.getuid?.() === 0) {
    console.error(`bench: installing ${GO_PACKAGES}`);
    process.env.DEBIAN_FRONTEND = 'noninteractive';
    run(`(apt-get update -qq && apt-get install -y -qq --no-install-recommends ${GO_PACKAGES}) >&2`);
    if (there()) return;
  }
  throw new Error(
    `the load agent and the Go client need Go: on Debian, Ubuntu: sudo apt-get install ${GO_PACKAGES}`,
  );
}

/**
 * @param {string} folder
 * @param {string} program
 */
function build(folder, program) {
  const env = { GO111MODULE: 'off', GOPATH: GO_SOURCES, GOFLAGS: '' };
  if (!run(`go build -o '${program}' .`, join(here, folder), env))
    throw new Error(`go build failed in bench/${folder}`);
}

/** @param {string} path */
function modified(path) {
  return statSync(join(here, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * @param {string} command
 * @param {string} cwd
 * @param {Record<string, string>} variables
 */
function run(command, cwd = here, variables = {}) {
  // npm needs the machine's own Node, not the pinned one that `npm run` puts first.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const env = { ...process.env, PATH: path.join(delimiter), ...variables };
  return spawnSync(command, { shell: true, cwd, env, stdio: ['ignore', 2, 2] }).status === 0;
}
