import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

/** A value of OTLP in JSON. */
type AnyValue = {
  stringValue?: string;
  intValue?: number | string;
  doubleValue?: number;
  boolValue?: boolean;
};
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** A span as it was received, its attributes as a table. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Record<string, unknown>;
  readonly events: readonly { readonly name: string; readonly attributes: Record<string, unknown> }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** A data point of a metric, as it was received last. */
export interface ReceivedPoint {
  readonly attributes: Record<string, unknown>;
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly count?: number | string;
  readonly sum?: number;
}

interface Wire {
  resourceSpans?: { scopeSpans: { spans: (Omit<ReceivedSpan, 'attributes' | 'events'> & Attributed)[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[];
}
interface Attributed {
  attributes?: KeyValue[];
  events?: { name: string; attributes?: KeyValue[] }[];
}

/**
 * A collector of OpenTelemetry's, as far as a test needs one: a receiver of OTLP over HTTP, in JSON.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, ReceivedPoint[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(String(Buffer.concat(chunks))) as Wire;
      for (const { scopeSpans } of resourceSpans)
        for (const { spans: received } of scopeSpans)
          for (const span of received)
            spans.push({
              ...span,
              attributes: tableOf(span.attributes),
              events: (span.events ?? []).map(({ name, attributes }) => ({
                name,
                attributes: tableOf(attributes),
              })),
            });
      for (const { scopeMetrics } of resourceMetrics)
        for (const { metrics: received } of scopeMetrics)
          for (const metric of received) {
            const data = (metric['sum'] ?? metric['histogram'] ?? metric['gauge']) as {
              dataPoints: (ReceivedPoint & Attributed)[];
            };
            const points = data.dataPoints.map((point) => ({
              ...point,
              attributes: tableOf(point.attributes as never),
            }));
            metrics.set(metric['name'] as string, points);
          }
      response.setHeader('Content-Type', 'application/json');
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, spans, metrics };
}

function tableOf(attributes: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}
