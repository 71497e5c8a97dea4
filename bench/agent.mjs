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
 * @property {boolean} [hold]
 * @property {string} [warm]
 */

/** @type {Map<string, Promise<Map<number, string>>>} the addresses by size of piece, by flags */
const running = new Map();
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];

/**
 * Where an agent with these settings, that writes pieces of that size, listens.
 * @param {AgentSettings} settings
 * @param {number} piece
 */
export async function addressOf(settings, piece) {
  const flags = Object.entries(settings).map(([name, value]) => `-${name}=${value}`);
  const key = flags.join(' ');
  if (!running.has(key)) running.set(key, start(flags));
  const address = (await running.get(key))?.get(piece);
  if (!address) throw new Error(`no agent writes pieces of ${piece} bytes: ${key}`);
  return address;
}

/** @param {string[]} flags */
async function start(flags) {
  const child = spawn(programs.loadagent, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const addresses = new Map();
  const wanted = /-pieces=(\S+)/.exec(flags.join(' '))?.[1]?.split(',').length ?? 1;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, piece, address] = line.split(' ');
    addresses.set(Number(piece), address);
    if (addresses.size === wanted) return addresses;
  }
  throw new Error(`the load agent did not start: ${flags.join(' ')}`);
}

/** They end when their input does, so also when this process is killed. */
export function stopAgents() {
  for (const child of children) child.stdin?.end();
}
