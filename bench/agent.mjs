// Starts load agents, as few as are needed, and ends them.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programs } from './setup.mjs';

/**
 * @typedef {object} AgentSettings how a load agent is started; loadagent/main.go says what each means
 * @property {number} [members]
 * @property {number} [responses]
 * @property {number} [updates]
 * @property {string} [pieces]
 * @property {string} [pace]
 * @property {number} [payload]
 * @property {boolean} [hold]
 * @property {string} [warm]
 * @property {string} [user]
 */

/** @type {Map<string, Promise<Map<number, string>>>} the addresses by size of piece, by command */
const running = new Map();
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];

/**
 * Where an agent with these settings, that writes pieces of that size, listens.
 * @param {AgentSettings} settings
 * @param {number} piece
 * @param {readonly string[]} [launcher] the command that runs it
 */
export async function addressOf(settings, piece, launcher = []) {
  const flags = Object.entries(settings).map(([name, value]) => `-${name}=${value}`);
  const command = [...launcher, programs.loadagent, ...flags];
  const key = command.join(' ');
  if (!running.has(key)) running.set(key, start(command));
  const address = (await running.get(key))?.get(piece);
  if (!address) throw new Error(`no agent writes pieces of ${piece} bytes: ${key}`);
  return address;
}

/** @param {string[]} command */
async function start([file = '', ...args]) {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const addresses = new Map();
  const wanted = /-pieces=(\S+)/.exec(args.join(' '))?.[1]?.split(',').length ?? 1;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, piece, address] = line.split(' ');
    addresses.set(Number(piece), address);
    if (addresses.size === wanted) return addresses;
  }
  throw new Error(`the load agent did not start: ${args.join(' ')}`);
}

/** They end when their input does, so also when this process is killed. */
export function stopAgents() {
  for (const child of children) child.stdin?.end();
}
