import { IMPLEMENTERS } from './implementers.ts';
import { serfContract } from './suite.ts';

serfContract(IMPLEMENTERS.policied);
