import { IMPLEMENTERS } from './implementers.ts';
import { serfContract } from './suite.ts';

for (const implementer of IMPLEMENTERS) {
  implementer.describe(implementer.name, () => serfContract(implementer));
}
