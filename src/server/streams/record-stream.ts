import type { Observer } from 'rxjs';
import type { SerfEvent } from '../../model.ts';
import { encodeResponse } from '../../protocol/frames.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import type { PeerSession } from '../peer/peer-session.ts';
import { encodedEvent, encodedLine, encodedQuery } from './encoded-records.ts';

/** How much of a subject is told, in characters. */
const TOLD = 200;

/**
 * Records on their way to a peer: the observer of what the Serf gives. The protocol has no word for a stream that ends
 * by itself, so the peer is hung up on when one does: it asks again, or learns that there is nobody to ask.
 */
export abstract class Records<T> implements Observer<T> {
  abstract readonly command: 'stream' | 'monitor' | 'query';
  /** The filter, log level or query name, as far as it is told. */
  readonly subject: string;
  /** The length of all of it, in characters. */
  readonly size: number;
  protected readonly session: PeerSession;
  /** The same in front of every record. */
  protected readonly header: Uint8Array;

  constructor(session: PeerSession, seq: Uint64, subject: string) {
    this.session = session;
    this.subject = subject.slice(0, TOLD);
    this.size = subject.length;
    this.header = encodeResponse(seq, '');
  }

  protected abstract encode(record: T): Uint8Array;

  next(record: T): void {
    if (!this.session.hasRoom(this)) return;
    let body: Uint8Array;
    try {
      body = this.encode(record);
    } catch (error) {
      this.session.dropped(this, { cause: 'malformed', error });
      return;
    }
    this.session.sendRecord(this.header, body);
  }

  error(error: unknown): void {
    this.session.parting.retire(error);
  }

  complete(): void {
    this.session.parting.retire();
  }
}

/** The events of a `stream`. */
export class EventRecords extends Records<SerfEvent> {
  readonly command = 'stream';

  protected encode(event: SerfEvent): Uint8Array {
    return event.event === 'query'
      ? encodedQuery(event, this.session.queries.add(event))
      : encodedEvent(event);
  }
}

/** The lines of a `monitor`. */
export class LogRecords extends Records<string> {
  readonly command = 'monitor';

  protected encode(line: string): Uint8Array {
    return encodedLine(line);
  }
}
