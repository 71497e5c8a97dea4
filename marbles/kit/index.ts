export * from './bodies.ts';
export * from './frames.ts';
export { failure, marbles, marblesWith } from './marbles.ts';
export { request } from './sent.ts';
