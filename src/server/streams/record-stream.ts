import type { Observer } from 'rxjs';
import type { SerfEvent } from '../../model.ts';
import { encodeResponse } from '../../protocol/frames.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import type { RecordSource, ServedPeer } from '../peer/served-peer.ts';
import { encodedEvent, encodedLine, encodedQuery } from './encoded-records.ts';

/** How much of a subject events of the server show, in characters. */
const SHOWN = 200;

/**
 * Sends a peer the records of what the Serf emits. The protocol has no word for a stream that ends by itself, so the
 * connection is closed when one does: the peer asks again, or learns that there is nobody to ask.
 */
export abstract class RecordStream<T> implements Observer<T>, RecordSource {
  abstract readonly command: RecordSource['command'];
  readonly subject: string;
  /** The length of the whole subject, in characters. */
  readonly size: number;
  protected readonly peer: ServedPeer;
  /** The same in front of every record. */
  protected readonly header: Uint8Array;

  constructor(peer: ServedPeer, seq: Uint64, subject: string) {
    this.peer = peer;
    this.subject = subject.slice(0, SHOWN);
    this.size = subject.length;
    this.header = encodeResponse(seq, '');
  }

  protected abstract encode(record: T): Uint8Array;

  next(record: T): void {
    if (!this.peer.hasRoom(this)) return;
    let body: Uint8Array;
    try {
      body = this.encode(record);
    } catch (error) {
      this.peer.dropped(this, { cause: 'malformed', error });
      return;
    }
    this.peer.sendRecord(this.header, body);
  }

  error(error: unknown): void {
    this.peer.streamEnded(error);
  }

  complete(): void {
    this.peer.streamEnded();
  }
}

/** The events of a `stream`. */
export class EventStream extends RecordStream<SerfEvent> {
  readonly command = 'stream';

  protected encode(event: SerfEvent): Uint8Array {
    return event.event === 'query' ? encodedQuery(event, this.peer.queries.add(event)) : encodedEvent(event);
  }
}

/** The lines of a `monitor`. */
export class LogStream extends RecordStream<string> {
  readonly command = 'monitor';

  protected encode(line: string): Uint8Array {
    return encodedLine(line);
  }
}
