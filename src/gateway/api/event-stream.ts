import type { ServerResponse } from 'node:http';
import { type Observable, Subscription } from 'rxjs';
import { dateBy } from '../../clock.ts';
import type { RequestFacts } from '../../http/admission.ts';
import { SECURITY_HEADERS } from '../../http/security-headers.ts';
import type { SerfEvent } from '../../model.ts';
import { asError } from '../../server/refusal.ts';
import { atDate, CLOSE, type ConnectedPeer, type PeerEnd, type Use } from '../connected-peer.ts';
import type { GatewayEvent } from '../events.ts';
import type { Identity } from '../identity.ts';
import type { HandlerOptions } from '../options.ts';
import { eventJson } from './json.ts';

/** How soon an `EventSource` comes back when it was cut off, in ms. */
const RETRY = 2_000;
/** How long a reader may take to read what it was sent last, in ms, before it is cut off. */
const LAST_WORDS = 2_000;

/** What a stream of events needs of its gateway. */
export interface EventStreamContext {
  readonly options: HandlerOptions;
  emit(event: GatewayEvent): void;
  /** Called when it is gone. */
  gone(event: Extract<GatewayEvent, { type: 'disconnected' }>): void;
}

/** Events that were written before, for as long as somebody has them: all streams of a role get the same objects. */
const written = new WeakMap<object, string>();

/**
 * A peer that reads events over HTTP, as server-sent events.
 *
 * ```
 * connection   --e--e-----l~~~b--e-------   events; the agent is lost, and back
 * EventStream  r-e--e-:-------g--e-----:-   retry, events, signs of life (:), and a gap in its place
 * ```
 *
 * Nothing is replayed, as no agent has old events. But nothing is lost in silence: an `id` says until when a reader was told
 * all there was, and one that comes back with it (`Last-Event-ID`) is told first that there is a gap, and how long.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream implements ConnectedPeer {
  readonly transport = 'sse';
  readonly address: string;
  readonly origin: string | undefined;
  readonly identity: Identity;
  readonly since: number;
  readonly #use: Use;
  readonly #response: ServerResponse;
  readonly #context: EventStreamContext;
  /** How much may wait for it to be read, in bytes, when something is added; beyond that it is cut off. */
  readonly #unread: number;
  readonly #work = new Subscription();
  /** Since when the agent is away, in ms by the scheduler. */
  #lostAt: number | undefined;
  #end: PeerEnd | undefined;

  constructor(
    facts: RequestFacts,
    identity: Identity,
    use: Use,
    response: ServerResponse,
    context: EventStreamContext,
  ) {
    const { scheduler, serve } = context.options;
    this.address = facts.remoteAddress;
    this.origin = facts.origin;
    this.identity = identity;
    this.since = dateBy(scheduler);
    this.#use = use;
    this.#response = response;
    this.#context = context;
    this.#unread = serve.limits?.outboundBytes ?? 1_048_576;
  }

  get source() {
    return this.#use.source;
  }

  /**
   * Begins to send.
   *
   * @param headers besides those that every answer has
   * @param lastEventId what the reader says it was told last
   */
  start(
    events$: Observable<SerfEvent>,
    headers: Readonly<Record<string, string>>,
    lastEventId: string | undefined,
  ): void {
    const { emit, options } = this.#context;
    const { expires } = this.identity;
    const response = this.#response;
    response.once('close', () => this.#gone());
    response.writeHead(200, {
      ...SECURITY_HEADERS,
      'Cache-Control': 'no-store',
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Of nginx, which otherwise keeps events until it has some thousand bytes of them.
      'X-Accel-Buffering': 'no',
      ...headers,
    });
    this.#send(`retry: ${RETRY}\n`);
    if (lastEventId !== undefined) this.#tellGap(awayOf(lastEventId, dateBy(options.scheduler)));
    emit({ type: 'connected', peer: this });
    emit({ type: 'authenticated', peer: this });
    this.#work.add(
      events$.subscribe({
        next: (event) => this.#send(textOf(event)),
        error: (error) => this.close({ ...CLOSE.upstreamEnded, error: asError(error) }),
        complete: () => this.close(CLOSE.upstreamEnded),
      }),
    );
    if (expires !== undefined && !this.#end)
      this.#work.add(atDate(expires, options.scheduler, () => this.close(CLOSE.expired)));
  }

  /** A sign of life, so that proxies between keep it open. It says, too, until when nothing was missed. */
  ping(): void {
    if (this.#lostAt === undefined) this.#send(':\n');
    else this.#write(':\n\n');
  }

  disconnect(reason = CLOSE.forbidden.text): void {
    this.close({ code: CLOSE.forbidden.code, text: reason });
  }

  sourceLost(): void {
    this.#lostAt ??= this.#context.options.scheduler.now();
  }

  /** Not closed, as a WebSocket is: an `EventSource` that then meets a 503 gives up for good. */
  sourceBack(): void {
    if (this.#lostAt === undefined) return;
    const away = this.#context.options.scheduler.now() - this.#lostAt;
    this.#lostAt = undefined;
    this.#tellGap(away);
  }

  close(end: PeerEnd): void {
    if (this.#end) return;
    this.#write(`event: end\ndata: ${JSON.stringify({ code: end.code, reason: end.text })}\n\n`);
    this.#stop(end);
    this.#response.end();
    const { scheduler } = this.#context.options;
    const cutOff = scheduler.schedule(() => this.#response.destroy(), LAST_WORDS);
    this.#response.once('close', () => cutOff.unsubscribe());
  }

  #tellGap(away: number | undefined): void {
    this.#send(`event: gap\ndata: ${JSON.stringify({ event: 'gap', away: away ?? null })}\n`);
  }

  /** Sends lines, and until when all that there was has been told. */
  #send(lines: string): void {
    this.#write(`id: ${dateBy(this.#context.options.scheduler)}\n${lines}\n`);
  }

  #write(text: string): void {
    if (this.#end) return;
    if (this.#response.writableLength <= this.#unread) {
      this.#response.write(text);
      return;
    }
    // Rather than leaving something out: it comes back, and is told of the gap.
    this.#stop(CLOSE.slow);
    this.#response.destroy();
  }

  #stop(end: PeerEnd): void {
    this.#end ??= end;
    this.#work.unsubscribe();
  }

  #gone(): void {
    this.#stop({ code: 1005, text: '' });
    this.#use.free();
    const { code, text, error } = this.#end as PeerEnd;
    const told = { type: 'disconnected', peer: this, code, reason: text } as const;
    this.#context.gone(error ? { ...told, error } : told);
  }
}

function textOf(event: SerfEvent): string {
  let text = written.get(event);
  if (text === undefined) {
    text = `event: ${event.event}\ndata: ${eventJson(event)}\n`;
    written.set(event, text);
  }
  return text;
}

/** How long ago an id of ours was sent, in ms; unknown where it is none. */
function awayOf(id: string, now: number): number | undefined {
  return /^\d{1,15}$/.test(id) ? Math.max(0, now - Number(id)) : undefined;
}
