// A process that can be stopped: asks the agent whose address it is given, and says how far it is. Of the built package.
import { firstValueFrom } from 'rxjs';
import { connect } from 'rxserf';

const [address, timeout] = process.argv.slice(2);
const client = connect(address, { timeout: Number(timeout), connectTimeout: Number(timeout) });
process.stdout.write('asking\n');
const outcome = await firstValueFrom(client.stats()).then(
  () => 'answered',
  (error) => error.code,
);
process.stdout.write(`${outcome}\n`);
await client.close();
