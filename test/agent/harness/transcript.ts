import { type RawConnection, type RawTarget, rawConnection } from './raw-connection.ts';

/** A connection past handshake and auth, whose `bytes()` start after them. */
export async function recordTranscript(target: RawTarget): Promise<RawConnection> {
  const connection = await rawConnection(target);
  try {
    await accepted(connection, { Command: 'handshake', Seq: 0 }, { Version: 1 });
    if (target.authKey) await accepted(connection, { Command: 'auth', Seq: 0 }, { AuthKey: target.authKey });
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function accepted(connection: RawConnection, header: object, body: object): Promise<void> {
  connection.send(header, body);
  await connection.waitFor(() => connection.values().length > 0);
  const { Error: refusal } = connection.values()[0] as { Error: string };
  if (refusal) throw new Error(`refused by the agent: ${refusal}`);
  connection.forget();
}
