import { InvalidArgumentError } from '../errors.ts';
import type { listen as Listen } from './listen.ts';

/** @throws `InvalidArgumentError` a browser cannot listen. (For projects with the types for Node: `rxserf/socket` has why.) */
export const listen: typeof Listen = () => {
  throw new InvalidArgumentError(
    'invalid-argument',
    'listen: a browser cannot be connected to: listen on Node, or serve() one socket',
  );
};
