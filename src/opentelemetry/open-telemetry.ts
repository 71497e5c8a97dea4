import {
  type Attributes,
  type MeterProvider,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { Instrument, InstrumentedRequest, RequestEnd, RequestHooks } from '../instrument.ts';
import type { ConnectionStatus, DropReport } from '../model.ts';

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** @defaultValue the global one, which the SDK registers */
  readonly tracerProvider?: TracerProvider;
  /** @defaultValue the global one */
  readonly meterProvider?: MeterProvider;
}

const SCOPE = 'rxserf';
/** In seconds: as the conventions have them for durations of calls. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Hooks for `connect` that make spans and metrics of what a client does, by the semantic conventions 1.45 of OpenTelemetry: those
 * for RPC, which are stable, and for user events those for messaging, which are not.
 *
 * ```
 * query('load')    --^--a-r-r----|
 * span             --[ Serf/query ]     events: ack, response, response (serf.node)
 * event('deploy')  --^--v|
 * span             --[ send deploy ]
 * ```
 *
 * Spans: one for each request, a child of the span that is active where it is subscribed to. Streams and monitors have none, as they go on
 * for ever. Nothing has a payload, a key or a tag.
 *
 * | metric | kind | attributes |
 * | --- | --- | --- |
 * | `rpc.client.call.duration` | histogram, s | `rpc.system.name` (`serf`), `rpc.method`, `rpc.status_code`, `error.type`, `server.*` |
 * | `messaging.client.operation.duration` | histogram, s | the same for events that are fired: `messaging.system.name`, `messaging.operation.*`, … |
 * | `messaging.client.sent.messages` | counter | events that were fired, `messaging.destination.name` |
 * | `messaging.client.consumed.messages` | counter | events of streams, by filter (`messaging.destination.name`) |
 * | `rxserf.client.connected` | up-down counter | 1 while the main connection stands, `server.*` |
 * | `rxserf.client.connection.lost` | counter | how often it was lost, or could not be had: `error.type` |
 * | `rxserf.client.dropped` | counter | records that were lost, by `rxserf.cause`; a gap counts as one |
 *
 * @throws whatever the providers throw, at the call
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { openTelemetry } from 'rxserf/opentelemetry';
 *
 * // Behind the SDK's own start, which registers the providers.
 * const client = connect('127.0.0.1:7373', { instrument: openTelemetry() });
 * client.query('load').subscribe();
 * ```
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/
 */
export function openTelemetry({ tracerProvider, meterProvider }: OpenTelemetryOptions = {}): Instrument {
  const tracer = (tracerProvider ?? trace).getTracer(SCOPE);
  const meter = (meterProvider ?? metrics).getMeter(SCOPE);
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: DURATIONS } };
  const calls = meter.createHistogram('rpc.client.call.duration', {
    description: 'Duration of requests to the agent.',
    ...seconds,
  });
  const operations = meter.createHistogram('messaging.client.operation.duration', {
    description: 'Duration of firing user events.',
    ...seconds,
  });
  const sent = meter.createCounter('messaging.client.sent.messages', {
    description: 'User events that were fired.',
    unit: '{message}',
  });
  const consumed = meter.createCounter('messaging.client.consumed.messages', {
    description: 'Events that were delivered to subscribers of streams.',
    unit: '{message}',
  });
  const connected = meter.createUpDownCounter('rxserf.client.connected', {
    description: 'Main connections that stand.',
    unit: '{connection}',
  });
  const lost = meter.createCounter('rxserf.client.connection.lost', {
    description: 'Main connections that were lost, or could not be had.',
    unit: '{connection}',
  });
  const dropped = meter.createCounter('rxserf.client.dropped', {
    description: 'Records that were lost; a gap counts as one.',
    unit: '{record}',
  });

  const call = (request: InstrumentedRequest): RequestHooks => {
    const isEvent = request.command === 'event';
    const known = isEvent ? messageOf(request) : methodOf(request);
    const span = tracer.startSpan(isEvent ? `send ${request.subject}` : (known['rpc.method'] as string), {
      kind: isEvent ? SpanKind.PRODUCER : SpanKind.CLIENT,
      attributes: { ...known, ...subjectOf(request), ...serverOf(request.address) },
    });
    return {
      record: (value) => {
        if (request.command === 'query') tellReply(span, value);
      },
      end: (end) => {
        const outcome = outcomeOf(end, isEvent);
        span.setAttributes({ ...outcome, ...serverOf(end.address) });
        if (end.error) span.setStatus({ code: SpanStatusCode.ERROR, message: end.error.message });
        span.end();
        const attributes = { ...known, ...outcome, ...serverOf(end.address) };
        (isEvent ? operations : calls).record(end.duration / 1_000, attributes);
        if (isEvent) sent.add(1, attributes);
      },
    };
  };

  /** Where the main connection is, while it stands. */
  let standing: Attributes | undefined;
  const connection = (status: ConnectionStatus): void => {
    if (standing) connected.add(-1, standing);
    standing = status.state === 'connected' ? serverOf(status.address) : undefined;
    if (standing) connected.add(1, standing);
    if ('error' in status && status.error)
      lost.add(1, { 'error.type': status.error.code, ...serverOf(status.error.address) });
  };

  return {
    request: (request) => {
      switch (request.command) {
        case 'monitor':
          return undefined;
        case 'stream': {
          const attributes = consumptionOf(request);
          return { record: () => consumed.add(1, attributes) };
        }
        default:
          return call(request);
      }
    },
    connection,
    dropped: (report) => dropped.add(countOf(report), { 'rxserf.cause': report.cause }),
  };
}

function methodOf({ command }: InstrumentedRequest): Attributes {
  return { 'rpc.system.name': 'serf', 'rpc.method': `Serf/${command}` };
}

/** Names of events are the application's own, and few. */
function messageOf({ subject = '' }: InstrumentedRequest): Attributes {
  return {
    'messaging.system.name': 'serf',
    'messaging.operation.name': 'event',
    'messaging.operation.type': 'send',
    'messaging.destination.name': subject,
  };
}

/** By the filter that was asked for: names of events are whatever any member fires. */
function consumptionOf({ subject = '*' }: InstrumentedRequest): Attributes {
  return {
    'messaging.system.name': 'serf',
    'messaging.operation.name': 'stream',
    'messaging.operation.type': 'receive',
    'messaging.destination.name': subject,
  };
}

/** On the span alone: it would be a series of metrics for each name. */
function subjectOf({ command, subject }: InstrumentedRequest): Attributes {
  return command === 'query' && subject !== undefined ? { 'serf.query.name': subject } : {};
}

function outcomeOf({ outcome, error }: RequestEnd, isEvent: boolean): Attributes {
  const type = error?.code ?? (outcome === 'failed' ? '_OTHER' : undefined);
  return {
    ...(isEvent ? {} : { 'rpc.status_code': type ?? (outcome === 'done' ? 'OK' : 'CANCELLED') }),
    ...(type === undefined ? {} : { 'error.type': type }),
  };
}

/** `host:port`, `unix:/path` or a URL, as the conventions have it. */
function serverOf(address: string | undefined): Attributes {
  if (address === undefined) return {};
  const [, host, port] = /^(?:\w+:\/\/)?\[?([^/]*?)\]?:(\d+)(?:\/|$)/.exec(address) ?? [];
  return host === undefined
    ? { 'server.address': address.replace(/^(?:unix:|\w+:\/\/)/, '') }
    : { 'server.address': host, 'server.port': Number(port) };
}

function tellReply(span: Span, value: unknown): void {
  const { type, from } = value as { type: string; from: string };
  span.addEvent(type, { 'serf.node': from });
}

function countOf(report: DropReport): number {
  return 'count' in report ? report.count : 1;
}
