#!/usr/bin/env node
import { finalize, lastValueFrom } from 'rxjs';
import type { SerfClient } from '../client/serf-client.ts';
import { utf8 } from '../codec.ts';
import { connect } from '../connect.ts';
import { AuthenticationError } from '../errors.ts';
import { startLocalCluster } from './local-cluster.ts';
import { watch } from './watch.ts';

type Client = SerfClient<string | undefined>;

/** A client of an agent that answers: the one that is configured, else one of our own. */
async function reachAgent(): Promise<Client> {
  const client = connect(undefined, { codec: utf8() });
  try {
    await lastValueFrom(client.stats());
    return client;
  } catch (error) {
    await client.close();
    if (error instanceof AuthenticationError) throw error;
    console.log((error as Error).message);
    const cluster = await startLocalCluster();
    if (!cluster) {
      throw new Error(
        'no agent answers, and no `serf` is installed to start one: set SERF_RPC_ADDR to host:port',
      );
    }
    console.log('started a local cluster of three agents for the time being');
    return connect(cluster.address, { codec: utf8() });
  }
}

async function main(): Promise<void> {
  const client = await reachAgent();
  const printing = watch(client)
    .pipe(finalize(() => void client.close()))
    .subscribe({ next: (line) => console.log(line), error: fail });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      printing.unsubscribe();
      void client.close().then(() => process.exit(0));
    });
  }
}

function fail(error: unknown): void {
  console.error(`rxserf: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

main().catch(fail);
